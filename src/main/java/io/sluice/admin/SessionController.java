package io.sluice.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sluice.admin.Sessions.Session;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Login, logout and who am I. */
@RestController
@RequestMapping("/api/v1/session")
class SessionController {
  private final OwnSession own;

  SessionController(OwnSession own) {
    this.own = own;
  }

  /** What a login brings. */
  record LoginRequest(@Nullable String username, @Nullable String password) {
    @Override
    public String toString() {
      return "login of " + username;
    }
  }

  /** What a change of the own password brings. */
  record PasswordRequest(@Nullable String current, @JsonProperty("new") @Nullable String next) {
    @Override
    public String toString() {
      return "change of a password";
    }
  }

  /**
   * Who calls.
   *
   * @param csrfToken to be sent as {@code X-CSRF-Token} with every write; null for a token
   * @param expiresAt when it ends without a further call; null: never
   */
  record SessionView(
      String name, String role, @Nullable String csrfToken, @Nullable Instant expiresAt) {}

  @PostMapping
  Mono<SessionView> login(@RequestBody LoginRequest body, ServerWebExchange exchange) {
    String name = Fields.required("/username", body.username());
    String password = Fields.required("/password", body.password());
    return own.login(exchange, name, password).map(login -> view(login.begun().session()));
  }

  @GetMapping
  SessionView current(ServerWebExchange exchange) {
    Caller caller = Caller.of(exchange);
    Session session = Authentication.session(exchange);
    return new SessionView(
        caller.name(),
        caller.role().word(),
        session == null ? null : session.csrfToken(),
        caller.expiresAt());
  }

  @DeleteMapping
  @ResponseStatus(HttpStatus.NO_CONTENT)
  Mono<Void> logout(ServerWebExchange exchange) {
    return own.logout(exchange);
  }

  /** Ends the caller's other sessions too, and begins a new one. */
  @PutMapping("/password")
  Mono<SessionView> password(@RequestBody PasswordRequest body, ServerWebExchange exchange) {
    String current = Fields.required("/current", body.current());
    String next = Fields.password("/new", body.next());
    return own.password(exchange, current, next).map(begun -> view(begun.session()));
  }

  private static SessionView view(Session session) {
    return new SessionView(
        session.user(), session.role().word(), session.csrfToken(), session.expiresAt());
  }
}
