package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.sluice.http2.Http2Error;
import io.sluice.http2.Http2Limits;
import io.sluice.http2.Http2Session;
import io.sluice.http2.Http2Stream;
import io.sluice.http2.RequestFields;
import io.sluice.upstream.LoopTimer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client connection that speaks HTTP/2 (RFC 9113): each of its streams is a {@link ClientStream},
 * whose request takes the same way as any other. Bound to its event loop.
 */
final class Http2Connection extends ClientConnection {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.proxy");

  private enum Phase {
    SERVING,
    /** The end was announced; streams that were under way to us are still served. */
    ANNOUNCED,
    /** Only what has begun is finished. */
    LAST,
    /** The last bytes are on their way; what still comes is thrown away. */
    CLOSING,
    CLOSED
  }

  private final LoopContext loop;
  private final ListenerContext listener;
  private final Session session;
  private final Timeout timeout = new Timeout();
  private final Runnable flushing = this::flush;

  /** Streams that have got something in the read under way. */
  private final List<ClientStream> touched = new ArrayList<>();

  private @Nullable ChannelHandlerContext ctx;
  private @Nullable SocketOutput output;
  private @Nullable ClientIdentity identity;
  private Phase phase = Phase.SERVING;
  private boolean inRead;
  private boolean flushWanted;
  private boolean flushScheduled;
  private boolean inputEnded;
  private boolean withinHead;

  /** Whether there were streams when the deadline was last set. */
  private boolean busy;

  Http2Connection(LoopContext loop, ListenerContext listener) {
    this.loop = loop;
    this.listener = listener;
    this.session = new Session(listener.http2Limits());
  }

  private final class Timeout extends LoopTimer.Deadline {
    @Override
    protected void expired() {
      deadlinePassed();
    }
  }

  private final class Session extends Http2Session {
    Session(Http2Limits limits) {
      super(limits);
    }

    @Override
    protected ByteBufAllocator alloc() {
      return context().alloc();
    }

    @Override
    protected void write(ByteBuf bytes) {
      ChannelHandlerContext c = context();
      c.write(bytes, c.voidPromise());
    }

    @Override
    protected boolean isWritable() {
      return context().channel().isWritable();
    }

    @Override
    protected void flushSoon() {
      wantFlush();
    }

    @Override
    protected void failed(Http2Error error) {
      LOG.debug("a client's HTTP/2 connection ends: {}", error);
      endConnection();
    }

    @Override
    protected RequestFields fields() {
      return loop.streamFields();
    }

    @Override
    protected Http2Stream newStream(int id) {
      return new ClientStream(this, Http2Connection.this, id);
    }

    @Override
    protected void idle() {
      streamsEnded();
    }
  }

  private ChannelHandlerContext context() {
    if (ctx == null) {
      throw new IllegalStateException("no channel");
    }
    return ctx;
  }

  private SocketOutput output() {
    if (output == null) {
      throw new IllegalStateException("no channel");
    }
    return output;
  }

  LoopContext loop() {
    return loop;
  }

  ListenerContext listener() {
    return listener;
  }

  ClientIdentity identity() {
    if (identity == null) {
      throw new IllegalStateException("no connection");
    }
    return identity;
  }

  ByteBufAllocator alloc() {
    return context().alloc();
  }

  /** A stream has got something: it is told when the read is over. */
  void touched(ClientStream stream) {
    touched.add(stream);
  }

