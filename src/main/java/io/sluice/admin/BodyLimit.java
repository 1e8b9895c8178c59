package io.sluice.admin;

import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Refuses long bodies before they are held: 16 MiB for a whole configuration, else 1 MiB. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 30)
final class BodyLimit implements WebFilter {
  private static final long MIB = 1024 * 1024;
  private static final long CONFIGURATION = 16 * MIB;
  private static final Set<String> WHOLE =
      Set.of("/api/v1/config", "/api/v1/config/validate", "/configuration/edit");

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    ServerHttpRequest request = exchange.getRequest();
    String path = request.getPath().pathWithinApplication().value();
    long limit = WHOLE.contains(path) ? CONFIGURATION : MIB;
    if (request.getHeaders().getContentLength() > limit) {
      return Mono.error(tooLong(limit));
    }
    return chain.filter(exchange.mutate().request(new Limited(request, limit)).build());
  }

  private static ProblemException tooLong(long limit) {
    return new ProblemException(
        HttpStatus.CONTENT_TOO_LARGE,
        "too-large",
        "The body is longer than the %d MiB allowed here.".formatted(limit / MIB));
  }

  /** A request whose body ends with an error once it is too long. */
  private static final class Limited extends ServerHttpRequestDecorator {
    private final long limit;

    Limited(ServerHttpRequest request, long limit) {
      super(request);
      this.limit = limit;
    }

    @Override
    public Flux<DataBuffer> getBody() {
      AtomicLong length = new AtomicLong();
      return super.getBody()
          .handle(
              (part, sink) -> {
                if (length.addAndGet(part.readableByteCount()) > limit) {
                  DataBufferUtils.release(part);
                  sink.error(tooLong(limit));
                } else {
                  sink.next(part);
                }
              });
    }
  }
}
