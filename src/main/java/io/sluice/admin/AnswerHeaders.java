package io.sluice.admin;

import java.util.Map;
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

  /** For the dashboard's pages: they need less, and no text of theirs ever becomes a script. */
  private static final String PAGE =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none';"
          + " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

  /**
   * Swagger UI's page and scripts bring styles in attributes; scripts stay as strict as elsewhere.
   */
  private static final String SWAGGER_CONTENT = POLICY.formatted(" 'unsafe-inline'");

  /** What every answer has, whatever it answers. */
  static final Map<String, String> FIXED =
      Map.of(
          "Content-Security-Policy",
          POLICY.formatted(""),
          "X-Content-Type-Options",
          "nosniff",
          "X-Frame-Options",
          "DENY",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "Cross-Origin-Embedder-Policy",
          "require-corp",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Permissions-Policy",
          "camera=(), geolocation=(), microphone=(), payment=(), usb=()");

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    ServerHttpRequest request = exchange.getRequest();
    HttpHeaders headers = exchange.getResponse().getHeaders();
    String path = request.getPath().pathWithinApplication().value();
    boolean swagger = path.startsWith("/swagger-ui") || path.startsWith("/webjars/swagger-ui/");
    FIXED.forEach(headers::set);
    if (swagger) {
      headers.set("Content-Security-Policy", SWAGGER_CONTENT);
    }
    if (PagePaths.isPage(path)) {
      headers.set("Content-Security-Policy", PAGE);
      // With no-referrer a browser's form says that it comes from nowhere: "Origin: null".
      headers.set("Referrer-Policy", "same-origin");
    }
    if (isTls(exchange)) {
      headers.set("Strict-Transport-Security", "max-age=31536000");
    }
    exchange
        .getResponse()
        .beforeCommit(
            () -> {
              if (headers.getCacheControl() == null) {
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
