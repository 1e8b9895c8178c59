package io.sluice.admin;

import io.sluice.admin.Sessions.Session;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Finds out who calls: by a bearer token, else by a session's cookie, else nobody. A wrong token is
 * an error even where none is needed; an ended session is nobody, so that a login can follow.
 *
 * <p>A browser sends the cookie by itself, whoever made it call. So a write by cookie must also
 * bring the session's own token, which other origins cannot read, and must not come from one. Only
 * wrong tokens are throttled: whoever shares an address with a guesser still gets in.
 */
final class Authentication implements WebFilter {
  static final String COOKIE = "sluice-session";
  static final String CSRF_FIELD = "X-CSRF-Token";
  private static final String BEARER = "bearer ";
  private static final List<String> LOGINS = List.of("/api/v1/session", "/login");
  private static final List<HttpMethod> SAFE = List.of(HttpMethod.GET, HttpMethod.HEAD);

  private final Tokens tokens;
  private final Sessions sessions;
  private final Throttle throttle;

  Authentication(Tokens tokens, Sessions sessions, InstantSource clock) {
    this.tokens = tokens;
    this.sessions = sessions;
    this.throttle = new Throttle(clock);
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    return caller(exchange)
        .map(Optional::of)
        .defaultIfEmpty(Optional.empty())
        .flatMap(
            caller ->
                caller.isPresent()
                    ? proceed(exchange, chain, caller.get())
                    : chain.filter(exchange));
  }

  private static Mono<Void> proceed(
      ServerWebExchange exchange, WebFilterChain chain, Caller caller) {
    caller.attach(exchange);
    var proof =
        UsernamePasswordAuthenticationToken.authenticated(
            caller, "", AuthorityUtils.createAuthorityList("ROLE_" + caller.role()));
    return chain
        .filter(exchange)
        .contextWrite(ReactiveSecurityContextHolder.withAuthentication(proof));
  }

  private Mono<Caller> caller(ServerWebExchange exchange) {
    HttpHeaders headers = exchange.getRequest().getHeaders();
    String authorization = headers.getFirst(HttpHeaders.AUTHORIZATION);
    if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      return byToken(exchange, authorization.substring(BEARER.length()).strip());
    }
    ServerHttpRequest request = exchange.getRequest();
    boolean writes = !SAFE.contains(request.getMethod());
    if (writes && !isSameOrigin(request)) {
      return Mono.error(
          new ProblemException(
              HttpStatus.FORBIDDEN, "cross-origin", "Pages of other origins may call nothing."));
    }
    HttpCookie cookie = request.getCookies().getFirst(COOKIE);
    Session session = cookie == null ? null : sessions.find(cookie.getValue());
    if (session == null) {
      return Mono.empty();
    }
    Caller caller = bySession(session, Caller.peer(exchange));
    exchange.getAttributes().put(Session.class.getName(), session);
    if (!writes || isLogin(request) || hasCsrfToken(headers, session)) {
      return Mono.just(caller);
    }
    caller.attach(exchange);
    return PagePaths.isPage(request) && Form.isForm(request)
        ? byForm(exchange, session, caller)
        : Mono.error(
            new ProblemException(
                HttpStatus.FORBIDDEN,
                "csrf",
                "A write by a session needs the session's csrfToken in " + CSRF_FIELD + "."));
  }

  /** A page's form cannot set a header: it brings the token as a field. */
  private static Mono<Caller> byForm(ServerWebExchange exchange, Session session, Caller caller) {
    return Form.of(exchange)
        .handle(
            (form, sink) -> {
              if (Secrets.equal(form.raw(Form.CSRF), session.csrfToken())) {
                sink.next(caller);
              } else {
                sink.error(
                    new ProblemException(
                        HttpStatus.FORBIDDEN,
                        "csrf",
                        "This form is of another login, so nothing was done; load the page again"
                            + " and repeat it."));
              }
            });
  }

  /** The session that makes this call; null: something else does. */
  static @Nullable Session session(ServerWebExchange exchange) {
    return exchange.getAttribute(Session.class.getName());
  }

  /** As a caller. */
  private static Caller bySession(Session session, @Nullable String address) {
    return new Caller(
        session.user(), session.role(), "session", address, session.expiresAt(), session.ended());
  }

  private Mono<Caller> byToken(ServerWebExchange exchange, String text) {
    String address = Caller.peer(exchange);
    return Mono.fromCallable(() -> tokens.verify(text, address))
        .subscribeOn(Schedulers.boundedElastic())
        .switchIfEmpty(Mono.error(() -> wrongToken(address)));
  }

  private ProblemException wrongToken(@Nullable String address) {
    Duration wait = throttle.attempt(Throttle.keyOf(address));
    return wait.isZero()
        ? Caller.unproven("The token is unknown, expired or revoked.")
        : tooMany(wait);
  }

  /** The answer to somebody who guesses. */
  static ProblemException tooMany(Duration wait) {
    long seconds = wait.plusMillis(999).toSeconds();
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS,
            "throttled",
            "Too many attempts have failed; the next one is possible in %d s.".formatted(seconds))
        .header(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
  }

  /** A login needs no session, so whoever still has one needs not prove it. */
  private static boolean isLogin(ServerHttpRequest request) {
    return request.getMethod().equals(HttpMethod.POST)
        && LOGINS.contains(request.getPath().pathWithinApplication().value());
  }

  private static boolean hasCsrfToken(HttpHeaders headers, Session session) {
    String given = headers.getFirst(CSRF_FIELD);
    return given != null && Secrets.equal(given, session.csrfToken());
  }

  /** Whether nothing says that a page of another origin makes this call. */
  private static boolean isSameOrigin(ServerHttpRequest request) {
    HttpHeaders headers = request.getHeaders();
    String site = headers.getFirst("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin")) {
      return false;
    }
    String origin = headers.getFirst(HttpHeaders.ORIGIN);
    if (origin == null) {
      return true;
    }
    // Only what stands after the scheme: a proxy in front may have ended TLS.
    String host = headers.getFirst(HttpHeaders.HOST);
    return host != null && host.equalsIgnoreCase(authority(origin));
  }

  private static @Nullable String authority(String origin) {
    try {
      return URI.create(origin).getAuthority();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
