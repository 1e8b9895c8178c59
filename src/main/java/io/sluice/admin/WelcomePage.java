package io.sluice.admin;

import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** Where somebody is led who logs in for the first time: a password of their own, then the way. */
@Controller
final class WelcomePage {
  private final PageShell shell;
  private final PasswordForm passwords;
  private final Changes changes;
  private final ListenerViews listeners;

  WelcomePage(PageShell shell, PasswordForm passwords, Changes changes, ListenerViews listeners) {
    this.shell = shell;
    this.passwords = passwords;
    this.changes = changes;
    this.listeners = listeners;
  }

  @GetMapping("/welcome")
  Rendering show(ServerWebExchange exchange) {
    return PageShell.page("welcome", model(exchange, null));
  }

  @PostMapping("/welcome/password")
  Rendering password(Form form, ServerWebExchange exchange) {
    String next = PagePaths.next(form.text("next"));
    return shell.tried(
        exchange,
        PasswordForm.NAME,
        form,
        "welcome",
        () -> model(exchange, next),
        () -> {
          passwords.change(form, exchange);
          String query = LoginPage.query(next);
          return PageShell.seeOther(
              "/welcome" + (query.isEmpty() ? "?" : query + "&") + "done=" + Done.PASSWORD.code());
        });
  }

  private Map<String, @Nullable Object> model(ServerWebExchange exchange, @Nullable String next) {
    Map<String, @Nullable Object> model = shell.of(exchange, "welcome", "Welcome");
    Snapshot snapshot = changes.inForce().snapshot();
    String asked = exchange.getRequest().getQueryParams().getFirst("next");
    model.put("next", next == null ? PagePaths.next(asked) : next);
    model.put("listeners", listeners.all());
    model.put("pools", snapshot.pools());
    model.put("routes", snapshot.routes().size());
    model.put("backends", snapshot.pools().stream().mapToInt(p -> p.backends().size()).sum());
    String pool = snapshot.pools().isEmpty() ? null : snapshot.pools().getFirst().id();
    model.put("pool", pool);
    model.put("addition", addition(Origin.of(exchange), pool));
    model.put("unchecked", unchecked(snapshot));
    return model;
  }

  private static String addition(String origin, @Nullable String pool) {
    return """
    curl -X POST %s/api/v1/pools/%s/backends \\
      -H "Authorization: Bearer $SLUICE_TOKEN" \\
      -H 'Content-Type: application/json' \\
      -d '{"address":"10.0.0.11:8080"}'"""
        .formatted(origin, pool);
  }

  /** The first pool whose backends nobody checks; null: all are checked. */
  private static @Nullable String unchecked(Snapshot snapshot) {
    return snapshot.pools().stream()
        .filter(pool -> pool.healthCheck() == null)
        .map(PoolSpec::id)
        .findFirst()
        .orElse(null);
  }
}
