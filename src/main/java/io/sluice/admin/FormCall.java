package io.sluice.admin;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriUtils;

/**
 * The API's call that a form stands for. A page's controller gives it to the API's controller, so
 * that a form does what the API does: the same conditions, guards, revision and audit. What the API
 * refuses comes back as a {@link ProblemException}, which the page shows.
 */
final class FormCall {
  private static final byte[] NOTHING = {};

  private FormCall() {}

  /**
   * A call with a JSON body, or a merge patch with PATCH.
   *
   * @param apiPath behind the base path, for instance from {@link #path}
   * @param query parameters, not escaped
   * @param headers for instance {@code If-Match}; none of the browser's but the host go on
   * @param bodyTree maps, lists, texts, numbers; null: no body
   */
  static Call of(
      ServerWebExchange exchange,
      HttpMethod method,
      String apiPath,
      Map<String, String> query,
      Map<String, String> headers,
      @Nullable Object bodyTree) {
    MediaType type =
        method.equals(HttpMethod.PATCH) ? Call.MERGE_PATCH : MediaType.APPLICATION_JSON;
    return bodyTree == null
        ? make(exchange, request(exchange, method, apiPath, query, headers, null), NOTHING)
        : make(
            exchange,
            request(exchange, method, apiPath, query, headers, type),
            JsonText.write(bodyTree));
  }

  /** A call with a body of YAML. */
  static Call ofYaml(
      ServerWebExchange exchange,
      HttpMethod method,
      String apiPath,
      Map<String, String> query,
      Map<String, String> headers,
      String yaml) {
    return make(
        exchange,
        request(exchange, method, apiPath, query, headers, Call.YAML),
        yaml.getBytes(StandardCharsets.UTF_8));
  }

  /** A path below {@code /api/v1}, its segments escaped. */
  static String path(String... segments) {
    StringBuilder path = new StringBuilder("/api/v1");
    for (String segment : segments) {
      path.append('/').append(UriUtils.encodePathSegment(segment, StandardCharsets.UTF_8));
    }
    return path.toString();
  }

  private static Call make(ServerWebExchange exchange, ServerHttpRequest request, byte[] body) {
    // Attributes and answer stay the page's: who calls, the request's id, cookies.
    ServerWebExchange call = exchange.mutate().request(request).build();
    return new Call(call, Caller.actor(exchange), body);
  }

  private static ServerHttpRequest request(
      ServerWebExchange exchange,
      HttpMethod method,
      String apiPath,
      Map<String, String> query,
      Map<String, String> headers,
      @Nullable MediaType type) {
    ServerHttpRequest page = exchange.getRequest();
    StringBuilder uri = new StringBuilder(page.getPath().contextPath().value()).append(apiPath);
    char separator = '?';
    for (Map.Entry<String, String> each : query.entrySet()) {
      uri.append(separator)
          .append(UriUtils.encode(each.getKey(), StandardCharsets.UTF_8))
          .append('=')
          .append(UriUtils.encode(each.getValue(), StandardCharsets.UTF_8));
      separator = '&';
    }
    return page.mutate()
        .method(method)
        .uri(page.getURI().resolve(URI.create(uri.toString())))
        .headers(fields -> replace(fields, headers, type))
        .build();
  }

  private static void replace(
      HttpHeaders fields, Map<String, String> headers, @Nullable MediaType type) {
    String host = fields.getFirst(HttpHeaders.HOST);
    fields.clear();
    if (host != null) {
      fields.set(HttpHeaders.HOST, host);
    }
    if (type != null) {
      fields.setContentType(type);
    }
    headers.forEach(fields::set);
  }
}
