package io.sluice.admin;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.result.view.ViewResolver;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Problems as a person in front of a browser gets them. */
@Component
final class ErrorPages {
  private final ViewResolver views;
  private final PageShell shell;

  ErrorPages(ViewResolver views, PageShell shell) {
    this.views = views;
    this.shell = shell;
  }

  /** Whether a problem only means that somebody has to sign in before they see a page. */
  static boolean leadsToLogin(ServerWebExchange exchange, ProblemException problem) {
    return problem.status() == HttpStatus.UNAUTHORIZED
        && PagePaths.wantsPage(exchange)
        && exchange.getRequest().getMethod().equals(HttpMethod.GET);
  }

  /** Leads to the login, and from there back. */
  static Mono<Void> toLogin(ServerWebExchange exchange) {
    ServerHttpRequest request = exchange.getRequest();
    String query = request.getURI().getRawQuery();
    String asked =
        request.getPath().pathWithinApplication().value() + (query == null ? "" : "?" + query);
    ServerHttpResponse response = exchange.getResponse();
    response.setStatusCode(HttpStatus.SEE_OTHER);
    String target =
        request.getPath().contextPath().value() + "/login" + LoginPage.query(PagePaths.next(asked));
    response.getHeaders().setLocation(URI.create(target));
    return response.setComplete();
  }

  /** A whole page about a problem, with its status and fields. */
  Mono<Void> show(ServerWebExchange exchange, ProblemException problem) {
    return Mono.defer(
            () -> {
              ServerHttpResponse response = exchange.getResponse();
              response.setStatusCode(problem.status());
              HttpHeaders headers = response.getHeaders();
              headers.remove(HttpHeaders.ETAG);
              headers.remove(HttpHeaders.LOCATION);
              problem.headers().forEach(headers::set);
              String title = problem.status().getReasonPhrase();
              Map<String, @Nullable Object> model = shell.of(exchange, "error", title);
              model.put("status", problem.status().value());
              model.put("detail", problem.detail());
              model.put("errors", problem.errors());
              model.put("advice", advice(problem));
              model.put("requestId", RequestId.of(exchange));
              return views
                  .resolveViewName("error", Locale.ENGLISH)
                  .flatMap(view -> view.render(model, MediaType.TEXT_HTML, exchange));
            })
        .subscribeOn(Schedulers.boundedElastic());
  }

  /** What to do. */
  private static String advice(ProblemException problem) {
    return switch (problem.status()) {
      case UNAUTHORIZED -> "Nothing was changed. Sign in, then do it again.";
      case FORBIDDEN ->
          problem.code().equals("forbidden")
              ? "Ask an admin for that role, or sign in as somebody who has it."
              : "Nothing was changed. Go back, load the page again and repeat it.";
      case NOT_FOUND -> "It may have been removed. Start from the overview.";
      case METHOD_NOT_ALLOWED -> "Go back and use the page's own links and buttons.";
      case TOO_MANY_REQUESTS -> "Wait a moment, then try again.";
      case MISDIRECTED_REQUEST -> "Open the dashboard by its IP address or an allowed name.";
      case SERVICE_UNAVAILABLE -> "Try again in a few seconds.";
      default ->
          problem.status().is5xxServerError()
              ? "Try again; if it fails again, search Sluice's log for the request's id."
              : "Go back, correct it and try again.";
    };
  }
}
