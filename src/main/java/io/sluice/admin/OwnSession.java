package io.sluice.admin;

import io.sluice.admin.Logins.LoggedIn;
import io.sluice.admin.Sessions.Begun;
import io.sluice.admin.Sessions.Session;
import io.sluice.config.Configuration;
import io.sluice.store.Accounts.User;
import io.sluice.store.Actor;
import java.time.Duration;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Login, logout and own password of whoever calls: for the API and for the pages alike. */
@Component
final class OwnSession {
  private final Logins logins;
  private final Sessions sessions;
  private final Users users;
  private final Passwords passwords;
  private final AuditTrail audit;
  private final String path;

  OwnSession(
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

  /** Begins a session, ends the one before; the answer gets the cookie, the audit a line. */
  Mono<LoggedIn> login(ServerWebExchange exchange, String name, String password) {
    Caller.claim(exchange, name);
    HttpCookie old = exchange.getRequest().getCookies().getFirst(Authentication.COOKIE);
    return logins
        .login(name, password, Caller.peer(exchange))
        .publishOn(Schedulers.boundedElastic())
        .doOnNext(
            login -> {
              if (old != null) {
                sessions.endById(old.getValue());
              }
              Begun begun = login.begun();
              String role = begun.session().role().word();
              Actor actor = new Actor(name, role, "session", Caller.peer(exchange));
              audit.applied(exchange, actor, "login");
              exchange.getResponse().addCookie(cookie(exchange, begun.id(), Sessions.WHOLE));
            });
  }

  /** Ends the caller's session. */
  Mono<Void> logout(ServerWebExchange exchange) {
    need(exchange);
    HttpCookie cookie = exchange.getRequest().getCookies().getFirst(Authentication.COOKIE);
    if (cookie != null) {
      sessions.endById(cookie.getValue());
    }
    exchange.getResponse().addCookie(cookie(exchange, "", Duration.ZERO));
    return Blocking.run(() -> audit.applied(exchange, Caller.actor(exchange), "logout"));
  }

  /**
   * Changes the caller's password, ends all their sessions and begins a new one.
   *
   * @param next checked already
   */
  Mono<Begun> password(ServerWebExchange exchange, String current, String next) {
    Session session = need(exchange);
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
          return begun;
        });
  }

  private static Session need(ServerWebExchange exchange) {
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
