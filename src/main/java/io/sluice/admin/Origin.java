package io.sluice.admin;

import java.net.URI;
import org.springframework.web.server.ServerWebExchange;

/** Where a browser has found this management plane, for commands to copy. */
final class Origin {
  private Origin() {}

  /** Scheme, host and base path without a slash at its end. */
  static String of(ServerWebExchange exchange) {
    URI uri = exchange.getRequest().getURI();
    return uri.getScheme()
        + "://"
        + uri.getRawAuthority()
        + exchange.getRequest().getPath().contextPath().value();
  }
}
