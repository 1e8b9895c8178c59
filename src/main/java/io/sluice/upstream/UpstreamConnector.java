package io.sluice.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.concurrent.Future;
import io.sluice.balance.Backend;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Opens connections to backends on one event loop. */
public final class UpstreamConnector {
  /** Bytes that may wait for a backend before its client is read no more, and those to go on. */
  public static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 128 * 1024);

  /** Is told once how an attempt ended, unless it was cancelled. */
  public interface Listener {
    /** The connection stands, TLS included. */
    void connected(UpstreamConnection connection);

    /** There is no connection. */
    void connectFailed(UpstreamFailure failure);
  }

  private final EventLoop loop;
  private final Upstreams upstreams;
  private final LoopPool pool;

  UpstreamConnector(EventLoop loop, Upstreams upstreams, LoopPool pool) {
    this.loop = loop;
    this.upstreams = upstreams;
    this.pool = pool;
  }

  UpstreamTarget target(Backend backend) {
    return upstreams.target(backend);
  }

  /** Prepares a connection; {@link Attempt#start} opens it. */
  Attempt attempt(UpstreamTarget target, UpstreamClient client, Listener listener) {
    UpstreamConnection connection =
        new UpstreamConnection(
            target.backend(),
            pool,
            target.tls() != null,
            target.announcesClients() ? client : null);
    return new Attempt(target, connection, listener);
  }

  private static int millis(Duration duration) {
    return (int) Math.min(Integer.MAX_VALUE, duration.toMillis());
  }

  /** One try to connect. */
  public final class Attempt {
    private final UpstreamTarget target;
    private final UpstreamConnection connection;
    private final Listener listener;
    private @Nullable ScheduledFuture<?> lacking;
    private boolean cancelled;

    Attempt(UpstreamTarget target, UpstreamConnection connection, Listener listener) {
      this.target = target;
      this.connection = connection;
      this.listener = listener;
    }

    /** Nobody waits any longer; a connection that still comes about is kept for others. */
    public void cancel() {
      cancelled = true;
      if (lacking != null) {
        pool.withdraw(this);
      }
    }

    /** Whose connection it is to be; null: anybody's. */
    @Nullable UpstreamClient client() {
      return connection.client();
    }

    Backend backend() {
      return target.backend();
    }

    /** Opens the connection, which has been counted. */
    void start() {
      boolean unix = target.endpoint().isUnix();
      Bootstrap bootstrap =
          new Bootstrap()
              .group(loop)
              .channel(unix ? EpollDomainSocketChannel.class : EpollSocketChannel.class)
              .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
              .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
              .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
              // a failed write must not close before the answer that explains it was read
              .option(ChannelOption.AUTO_CLOSE, false)
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis(target.timeouts().connect()))
              .handler(initializer())
              .disableResolver(); // addresses are no names
      if (!unix) {
        bootstrap.option(ChannelOption.TCP_NODELAY, true);
      }
      bootstrap.connect(target.address()).addListener(this::connectDone);
    }

    /** There may be no more connections: waits for one, but not for long. */
    void lack() {
      long most = target.limits().queueTimeout().toNanos();
      lacking = loop.schedule(this::lackedTooLong, most, TimeUnit.NANOSECONDS);
    }

    private void lackedTooLong() {
      pool.withdraw(this);
      fail(UpstreamFailure.Kind.NO_CONNECTION, null);
    }

    /** The wait is over, one way or another. */
    void lackNoMore() {
      if (lacking != null) {
        lacking.cancel(false);
        lacking = null;
      }
    }

    /** Hands over a connection that another request has given back. */
    void give(UpstreamConnection kept) {
      listener.connected(kept);
    }

    private ChannelHandler initializer() {
      return new ChannelInitializer<Channel>() {
        @Override
        protected void initChannel(Channel channel) {
          UpstreamClient client = connection.client();
          byte[] header =
              client == null
                  ? null
                  : ProxyHeaderSender.bytes(target.proxyProtocol(), client.header());
          if (header != null) {
            channel.pipeline().addLast(new ProxyHeaderSender(header));
          }
          if (target.tls() != null) {
            channel
                .pipeline()
                .addLast(target.endpoint().newTls(channel.alloc(), target.timeouts().tls()));
          }
          channel.pipeline().addLast(connection);
        }
      };
    }

    private void connectDone(Future<? super Void> done) {
      if (!done.isSuccess()) {
        Throwable cause = done.cause();
        pool.connectionFailed(target.backend());
        fail(
            cause instanceof ConnectTimeoutException
                ? UpstreamFailure.Kind.CONNECT_TIMEOUT
                : UpstreamFailure.Kind.CONNECT,
            cause);
        return;
      }
      pool.connectionOpened();
      if (target.tls() == null) {
        succeed();
        return;
      }
      Channel channel = ((ChannelFuture) done).channel();
      channel.pipeline().get(SslHandler.class).handshakeFuture().addListener(this::handshakeDone);
    }

    private void handshakeDone(Future<? super Channel> done) {
      if (done.isSuccess()) {
        succeed();
        return;
      }
      Throwable cause = done.cause();
      connection.close();
      fail(
          cause instanceof SslHandshakeTimeoutException
              ? UpstreamFailure.Kind.TLS_TIMEOUT
              : UpstreamFailure.Kind.TLS,
          cause);
    }

    private void succeed() {
      if (cancelled) {
        pool.keep(connection);
      } else {
        listener.connected(connection);
      }
    }

    private void fail(UpstreamFailure.Kind kind, @Nullable Throwable cause) {
      if (!cancelled) {
        listener.connectFailed(
            new UpstreamFailure(kind, cause == null ? null : TlsFailures.describe(cause)));
      }
    }
  }
}
