package io.sluice.admin;

import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Tells with every answer of the API which revision is in force, also with a refusal. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class ConfigRevision implements WebFilter {
  static final String FIELD = "Config-Revision";

  private final Changes changes;

  ConfigRevision(Changes changes) {
    this.changes = changes;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    if (exchange.getRequest().getPath().pathWithinApplication().value().startsWith("/api/")) {
      exchange.getResponse().beforeCommit(() -> Mono.fromRunnable(() -> tell(exchange)));
    }
    return chain.filter(exchange);
  }

  private void tell(ServerWebExchange exchange) {
    long number = changes.inForce().revision().number();
    exchange.getResponse().getHeaders().set(FIELD, Long.toString(number));
  }
}
