package io.sluice.health;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.sluice.upstream.ProxyHeaderSender;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection on which one check, or one after the other, is made. It knows no time: its owner
 * closes it when a check takes too long. Bound to its event loop.
 */
final class CheckConnection extends ChannelInboundHandlerAdapter {

  /** Is told once how each check has ended, unless the connection was closed before. */
  interface Listener {
    /**
     * A check has ended.
     *
     * @param error null: it has passed
     */
    void checkEnded(CheckConnection connection, @Nullable String error);

    /**
     * This machine could not make the check, which says nothing about the backend.
     *
     * @param why what is missing here
     */
    void checkImpossible(CheckConnection connection, String why);
  }

  private final CheckPlan plan;
  private final EventLoop loop;
  private final Listener listener;

  /** Null for a check that only connects. */
  private final @Nullable AnswerJudge judge;

  private @Nullable Channel channel;
  private String phase = "while connecting";
  private boolean checking;
  private boolean reused;

  CheckConnection(CheckPlan plan, EventLoop loop, Listener listener) {
    this.plan = plan;
    this.loop = loop;
    this.listener = listener;
    this.judge = plan.isConnectOnly() ? null : plan.newJudge();
  }

  /** Connects and makes the first check. */
  void open() {
    assert loop.inEventLoop();
    checking = true;
    boolean unix = plan.endpoint().isUnix();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(unix ? EpollDomainSocketChannel.class : EpollSocketChannel.class)
            .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // the whole check has one
            .handler(initializer())
            .disableResolver(); // addresses are no names
    ChannelFuture connecting = bootstrap.connect(plan.endpoint().address());
    channel = connecting.channel();
    connecting.addListener(this::connected);
  }

  private ChannelInitializer<Channel> initializer() {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel c) {
        byte[] proxyHeader = plan.proxyHeader();
        if (proxyHeader != null) {
          c.pipeline().addLast(new ProxyHeaderSender(proxyHeader));
        }
        if (plan.endpoint().tls() != null) {
          c.pipeline().addLast(plan.endpoint().newTls(c.alloc(), Duration.ZERO));
        }
        c.pipeline().addLast(CheckConnection.this);
      }
    };
  }

  private void connected(Future<? super Void> done) {
    if (!checking) {
      return;
    }
    if (!done.isSuccess()) {
      String error = CheckErrors.connection(done.cause());
      if (CheckErrors.isLocal(error)) {
        close();
        listener.checkImpossible(this, error);
      } else {
        end(error);
      }
      return;
    }
    Channel connected = channel();
    SslHandler tls = connected.pipeline().get(SslHandler.class);
    if (tls == null) {
      ask();
    } else {
      phase = "in the TLS handshake";
      tls.handshakeFuture().addListener(this::handshakeDone);
    }
  }

  private void handshakeDone(Future<? super Channel> done) {
    if (checking) {
      if (done.isSuccess()) {
        ask();
      } else {
        end(CheckErrors.tls(done.cause()));
      }
    }
  }

  /** Makes another check on a connection that {@link #isReusable}. */
  void askAgain() {
    assert loop.inEventLoop();
    checking = true;
    reused = true;
    ask();
  }

  private void ask() {
    if (judge == null) {
      if (plan.proxyHeader() != null) {
        channel().writeAndFlush(Unpooled.EMPTY_BUFFER); // the header goes in front
      }
      end(null);
      return;
    }
    phase = "waiting for the answer";
    judge.reset();
    channel().writeAndFlush(plan.request());
  }

  private Channel channel() {
    if (channel == null) {
      throw new IllegalStateException("not opened");
    }
    return channel;
  }

  /** What it is doing, to end a sentence with. */
  String phase() {
    return hasAnswerStarted() ? "in the middle of the answer" : phase;
  }

  private boolean hasAnswerStarted() {
    return judge != null && judge.hasStarted();
  }

  /** Whether the check that failed may only have met a connection that was closed meanwhile. */
  boolean isStale() {
    return reused && !hasAnswerStarted();
  }

  /** Whether another check can be made on it. */
  boolean isReusable() {
    return !checking && judge != null && judge.isReusable() && channel().isActive();
  }

  /** Ends it; its listener hears nothing more of it. */
  void close() {
    assert loop.inEventLoop();
    checking = false;
    if (channel != null) {
      channel.close();
    }
  }

  private void end(@Nullable String error) {
    checking = false;
    if (error != null || !isReusable()) {
      close();
    }
    listener.checkEnded(this, error);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      if (!checking) {
        context.close(); // nobody asked
      } else if (judge != null && judge.feed(in)) {
        end(judge.error());
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (checking && judge != null && !isHandshaking(context)) {
      judge.inputEnded();
      end(judge.error());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (checking && !isHandshaking(context)) {
      end(CheckErrors.connection(cause));
    } else {
      context.close();
    }
  }

  /** Then the handshake's own end tells what has happened. */
  private static boolean isHandshaking(ChannelHandlerContext context) {
    SslHandler tls = context.pipeline().get(SslHandler.class);
    return tls != null && !(tls.handshakeFuture().isDone() && tls.handshakeFuture().isSuccess());
  }
}
