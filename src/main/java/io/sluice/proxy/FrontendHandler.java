package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.sluice.http.HttpViolation;
import io.sluice.http.MessageHead;
import io.sluice.upstream.LoopTimer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection: cuts its bytes into requests, gives each to an {@link Exchange}, and keeps
 * time. Requests of a connection are served one after another; what a client sends ahead waits
 * unread, so that its own window holds it back. Bound to its event loop.
 */
final class FrontendHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.proxy");

  /** How long a connection that Sluice closes is still read, so that no reset eats the answer. */
  private static final long LINGER_NANOS = 2_000_000_000L;

  private enum Phase {
    /** Between requests. */
    IDLE,
    HEAD,
    /** A head was read; its body and answer are under way. */
    REQUEST,
    TUNNEL,
    /** The last answer is given; what still comes is thrown away. */
    CLOSING,
    CLOSED
  }

  private final LoopContext loop;
  private final ListenerContext listener;
  private final Timeout timeout = new Timeout();
  private @Nullable ClientIdentity identity;
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable ClientOutput output;
  private @Nullable Exchange exchange;
  private @Nullable Tunnel tunnel;
  private @Nullable ByteBuf pending;
  private Phase phase = Phase.IDLE;
  private boolean first = true;
  private boolean processing;
  private boolean paused;
  private boolean reading = true;
  private boolean inputEnded;
  private boolean lingering;

  /** Neighbours in the loop's list of connections; written by {@link LoopContext} only. */
  @Nullable FrontendHandler next;

  @Nullable FrontendHandler previous;

  FrontendHandler(LoopContext loop, ListenerContext listener) {
    this.loop = loop;
    this.listener = listener;
  }

  private final class Timeout extends LoopTimer.Deadline {
    @Override
    protected void expired() {
      deadlinePassed();
    }
  }

  private ChannelHandlerContext context() {
    if (ctx == null) {
      throw new IllegalStateException("no channel");
    }
    return ctx;
  }

  ClientOutput output() {
    if (output == null) {
      throw new IllegalStateException("no channel");
    }
    return output;
  }

  ClientIdentity identity() {
    if (identity == null) {
      throw new IllegalStateException("no connection");
    }
    return identity;
  }

  byte @Nullable [] via() {
    return listener.via();
  }

  ByteBufAllocator alloc() {
    return context().alloc();
  }

  boolean isDraining() {
    return listener.loops().isDraining();
  }

  /** Whether the client has said that it sends nothing more. */
  boolean hasInputEnded() {
    return inputEnded;
  }

  ListenerContext listener() {
    return listener;
  }

  /** The request or tunnel under way; null: none. */
  @Nullable Exchange exchange() {
    return exchange;
  }

  // ---------------------------------------------------------------- events of the channel

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    output = new ClientOutput(context);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    assert loop.loop().inEventLoop();
    identity = ClientIdentity.of(context.channel(), listener);
    loop.connectionOpened(this);
    loop.timer().set(timeout, System.nanoTime(), listener.headerNanos);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    output().readBegins();
    ByteBuf in = (ByteBuf) message;
    if (tunnel != null) {
      tunnel.clientBytes(in);
      return;
    }
    pending =
        pending == null
            ? in
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), pending, in);
    process();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    output().readEnds();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    boolean writable = context.channel().isWritable();
    if (tunnel != null) {
      tunnel.clientWritabilityChanged(writable);
    } else if (writable && exchange != null) {
      exchange.clientWritable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && !inputEnded) {
      inputEnded = true;
      if (tunnel != null) {
        tunnel.clientInputEnded();
      } else {
        settle();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    phase = Phase.CLOSED;
    loop.timer().remove(timeout);
    loop.connectionClosed(this);
    if (tunnel != null) {
      tunnel.clientClosed();
    } else if (exchange != null) {
      exchange.clientGone();
    }
    releasePending();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("a client connection failed inside Sluice; it is closed", cause);
    }
    context.close();
  }

  // ---------------------------------------------------------------- from bytes to requests

  private void process() {
    if (processing) {
      return;
    }
    processing = true;
    try {
      boolean more = true;
      while (more && pending != null && pending.isReadable()) {
        more = advance(pending);
      }
    } finally {
      processing = false;
    }
    settle();
  }

  /** Takes the next step with the bytes at hand; false when they have to wait. */
  private boolean advance(ByteBuf in) {
    return switch (phase) {
      case IDLE -> startRequest();
      case HEAD -> readHead(in);
      case REQUEST -> readBody(in);
      default -> {
        in.skipBytes(in.readableBytes());
        yield false;
      }
    };
  }

  private boolean readBody(ByteBuf in) {
    Exchange current = exchange;
    if (paused || current == null || current.isRequestDone() || !current.takesBody()) {
      return false;
    }
    current.forwardBody(in);
    if (exchange == current && !paused) {
      bodyArrived();
    }
    return true;
  }

  private boolean startRequest() {
    long now = System.nanoTime();
    Exchange started = loop.acquire();
    exchange = started;
    phase = Phase.HEAD;
    started.start(this, now);
    if (!first) {
      loop.timer().set(timeout, now, listener.headerNanos);
    }
    first = false;
    return true;
  }

  private boolean readHead(ByteBuf in) {
    Exchange current = exchange;
    if (current == null) {
      throw new IllegalStateException("reading a head without an exchange");
    }
    MessageHead.Progress progress = current.head().feed(in, listener.headLimits());
    if (progress == MessageHead.Progress.MORE) {
      return false;
    }
    phase = Phase.REQUEST;
    if (progress == MessageHead.Progress.VIOLATION) {
      current.reject(current.head().violation());
      return true;
    }
    if (current.head().hasBody()) {
      loop.timer().set(timeout, System.nanoTime(), listener.bodyIdleNanos);
    } else {
      loop.timer().clear(timeout);
    }
    current.begin(listener.loops().table());
    return true;
  }

  /** After every step: lets go of what is used up, sees to the input's end and to reading. */
  private void settle() {
    if (processing) {
      return;
    }
    if (pending != null && (!pending.isReadable() || phase == Phase.CLOSED)) {
      releasePending();
    }
    if (inputEnded && pending == null) {
      inputIsOver();
    }
    setReading(pending == null && !paused);
  }

  private void inputIsOver() {
    Exchange current = exchange;
    switch (phase) {
      case IDLE -> endConnection(false);
      case CLOSING -> {
        if (lingering) {
          close();
        }
      }
      case HEAD -> {
        if (current != null) {
          phase = Phase.REQUEST;
          current.reject(HttpViolation.HEAD_CUT);
        }
      }
      case REQUEST -> {
        if (current != null && !current.isRequestDone()) {
          current.fail(ProxyError.BODY_CUT, null);
        } else if (current != null && current.tries().isWaiting()) {
          // most likely it has given up; a place in the line is worth more to those who have not
          current.fail(ProxyError.CLIENT_GONE, null);
        }
      }
      default -> {
        // a tunnel sees to its own ends
      }
    }
  }

  private void setReading(boolean on) {
    if (reading != on && phase != Phase.CLOSED) {
      reading = on;
      context().channel().config().setAutoRead(on);
    }
  }

  private void releasePending() {
    if (pending != null) {
      pending.release();
      pending = null;
    }
  }

  // ---------------------------------------------------------------- for the exchange

  /** Stops taking body bytes until {@link #resume}: the backend does not take them fast enough. */
  void pause() {
    paused = true;
    loop.timer().clear(timeout);
    setReading(false);
  }

  /** Goes on with bytes that waited. */
  void resume() {
    if (paused) {
      paused = false;
      bodyArrived();
    }
    process();
  }

  /** The client has sent bytes of a body: its idle time begins anew. */
  private void bodyArrived() {
    Exchange current = exchange;
    if (current != null && !current.isRequestDone()) {
      loop.timer().set(timeout, System.nanoTime(), listener.bodyIdleNanos);
    } else {
      loop.timer().clear(timeout);
    }
  }

  /** Whether a body trickles so slowly that it only serves to hold a connection. */
  boolean isDripping(long bytes, long nanos) {
    return nanos > listener.headerNanos && bytes < nanos / 1_000_000_000L * listener.bodyRate;
  }

  /** Reads or not, for a tunnel. */
  void readForTunnel(boolean on) {
    setReading(on);
  }

  /** From here on bytes go through the tunnel. */
  void startTunnel(Tunnel started) {
    tunnel = started;
    phase = Phase.TUNNEL;
    loop.timer().clear(timeout);
    ByteBuf early = pending;
    if (early != null) {
      pending = null;
      started.clientBytes(early);
    }
    setReading(true);
    if (inputEnded) {
      started.clientInputEnded();
    }
  }

  /**
   * Cuts the connection in the middle of an answer.
   *
   * @param reset whether a plain close would look like the answer's regular end
   */
  void cut(boolean reset) {
    if (reset) {
      output().resetOnClose();
    }
    close();
  }

  /** Closes at once. */
  void close() {
    if (phase != Phase.CLOSED) {
      phase = Phase.CLOSED;
      context().close();
    }
  }

  /**
   * The exchange is over.
   *
   * @param keepAlive whether the client may send another request
   * @param linger whether the client may still be sending something that nobody reads
   */
  void exchangeEnded(boolean keepAlive, boolean linger) {
    exchange = null;
    tunnel = null;
    paused = false;
    if (phase == Phase.CLOSED) {
      return;
    }
    if (!keepAlive) {
      endConnection(linger);
      return;
    }
    phase = Phase.IDLE;
    long wait = isDraining() ? drainIdleNanos() : listener.keepAliveNanos;
    loop.timer().set(timeout, System.nanoTime(), wait);
    process();
  }

  private void endConnection(boolean linger) {
    phase = Phase.CLOSING;
    output().hasProgressed();
    loop.timer().set(timeout, System.nanoTime(), listener.keepAliveNanos);
    output()
        .whenSent(
            sent -> {
              if (linger && sent.isSuccess() && !inputEnded) {
                startLingering();
              } else {
                close();
              }
            });
  }

  private void startLingering() {
    lingering = true;
    output().shutDown();
    output().hasProgressed();
    loop.timer().set(timeout, System.nanoTime(), LINGER_NANOS);
    process();
  }

  /** A drain begins: idle connections end soon, the others with their answer. */
  void drain() {
    if (phase == Phase.IDLE) {
      loop.timer().set(timeout, System.nanoTime(), drainIdleNanos());
    }
  }

  private long drainIdleNanos() {
    return Math.min(listener.loops().drainIdleNanos(), listener.keepAliveNanos);
  }

  private void deadlinePassed() {
    Exchange current = exchange;
    switch (phase) {
      case IDLE, CLOSING -> {
        if (output().hasProgressed()) { // still taking the last answer
          loop.timer().set(timeout, System.nanoTime(), listener.keepAliveNanos);
        } else {
          close();
        }
      }
      case HEAD -> {
        if (current != null) {
          phase = Phase.REQUEST;
          current.headTimedOut();
        }
      }
      case REQUEST -> {
        if (current != null && !current.isRequestDone() && !current.answer().hasStarted()) {
          if (current.takesBody()) {
            current.fail(ProxyError.BODY_TIMEOUT, null);
          } else { // the body waits for a backend, not for the client
            loop.timer().set(timeout, System.nanoTime(), listener.bodyIdleNanos);
          }
        }
      }
      default -> {
        // no deadline of this connection runs
      }
    }
  }
}
