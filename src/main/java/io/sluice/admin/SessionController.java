package io.sluice.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sluice.admin.Sessions.Begun;
import io.sluice.admin.Sessions.Session;
import io.sluice.config.Configuration;
import io.sluice.store.Accounts.User;
import io.sluice.store.Actor;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
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
import reactor.core.scheduler.Schedulers;

/** Login, logout and who am I. */
@RestController
@RequestMapping("/api/v1/session")
class SessionController {
  private final Logins logins;
  private final Sessions sessions;
  private final Users users;
  private final Passwords passwords;
  private final AuditTrail audit;
  private final String path;

  SessionController(
      Logins logins,
      Sessions sessions,
      Users users,
      Passwords passwords,
      AuditTrail audit,
      Configuration configuration) {
    this.logins = logins;
    this.sessions = sessions;
    this.users = users;
    this.passwords = passwords;
    this.audit = audit;
    this.path = configuration.admin().basePath();
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
    Caller.claim(exchange, name);
    HttpCookie old = exchange.getRequest().getCookies().getFirst(Authentication.COOKIE);
    return logins
        .login(name, password, Caller.peer(exchange))
        .publishOn(Schedulers.boundedElastic())
        .map(
            begun -> {
              if (old != null) {
                sessions.endById(old.getValue());
              }
              Session session = begun.session();
              String role = session.role().word();
              Actor actor = new Actor(name, role, "session", Caller.peer(exchange));
              audit.applied(exchange, actor, "login");
              exchange.getResponse().addCookie(cookie(exchange, begun.id(), Sessions.WHOLE));
              return new SessionView(name, role, session.csrfToken(), session.expiresAt());
            });
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
    ownSession(exchange);
    HttpCookie cookie = exchange.getRequest().getCookies().getFirst(Authentication.COOKIE);
    if (cookie != null) {
      sessions.endById(cookie.getValue());
    }
    exchange.getResponse().addCookie(cookie(exchange, "", Duration.ZERO));
    return Blocking.run(() -> audit.applied(exchange, Caller.actor(exchange), "logout"));
  }

  /** Ends the caller's other sessions too, and begins a new one. */
  @PutMapping("/password")
  Mono<SessionView> password(@RequestBody PasswordRequest body, ServerWebExchange exchange) {
    Session session = ownSession(exchange);
    String current = Fields.required("/current", body.current());
    String next = Fields.password("/new", body.next());
    return passwords.run(
        () -> {
          User user = users.get(session.user());
          if (!logins.isPassword(user, current)) {
            throw new ProblemException(
                HttpStatus.FORBIDDEN, "wrong-password", "The current password is wrong.");
          }
          users.change(user.name(), null, next);
          audit.applied(exchange, Caller.actor(exchange), "own password changed");
          Begun begun = sessions.begin(user.name(), session.role());
          exchange.getResponse().addCookie(cookie(exchange, begun.id(), Sessions.WHOLE));
          return new SessionView(
              user.name(), user.role(), begun.session().csrfToken(), begun.session().expiresAt());
        });
  }

  private static Session ownSession(ServerWebExchange exchange) {
    Session session = Authentication.session(exchange);
    if (session == null) {
      throw new ProblemException(
          HttpStatus.CONFLICT, "no-session", "This call is made by a token, not by a session.");
    }
    return session;
  }

  private ResponseCookie cookie(ServerWebExchange exchange, String id, Duration age) {
    return ResponseCookie.from(Authentication.COOKIE, id)
        .httpOnly(true)
        .secure(AnswerHeaders.isTls(exchange))
        .sameSite("Strict")
        .path(path)
        .maxAge(age)
        .build();
  }
}
