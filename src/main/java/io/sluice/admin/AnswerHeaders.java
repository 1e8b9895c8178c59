package io.sluice.admin;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * What every answer tells a browser: run nothing of others, be framed by nobody, keep nothing. A
 * controller's own {@code Cache-Control} stands.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
final class AnswerHeaders implements WebFilter {
  private static final String POLICY =
      "default-src 'self'; script-src 'self'; style-src 'self'%s; img-src 'self' data:;"
          + " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

  private static final String CONTENT = POLICY.formatted("");

  /**
   * Swagger UI's page and scripts bring styles in attributes; scripts stay as strict as elsewhere.
   */
  private static final String SWAGGER_CONTENT = POLICY.formatted(" 'unsafe-inline'");

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    ServerHttpRequest request = exchange.getRequest();
    HttpHeaders headers = exchange.getResponse().getHeaders();
    String path = request.getPath().pathWithinApplication().value();
    boolean swagger = path.startsWith("/swagger-ui") || path.startsWith("/webjars/swagger-ui/");
    headers.set("Content-Security-Policy", swagger ? SWAGGER_CONTENT : CONTENT);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Embedder-Policy", "require-corp");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set(
        "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    if (isTls(exchange)) {
      headers.set("Strict-Transport-Security", "max-age=31536000");
    }
    exchange
        .getResponse()
        .beforeCommit(
            () -> {
              if (!path.startsWith("/assets/") && headers.getCacheControl() == null) {
                headers.setCacheControl("no-store");
              }
              return Mono.empty();
            });
    return chain.filter(exchange);
  }

  /** Whether the call came over TLS to us; a proxy in front that ended it does not count. */
  static boolean isTls(ServerWebExchange exchange) {
    return "https".equals(exchange.getRequest().getURI().getScheme());
  }
}
