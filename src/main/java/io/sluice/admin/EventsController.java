package io.sluice.admin;

import io.netty.channel.Channel;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableChannel;
import reactor.netty.http.server.HttpServerResponse;

/** Server-sent events: what happens, as it happens. */
@RestController
@RequestMapping("/api/v1/events")
@Tag(name = "events")
final class EventsController {
  private static final List<String> USUAL = List.of("stats", "backend", "operation", "config");

  private final EventFeed feed;
  private final AdminConnections connections;

  EventsController(EventFeed feed, AdminConnections connections) {
    this.feed = feed;
    this.connections = connections;
  }

  @GetMapping(produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  @Operation(
      operationId = "streamEvents",
      summary = "Tells what happens as server-sent events, as long as the connection lasts")
  Mono<Void> stream(Call call) {
    Caller caller = Caller.of(call.exchange());
    Set<String> topics = topics(call, caller);
    ServerWebExchange exchange = call.exchange();
    String last = call.headers().getFirst("Last-Event-ID");
    ServerHttpResponse response = exchange.getResponse();
    response.setStatusCode(HttpStatus.OK);
    response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
    response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
    // For a proxy in front that would collect frames otherwise.
    response.getHeaders().set("X-Accel-Buffering", "no");
    DataBufferFactory buffers = response.bufferFactory();
    Flux<byte[]> frames =
        feed.stream(topics, last, channel(response))
            .takeUntilOther(caller.ended())
            .takeUntilOther(connections.leaving());
    return response.writeAndFlushWith(frames.map(frame -> Mono.just(buffers.wrap(frame))));
  }

  private static Set<String> topics(Call call, Caller caller) {
    String given = call.query("topics");
    boolean admin = caller.role().includes(Role.ADMIN);
    Set<String> topics = new LinkedHashSet<>(USUAL);
    if (given != null && !given.isEmpty()) {
      topics = new LinkedHashSet<>(List.of(given.split(",", -1)));
    } else if (admin) {
      topics.add("audit");
    }
    if (!EventFeed.TOPICS.containsAll(topics)) {
      throw Refusals.parameter(
          "topics",
          "expected one or more, with commas, of stats, backend, operation, config, audit");
    }
    if (topics.contains("audit") && !admin) {
      throw Refusals.of(403, "forbidden", "The topic audit needs the role admin.");
    }
    return topics;
  }

  private static Channel channel(ServerHttpResponse response) {
    @Nullable ServerHttpResponse inner = response;
    while (inner instanceof ServerHttpResponseDecorator decorator) {
      inner = decorator.getDelegate();
    }
    if (inner instanceof AbstractServerHttpResponse netty
        && netty.getNativeResponse() instanceof HttpServerResponse server) {
      Channel[] found = new Channel[1];
      server.withConnection(connection -> found[0] = ((DisposableChannel) connection).channel());
      if (found[0] != null) {
        return found[0];
      }
    }
    throw new IllegalStateException("the management plane does not run on Reactor Netty");
  }
}
