package io.sluice.admin;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;

/** Which paths are pages for people; all others are for programs. */
final class PagePaths {
  private static final List<String> PROGRAMS =
      List.of("/api/", "/assets/", "/actuator", "/v3", "/swagger-ui", "/webjars");

  private static final int LONGEST_NEXT = 1000;

  private PagePaths() {}

  /** Whether a call is of the dashboard's pages, existing or not. */
  static boolean isPage(ServerHttpRequest request) {
    return isPage(request.getPath().pathWithinApplication().value());
  }

  /** The same of a path behind the base path. */
  static boolean isPage(String path) {
    return PROGRAMS.stream().noneMatch(path::startsWith) && !path.equals("/api");
  }

  /** Whether a person in front of a browser reads the answer, whatever it becomes. */
  static boolean wantsPage(ServerWebExchange exchange) {
    return isPage(exchange.getRequest()) && acceptsHtml(exchange.getRequest());
  }

  private static boolean acceptsHtml(ServerHttpRequest request) {
    try {
      return request.getHeaders().getAccept().stream()
          .anyMatch(type -> type.equalsTypeAndSubtype(MediaType.TEXT_HTML));
    } catch (InvalidMediaTypeException e) {
      return false;
    }
  }

  /**
   * Where to go after the login, behind the base path: what was asked for when it is a page of this
   * dashboard, else its first page. Everything that a browser could read as an address elsewhere
   * counts as nothing.
   */
  static String next(@Nullable String asked) {
    return asked != null && isOwn(asked) ? asked : "/";
  }

  private static boolean isOwn(String asked) {
    boolean plain = asked.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\\');
    if (!plain || asked.length() > LONGEST_NEXT || !asked.startsWith("/")) {
      return false;
    }
    try {
      URI uri = new URI(asked);
      String path = uri.getRawPath();
      return !uri.isAbsolute()
          && uri.getRawAuthority() == null
          && RequestGate.pathProblem(path) == null
          && isPage(path)
          && !path.equals("/login")
          && !path.equals("/logout");
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
