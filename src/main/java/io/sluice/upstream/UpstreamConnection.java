package io.sluice.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.sluice.balance.Backend;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a backend: its channel's last handler. It serves one {@link User} at a time and
 * lies in the loop's {@link LoopPool} in between. Bound to its event loop.
 */
public final class UpstreamConnection extends ChannelInboundHandlerAdapter {

  /** Whoever sends a request on the connection at the moment. */
  public interface User {
    /** Bytes have come; the user releases the buffer. */
    void upstreamBytes(ByteBuf in);

    /** No more bytes for now: a good moment to flush what became of them. */
    void upstreamReadComplete();

    /** The connection can take more bytes, or should get no more. */
    void upstreamWritabilityChanged(boolean writable);

    /**
     * The backend sends nothing more.
     *
     * @param failure null when it ended in order
     */
    void upstreamInputEnded(@Nullable UpstreamFailure failure);
  }

  private static final ByteBuffer PROBE = ByteBuffer.allocateDirect(1);

  private final Backend backend;
  private final LoopPool pool;
  private final boolean secure;
  private final @Nullable UpstreamClient client;
  private final long openedAt = System.nanoTime();
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable User user;
  private @Nullable UpstreamFailure failure;
  private boolean closeNotify;
  private boolean inputEnded;
  private int requests;
  @Nullable UpstreamConnection below;
  long idleSince;

  /**
   * One that is to be opened.
   *
   * @param client whose requests alone it carries; null: anybody's
   */
  UpstreamConnection(
      Backend backend, LoopPool pool, boolean secure, @Nullable UpstreamClient client) {
    this.backend = backend;
    this.pool = pool;
    this.secure = secure;
    this.client = client;
  }

  public Backend backend() {
    return backend;
  }

  @Nullable UpstreamClient client() {
    return client;
  }

  /** Whether at least one request was sent on it before the one under way. */
  public boolean isReused() {
    return requests > 1;
  }

  /** Gives the connection to a user, for one request. */
  public void use(User newUser) {
    user = newUser;
    requests++;
  }

  /** Lets another user carry on with the request under way. */
  public void handOver(User newUser) {
    user = newUser;
  }

  int requests() {
    return requests;
  }

  long openedAt() {
    return openedAt;
  }

  private ChannelHandlerContext context() {
    if (ctx == null) {
      throw new IllegalStateException("not connected");
    }
    return ctx;
  }

  public Channel channel() {
    return context().channel();
  }

  /** Queues bytes; {@link #flush} sends them. */
  public void write(ByteBuf bytes) {
    ChannelHandlerContext c = context();
    c.write(bytes, c.voidPromise());
  }

  public void flush() {
    context().flush();
  }

  public boolean isWritable() {
    return channel().isWritable();
  }

  /** Whether bytes wait that the backend's socket did not take yet. */
  public boolean hasUnsentBytes() {
    var out = channel().unsafe().outboundBuffer();
    return out != null && out.totalPendingWriteBytes() > 0;
  }

  /** Stops or starts reading: the back-pressure towards the backend. */
  public void read(boolean on) {
    channel().config().setAutoRead(on);
  }

  /** Sends the end of this direction behind everything that was written, for tunnels. */
  public void endOutput() {
    // a direction that ends throws away what has not been sent
    channel()
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            sent -> {
              if (sent.isSuccess()) {
                shutDownOutput();
              }
            });
  }

  private void shutDownOutput() {
    if (channel() instanceof DuplexChannel duplex && !secure) {
      duplex.shutdownOutput();
    } else if (secure) {
      channel().pipeline().get(SslHandler.class).closeOutbound();
    }
  }

  /** Ends the connection; its user hears nothing more of it. */
  public void close() {
    user = null;
    channel().close();
  }

  /**
   * Gives the connection back. It is kept when it can serve another request.
   *
   * @param reusable whether both sides agree where the next answer would begin
   */
  public void release(boolean reusable) {
    user = null;
    if (reusable && !inputEnded && isOpen()) {
      read(true);
      pool.keep(this);
    } else {
      channel().close();
    }
  }

  boolean isOpen() {
    return channel().isActive() && !inputEnded;
  }

  /**
   * Asks the kernel whether the backend has closed or sent something since the loop last looked.
   * Costs a system call: for requests that cannot be sent again. Over TLS only what the loop knows
   * counts, because bytes of the protocol itself may lie there.
   */
  boolean isSilent() {
    if (secure || !(channel() instanceof EpollSocketChannel socket)) {
      return isOpen();
    }
    try {
      PROBE.clear();
      return socket.fd().read(PROBE, 0, 1) == 0;
    } catch (IOException e) {
      failure = new UpstreamFailure(UpstreamFailure.Kind.RESET, e.getMessage());
      return false;
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (user != null) {
      user.upstreamBytes(in);
    } else {
      in.release();
      context.close(); // nobody asked: whatever it is, it must not meet the next request
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (user != null) {
      user.upstreamReadComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (user != null) {
      user.upstreamWritabilityChanged(context.channel().isWritable());
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputEnded();
    } else if (event instanceof SslCloseCompletionEvent completion && completion.isSuccess()) {
      closeNotify = true;
      inputEnded();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    inputEnded();
    pool.connectionClosed(backend);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A failed write says so before the answer that explains it has been read: only remember.
    failure = new UpstreamFailure(UpstreamFailure.Kind.RESET, TlsFailures.describe(cause));
    if (user == null || !(cause instanceof IOException)) {
      context.close();
    }
  }

  private void inputEnded() {
    if (inputEnded) {
      return;
    }
    inputEnded = true;
    User u = user;
    if (u == null) {
      channel().close();
      return;
    }
    if (failure == null && secure && !closeNotify) {
      failure = new UpstreamFailure(UpstreamFailure.Kind.RESET, "closed without TLS close_notify");
    }
    u.upstreamInputEnded(failure);
  }
}
