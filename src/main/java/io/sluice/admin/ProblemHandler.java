package io.sluice.admin;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webflux.error.ErrorWebExceptionHandler;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns whatever ends a call into a problem document, or into a page for whoever looks at pages:
 * there is no other way for an error to get out, whether it comes from a filter, from security or
 * from a controller.
 */
@Component
@Order(-2)
final class ProblemHandler implements ErrorWebExceptionHandler {
  private static final Logger log = LoggerFactory.getLogger(ProblemHandler.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final AuditTrail audit;
  private final ErrorPages pages;

  ProblemHandler(AuditTrail audit, ErrorPages pages) {
    this.audit = audit;
    this.pages = pages;
  }

  @Override
  public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
    if (exchange.getResponse().isCommitted()) {
      // Half an answer is on its way: only cutting it tells the caller.
      return Mono.error(failure);
    }
    ProblemException problem = Problems.of(failure);
    if (problem == null) {
      log.error("request {} failed in Sluice itself", RequestId.of(exchange), failure);
      problem =
          new ProblemException(
              HttpStatus.INTERNAL_SERVER_ERROR,
              "internal",
              "Sluice failed; its log names this request's id with the cause.");
    }
    if (ErrorPages.leadsToLogin(exchange, problem)) {
      return ErrorPages.toLogin(exchange);
    }
    audit.problem(exchange, problem);
    return PagePaths.wantsPage(exchange) ? show(exchange, problem) : write(exchange, problem);
  }

  /** As a page; when even that fails, as a document. */
  private Mono<Void> show(ServerWebExchange exchange, ProblemException problem) {
    return pages
        .show(exchange, problem)
        .onErrorResume(
            failure -> !exchange.getResponse().isCommitted(),
            failure -> {
              log.error("request {}: its error page failed", RequestId.of(exchange), failure);
              return write(exchange, problem);
            });
  }

  private static Mono<Void> write(ServerWebExchange exchange, ProblemException problem) {
    ServerHttpResponse response = exchange.getResponse();
    response.setStatusCode(problem.status());
    HttpHeaders headers = response.getHeaders();
    headers.remove(HttpHeaders.ETAG);
    headers.remove(HttpHeaders.LOCATION);
    headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
    problem.headers().forEach(headers::set);
    byte[] body = json(document(exchange, problem));
    headers.setContentLength(body.length);
    if (exchange.getRequest().getMethod() == HttpMethod.HEAD) {
      return response.setComplete();
    }
    DataBuffer buffer = response.bufferFactory().wrap(body);
    return response.writeWith(Mono.just(buffer));
  }

  private static Problem document(ServerWebExchange exchange, ProblemException problem) {
    return new Problem(
        "urn:sluice:problem:" + problem.code(),
        problem.status().getReasonPhrase(),
        problem.status().value(),
        problem.detail(),
        exchange.getRequest().getURI().getRawPath(),
        problem.code(),
        RequestId.of(exchange),
        problem.errors(),
        problem.members());
  }

  static byte[] json(Problem problem) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", problem.type());
    members.put("title", problem.title());
    members.put("status", problem.status());
    members.put("detail", problem.detail());
    members.put("instance", problem.instance());
    members.put("code", problem.code());
    members.put("requestId", problem.requestId());
    members.put("errors", problem.errors());
    problem.more().forEach(members::putIfAbsent);
    return JSON.writeValueAsString(members).getBytes(StandardCharsets.UTF_8);
  }
}
