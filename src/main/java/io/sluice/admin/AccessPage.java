package io.sluice.admin;

import io.sluice.admin.TokenController.NewTokenView;
import io.sluice.admin.TokenController.TokenRequest;
import io.sluice.admin.TokenController.TokenView;
import io.sluice.admin.UserController.UserPatch;
import io.sluice.admin.UserController.UserRequest;
import io.sluice.admin.UserController.UserView;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Who may get in: the own account for everybody, users and tokens for admins. Forms go through the
 * API's controllers. Methods here may block: they run on threads of their own.
 */
@Controller
@RequestMapping("/access")
final class AccessPage {
  private static final String VIEW = "access";

  private final PageShell shell;
  private final PasswordForm passwords;
  private final UserController users;
  private final TokenController tokens;

  AccessPage(
      PageShell shell, PasswordForm passwords, UserController users, TokenController tokens) {
    this.shell = shell;
    this.passwords = passwords;
    this.users = users;
    this.tokens = tokens;
  }

  @GetMapping
  Rendering show(ServerWebExchange exchange) {
    return PageShell.page(VIEW, model(exchange));
  }

  @PostMapping("/password")
  Rendering password(Form form, ServerWebExchange exchange) {
    return tried(
        exchange,
        PasswordForm.NAME,
        form,
        () -> {
          passwords.change(form, exchange);
          return PageShell.seeOther("/access", Done.PASSWORD);
        });
  }

  @PostMapping("/users")
  Rendering addUser(Form form, ServerWebExchange exchange) {
    UserRequest wanted =
        new UserRequest(form.text("name"), form.text("role"), form.raw("password"));
    return tried(
        exchange,
        "user",
        form,
        () -> {
          done(users.add(wanted, exchange));
          return PageShell.seeOther("/access", Done.USER_ADDED);
        });
  }

  @PostMapping("/users/{name}")
  Rendering changeUser(@PathVariable("name") String name, Form form, ServerWebExchange exchange) {
    String password = form.raw("password");
    UserPatch patch = new UserPatch(form.textOrNull("role"), password.isEmpty() ? null : password);
    return tried(
        exchange,
        "change",
        form,
        () -> {
          done(users.change(name, patch, exchange));
          return PageShell.seeOther("/access", Done.USER_CHANGED);
        });
  }

  @PostMapping("/users/{name}/remove")
  Rendering removeUser(@PathVariable("name") String name, Form form, ServerWebExchange exchange) {
    return tried(
        exchange,
        "remove",
        form,
        () -> {
          users.remove(name, exchange).block();
          return PageShell.seeOther("/access", Done.USER_REMOVED);
        });
  }

  /** Answers with the page itself: the token's text is in no address and no history. */
  @PostMapping("/tokens")
  Rendering addToken(Form form, ServerWebExchange exchange) {
    TokenRequest wanted =
        new TokenRequest(form.text("name"), form.text("role"), form.textOrNull("expiresIn"));
    return tried(
        exchange,
        "token",
        form,
        () -> {
          ResponseEntity<NewTokenView> made = done(tokens.make(wanted, exchange));
          Map<String, @Nullable Object> model = model(exchange);
          model.put("made", made.getBody());
          return Rendering.view(VIEW).model(model).status(HttpStatus.CREATED).build();
        });
  }

  @PostMapping("/tokens/{id}/remove")
  Rendering removeToken(@PathVariable("id") String id, Form form, ServerWebExchange exchange) {
    return tried(
        exchange,
        "revoke",
        form,
        () -> {
          tokens.remove(id, exchange).block();
          return PageShell.seeOther("/access", Done.TOKEN_REVOKED);
        });
  }

  private Rendering tried(
      ServerWebExchange exchange, String name, Form form, Supplier<Rendering> work) {
    return shell.tried(exchange, name, form, VIEW, () -> model(exchange), work);
  }

  private static <T> T done(Mono<T> call) {
    return Objects.requireNonNull(call.block());
  }

  private Map<String, @Nullable Object> model(ServerWebExchange exchange) {
    Map<String, @Nullable Object> model = shell.of(exchange, "access", "Access");
    Caller caller = Caller.of(exchange);
    model.put("account", caller);
    model.put(
        "example",
        "curl " + Origin.of(exchange) + "/api/v1/status -H 'Authorization: Bearer sl_...'");
    model.put("roles", List.of("viewer", "operator", "admin"));
    if (caller.role() == Role.ADMIN) {
      List<UserView> all = done(users.list()).items();
      List<TokenView> programs = done(tokens.list()).items();
      model.put("users", all);
      model.put("tokens", programs);
      model.put("user", chosen(exchange, "user", "/access/users/", all, UserView::name));
      model.put("token", chosen(exchange, "token", "/access/tokens/", programs, TokenView::id));
    }
    return model;
  }

  /** The one that a form of the page is about, by the query or by the form's address. */
  private static <T> @Nullable T chosen(
      ServerWebExchange exchange,
      String parameter,
      String prefix,
      List<T> all,
      Function<T, String> id) {
    String path = exchange.getRequest().getPath().pathWithinApplication().value();
    String asked =
        path.startsWith(prefix)
            ? path.substring(prefix.length()).replaceFirst("/remove$", "")
            : exchange.getRequest().getQueryParams().getFirst(parameter);
    return all.stream().filter(each -> id.apply(each).equals(asked)).findFirst().orElse(null);
  }
}
