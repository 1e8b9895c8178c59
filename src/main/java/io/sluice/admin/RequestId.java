package io.sluice.admin;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Gives every call a name: the caller's {@code X-Request-Id} when it is harmless in logs, else one
 * of our own. The answer carries it, problems and the audit name it.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class RequestId implements WebFilter {
  static final String FIELD = "X-Request-Id";
  private static final String ATTRIBUTE = RequestId.class.getName();
  private static final int LONGEST = 64;

  /** A call's id. */
  static String of(ServerWebExchange exchange) {
    return exchange.getAttributeOrDefault(ATTRIBUTE, "");
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    String given = exchange.getRequest().getHeaders().getFirst(FIELD);
    String id = given != null && isSane(given) ? given : fresh();
    exchange.getAttributes().put(ATTRIBUTE, id);
    exchange.getResponse().getHeaders().set(FIELD, id);
    return chain.filter(exchange);
  }

  private static boolean isSane(String id) {
    return id.length() <= LONGEST && id.matches("[A-Za-z0-9._-]+");
  }

  /** Only a name, no secret: any source of randomness will do. */
  static String fresh() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }
}
