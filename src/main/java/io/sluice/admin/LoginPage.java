package io.sluice.admin;

import io.sluice.store.Accounts;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** The way in and out: the same as that of {@code /api/v1/session}, by forms. */
@Controller
final class LoginPage {
  private final PageShell shell;
  private final OwnSession own;
  private final Accounts accounts;

  LoginPage(PageShell shell, OwnSession own, Accounts accounts) {
    this.shell = shell;
    this.own = own;
    this.accounts = accounts;
  }

  @GetMapping("/login")
  Rendering show(
      @RequestParam(name = "next", required = false) @Nullable String next,
      ServerWebExchange exchange) {
    return Authentication.session(exchange) == null
        ? PageShell.page("login", model(exchange, next))
        : PageShell.seeOther(PagePaths.next(next));
  }

  @PostMapping("/login")
  Mono<Rendering> login(Form form, ServerWebExchange exchange) {
    String next = PagePaths.next(form.text("next"));
    return Mono.defer(
            () -> {
              String name = Fields.required("/username", form.text("username"));
              String password = Fields.required("/password", form.raw("password"));
              return own.login(exchange, name, password);
            })
        .map(login -> PageShell.seeOther(login.first() ? "/welcome" + query(next) : next))
        .onErrorResume(
            ProblemException.class,
            problem ->
                Blocking.call(
                    () -> {
                      Map<String, @Nullable Object> model = model(exchange, next);
                      shell.refused(exchange, model, "login", problem, form);
                      return PageShell.page("login", model, problem);
                    }));
  }

  @PostMapping("/logout")
  Mono<Rendering> logout(ServerWebExchange exchange) {
    return own.logout(exchange)
        .then(Mono.fromSupplier(() -> PageShell.seeOther("/login", Done.SIGNED_OUT)));
  }

  private Map<String, @Nullable Object> model(ServerWebExchange exchange, @Nullable String next) {
    Map<String, @Nullable Object> model = shell.of(exchange, "login", "Sign in");
    model.put("next", PagePaths.next(next));
    model.put("fresh", accounts.users().stream().allMatch(user -> user.lastLogin() == null));
    return model;
  }

  /** Where to go later, as a query; empty for the first page. */
  static String query(String next) {
    return next.equals("/") ? "" : "?next=" + URLEncoder.encode(next, StandardCharsets.UTF_8);
  }
}