  // ---------------------------------------------------------------- events of the channel

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    output = new SocketOutput(context);
  }

  /** The connection stands and speaks HTTP/2: its time begins. */
  void opened(ClientIdentity client) {
    assert loop.loop().inEventLoop();
    identity = client;
    loop.connectionOpened(this);
    loop.timer().set(timeout, System.nanoTime(), listener.headerNanos);
    session.begin();
    if (listener.loops().isDraining()) {
      drain();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    received((ByteBuf) message);
  }

  /** Takes bytes, of which it becomes the owner. */
  void received(ByteBuf in) {
    inRead = true;
    try {
      session.received(in);
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).readEnds();
    }
    touched.clear();
    inRead = false;
    if (withinHead != session.isWithinHead() || busy != session.streams() > 0) {
      withinHead = session.isWithinHead();
      watch();
    }
    if (flushWanted) {
      flush();
    }
  }

  private void wantFlush() {
    flushWanted = true;
    if (!inRead && !flushScheduled) {
      flushScheduled = true; // what else happens in this turn of the loop goes along
      loop.loop().execute(flushing);
    }
  }

  private void flush() {
    flushScheduled = false;
    if (flushWanted && phase != Phase.CLOSED) {
      flushWanted = false;
      session.flushed();
      context().flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    boolean writable = context.channel().isWritable();
    // what a peer asks for without taking it must not pile up here
    context.channel().config().setAutoRead(writable || phase == Phase.CLOSING);
    if (writable) {
      session.writableAgain();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && !inputEnded) {
      inputEnded = true;
      if (phase == Phase.CLOSING) {
        close();
        return;
      }
      session.eachStream(stream -> ((ClientStream) stream).inputCut());
      if (session.streams() == 0) {
        endConnection();
      }
    } else if (event instanceof SslCloseCompletionEvent closed && closed.isSuccess()) {
      close(); // both directions have ended (RFC 5246 7.2.1): nothing reaches it any more
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    phase = Phase.CLOSED;
    loop.timer().remove(timeout);
    loop.connectionClosed(this);
    session.closed();
    touched.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("a client connection failed inside Sluice; it is closed", cause);
    }
    context.close();
  }

  // ---------------------------------------------------------------- time

  /** Sets the deadline for what is waited for now. */
  private void watch() {
    if (phase == Phase.CLOSING || phase == Phase.CLOSED || phase == Phase.ANNOUNCED) {
      return; // these have their own
    }
    busy = session.streams() > 0;
    long wait = listener.bodyIdleNanos;
    if (withinHead || !session.hasBegun()) {
      wait = listener.headerNanos;
    } else if (!busy) {
      wait = listener.keepAliveNanos;
    }
    loop.timer().set(timeout, System.nanoTime(), wait);
  }

  private void deadlinePassed() {
    switch (phase) {
      case SERVING, LAST -> {
        if (withinHead || !session.hasBegun()) {
          session.fail(Http2Error.ENHANCE_YOUR_CALM);
        } else if (session.streams() == 0) {
          session.fail(Http2Error.NO_ERROR);
        } else {
          session.eachStream(stream -> ((ClientStream) stream).endStalled());
          watch();
        }
      }
      case ANNOUNCED -> {
        phase = Phase.LAST;
        session.refuseNew();
        if (session.streams() == 0) {
          endConnection();
        } else {
          watch();
        }
      }
      case CLOSING -> {
        if (output().hasProgressed()) { // still taking the last bytes
          loop.timer().set(timeout, System.nanoTime(), listener.keepAliveNanos);
        } else {
          close();
        }
      }
      case CLOSED -> {
        // nothing waits
      }
    }
  }

  // ---------------------------------------------------------------- ends

  /** No stream is under way. */
  private void streamsEnded() {
    if (phase == Phase.LAST || inputEnded) {
      endConnection();
    } else {
      watch();
    }
  }

  /** Sends what is left, and reads on for a moment so that no reset eats it. */
  private void endConnection() {
    if (phase == Phase.CLOSING || phase == Phase.CLOSED) {
      return;
    }
    phase = Phase.CLOSING;
    session.refuseNew();
    session.flushed();
    context().channel().config().setAutoRead(true);
    output().hasProgressed();
    loop.timer().set(timeout, System.nanoTime(), listener.keepAliveNanos);
    output()
        .whenSent(
            all -> {
              if (all && !inputEnded && phase == Phase.CLOSING) {
                output().shutDown();
                output().hasProgressed();
                loop.timer().set(timeout, System.nanoTime(), FrontendHandler.LINGER_NANOS);
              } else {
                close();
              }
            });
  }

  @Override
  void close() {
    if (phase != Phase.CLOSED) {
      phase = Phase.CLOSED;
      output().close();
    }
  }

  @Override
  void drain() {
    if (phase == Phase.SERVING) {
      phase = Phase.ANNOUNCED;
      session.announceEnd();
      loop.timer().set(timeout, System.nanoTime(), listener.drainIdleNanos());
    }
  }

  @Override
  void eachExchange(Consumer<Exchange> looker) {
    session.eachStream(
        stream -> {
          Exchange exchange = ((ClientStream) stream).exchange();
          if (exchange != null) {
            looker.accept(exchange);
          }
        });
  }
}
