package io.sluice.admin;

import io.netty.util.NetUtil;
import io.sluice.config.Configuration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Lets in only calls that cannot be misread. A path that two parsers may read in two ways (dots,
 * doubled slashes, escapes of plain characters) could be one thing to the table of rules and
 * another to the controllers, so it is refused instead of being cleaned. A name in Host that is not
 * ours is a page elsewhere whose DNS entry was turned to this address (DNS rebinding).
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 20)
final class RequestGate implements WebFilter {
  private static final String LOCALHOST = "localhost";

  private final String basePath;
  private final Set<String> hosts;

  RequestGate(Configuration configuration) {
    Configuration.Admin admin = configuration.admin();
    this.basePath = admin.basePath().equals("/") ? "" : admin.basePath();
    this.hosts =
        Stream.concat(admin.allowedHosts().stream(), Stream.of(LOCALHOST, admin.address().host()))
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    ServerHttpRequest request = exchange.getRequest();
    String reason = pathProblem(request.getURI().getRawPath());
    if (reason != null) {
      return Mono.error(badPath(reason));
    }
    if (!hostIsOurs(request)) {
      return Mono.error(
          new ProblemException(
              HttpStatus.MISDIRECTED_REQUEST,
              "host-not-allowed",
              "The name in Host is not one of this admin address; use an IP address or add the"
                  + " name to sluice.admin.allowed-hosts."));
    }
    if (!request.getPath().contextPath().value().equals(basePath)) {
      return Mono.error(
          new ProblemException(
              HttpStatus.NOT_FOUND, "not-found", "Everything here lies below " + basePath + "/."));
    }
    if (request.getMethod().equals(HttpMethod.OPTIONS)
        && request.getHeaders().containsHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD)) {
      return Mono.error(
          new ProblemException(
              HttpStatus.FORBIDDEN, "cross-origin", "Pages of other origins may call nothing."));
    }
    return chain.filter(exchange);
  }

  /** What is wrong with a path as it came; null: nothing. */
  static @Nullable String pathProblem(@Nullable String path) {
    if (path == null || !path.startsWith("/")) {
      return "it does not begin with a slash";
    }
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '\\' || c == ';') {
        return "it holds a character that has no place in a path";
      }
      if (c == '%' && !isNeededEscape(path, i)) {
        return "it holds an escape that is malformed or not needed";
      }
    }
    String[] segments = path.split("/", -1);
    for (int i = 1; i < segments.length; i++) {
      if (segments[i].isEmpty() && i < segments.length - 1) {
        return "it holds two slashes in a row";
      }
      if (segments[i].endsWith(".")) {
        return "a segment of it ends with a dot";
      }
    }
    return null;
  }

  /** Whether an escape is well formed, and of a character that cannot stand there by itself. */
  private static boolean isNeededEscape(String path, int at) {
    if (at + 2 >= path.length()) {
      return false;
    }
    int high = Character.digit(path.charAt(at + 1), 16);
    int low = Character.digit(path.charAt(at + 2), 16);
    if (high < 0 || low < 0) {
      return false;
    }
    int c = high * 16 + low;
    boolean plain =
        c >= 'a' && c <= 'z'
            || c >= 'A' && c <= 'Z'
            || c >= '0' && c <= '9'
            || "-._~".indexOf(c) >= 0;
    return !plain && c >= ' ' && c != 0x7f && "/\\;%".indexOf(c) < 0;
  }

  static ProblemException badPath(String reason) {
    return new ProblemException(
        HttpStatus.BAD_REQUEST, "bad-path", "The path cannot be used: " + reason + ".");
  }

  private boolean hostIsOurs(ServerHttpRequest request) {
    List<String> given = request.getHeaders().getOrEmpty(HttpHeaders.HOST);
    if (given.size() > 1) {
      return false;
    }
    String target = request.getURI().getHost();
    return given.stream().allMatch(host -> isOurs(nameOf(host)))
        && (target == null || isOurs(target.toLowerCase(Locale.ROOT)));
  }

  private boolean isOurs(String host) {
    String plain =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    return NetUtil.isValidIpV4Address(plain)
        || NetUtil.isValidIpV6Address(plain)
        || hosts.contains(host);
  }

  /** A Host field without its port, in lower case. */
  static String nameOf(String host) {
    int colon = host.lastIndexOf(':');
    boolean port = colon >= 0 && host.indexOf(']', colon) < 0;
    String name = (port ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
