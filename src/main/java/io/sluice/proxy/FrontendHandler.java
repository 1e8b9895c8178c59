package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.sluice.http.HttpViolation;
import io.sluice.http.MessageHead;
import io.sluice.upstream.LoopTimer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one client connection, or the one of a stream: cuts bytes into requests, gives
 * each to an {@link Exchange}, and keeps time. Requests of a connection are served one after
 * another; what a client sends ahead waits unread, so that its own window holds it back. Bound to
 * its event loop.
 */
final class FrontendHandler {
  /** How long a connection that Sluice closes is still read, so that no reset eats the answer. */
  static final long LINGER_NANOS = 2_000_000_000L;

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
  private final ClientIdentity identity;
  private final ClientOutput output;
  private final Timeout timeout = new Timeout();
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

  FrontendHandler(
      LoopContext loop, ListenerContext listener, ClientIdentity identity, ClientOutput output) {
    this.loop = loop;
    this.listener = listener;
    this.identity = identity;
    this.output = output;
  }

  private final class Timeout extends LoopTimer.Deadline {
    @Override
    protected void expired() {
      deadlinePassed();
    }
  }

  ClientOutput output() {
    return output;
  }

  ClientIdentity identity() {
    return identity;
  }

  byte @Nullable [] via() {
    return listener.via();
  }

  ByteBufAllocator alloc() {
    return output.alloc();
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

  // ---------------------------------------------------------------- what comes from the client

  /** A connection stands: the time for its first request begins. */
  void opened() {
    long wait = isDraining() ? listener.drainIdleNanos() : listener.headerNanos;
    loop.timer().set(timeout, System.nanoTime(), wait);
  }

  /** Takes bytes, of which it becomes the owner. */
  void received(ByteBuf in) {
    if (tunnel != null) {
      tunnel.clientBytes(in);
      return;
    }
    pending =
        pending == null
            ? in
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(output.alloc(), pending, in);
    process();
  }

  /** A request has come that is refused before anything else is known of it. */
  void refuse(HttpViolation violation) {
    startRequest();
    phase = Phase.REQUEST;
    if (exchange != null) {
      exchange.reject(violation);
    }
  }

  /** The client takes bytes again, or should get no more. */
  void writabilityChanged(boolean writable) {
    if (tunnel != null) {
      tunnel.clientWritabilityChanged(writable);
    } else if (writable && exchange != null) {
      exchange.clientWritable();
    }
  }

  /** The client sends nothing more. */
  void inputEnded() {
    if (inputEnded) {
      return;
    }
    inputEnded = true;
    if (tunnel != null) {
      tunnel.clientInputEnded();
    } else {
      settle();
    }
  }

  /** The client has ended both directions (RFC 5246 7.2.1): no answer reaches it any more. */
  void closeNotified() {
    output.readEnds();
    if (tunnel != null) {
      tunnel.clientInputEnded();
    } else {
      close();
    }
  }

  /** The client is gone. */
  void gone() {
    leave();
    if (tunnel != null) {
      tunnel.clientClosed();
    } else if (exchange != null) {
      exchange.clientGone();
    }
    releasePending();
  }

  /** Nothing more comes or goes here; what is under way is not told. */
  void leave() {
    phase = Phase.CLOSED;
    loop.timer().remove(timeout);
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
    Exchange current = Objects.requireNonNull(exchange, "a head without an exchange");
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
      output.setReading(on);
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
      output.resetOnClose();
    }
    if (phase != Phase.CLOSED) {
      leave();
      output.cut();
    }
  }

  /** Closes at once. */
  void close() {
    if (phase != Phase.CLOSED) {
      leave();
      output.close();
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
    if (output.isStream()) {
      leave();
      releasePending();
      output.over();
      return;
    }
    if (!keepAlive) {
      endConnection(linger);
      return;
    }
    phase = Phase.IDLE;
    long wait = isDraining() ? listener.drainIdleNanos() : listener.keepAliveNanos;
    loop.timer().set(timeout, System.nanoTime(), wait);
    process();
  }

  private void endConnection(boolean linger) {
    phase = Phase.CLOSING;
    output.hasProgressed();
    loop.timer().set(timeout, System.nanoTime(), listener.keepAliveNanos);
    output.whenSent(
        sent -> {
          if (linger && sent && !inputEnded) {
            startLingering();
          } else {
            close();
          }
        });
  }

  private void startLingering() {
    lingering = true;
    output.shutDown();
    output.hasProgressed();
    loop.timer().set(timeout, System.nanoTime(), LINGER_NANOS);
    process();
  }

  /** A drain begins: idle connections end soon, the others with their answer. */
  void drain() {
    if (phase == Phase.IDLE) {
      loop.timer().set(timeout, System.nanoTime(), listener.drainIdleNanos());
    }
  }

  private void deadlinePassed() {
    Exchange current = exchange;
    switch (phase) {
      case IDLE, CLOSING -> {
        if (output.hasProgressed()) { // still taking the last answer
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
