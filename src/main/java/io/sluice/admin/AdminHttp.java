package io.sluice.admin;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.sluice.config.Configuration;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/** The HTTP server of the management plane: its limits, and the base path. */
@org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
class AdminHttp {
  private static final BareRefusals REFUSALS = new BareRefusals();
  private static final int REQUEST_LINE = 8 * 1024;
  private static final int HEADERS = 32 * 1024;
  private static final int MOST_CONNECTIONS = 1024;
  private static final Duration FIRST_HEAD = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final Duration READ = Duration.ofSeconds(10);
  private static final Duration WHOLE_REQUEST = Duration.ofSeconds(60);

  /**
   * Slow clients hold nothing for long: a head 10 s, an idle connection 60 s, a body that stands
   * still 10 s, a request that trickles in 60 s. Connections above {@value #MOST_CONNECTIONS} are
   * closed at once.
   */
  @Bean
  NettyServerCustomizer limits(AdminConnections connections) {
    ConnectionLimit limit = new ConnectionLimit(MOST_CONNECTIONS);
    return server ->
        limited(server)
            .doOnChannelInit(
                (observer, channel, address) -> {
                  guard(channel.pipeline(), limit);
                  connections.opened(channel);
                });
  }

  private static HttpServer limited(HttpServer server) {
    return server
        .readTimeout(READ)
        .requestTimeout(WHOLE_REQUEST)
        .httpRequestDecoder(
            decoder -> decoder.maxInitialLineLength(REQUEST_LINE).maxHeaderSize(HEADERS));
  }

  private static void guard(ChannelPipeline pipeline, ConnectionLimit connections) {
    pipeline.addFirst(connections);
    // Not there when the file asks for HTTP/2, whose frames have limits of their own.
    if (pipeline.get(NettyPipeline.HttpCodec) != null) {
      pipeline.addAfter(NettyPipeline.HttpCodec, null, REFUSALS);
      pipeline.addAfter(NettyPipeline.HttpCodec, null, new HeadDeadline(FIRST_HEAD, IDLE));
    }
  }

  /**
   * Spring's own answer to what lies outside of the base path is an empty one; here it goes through
   * the same filters as everything else, and {@link RequestGate} refuses it.
   */
  @Bean
  HttpHandler httpHandler(ApplicationContext context, Configuration configuration) {
    HttpHandler handler = WebHttpHandlerBuilder.applicationContext(context).build();
    String base = configuration.admin().basePath();
    return base.equals("/")
        ? handler
        : (request, response) -> handler.handle(below(base, request), response);
  }

  private static ServerHttpRequest below(String base, ServerHttpRequest request) {
    String path = request.getPath().value();
    return path.equals(base) || path.startsWith(base + "/")
        ? request.mutate().contextPath(base).build()
        : request;
  }

  /** Closes connections that are too many. Shared by all of them; counts by an atomic. */
  @ChannelHandler.Sharable
  static final class ConnectionLimit extends ChannelInboundHandlerAdapter {
    private final AtomicInteger open = new AtomicInteger();
    private final int most;

    ConnectionLimit(int most) {
      this.most = most;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      int now = open.incrementAndGet();
      context.channel().closeFuture().addListener(closed -> open.decrementAndGet());
      if (now > most) {
        context.close();
      }
    }
  }
}
