package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.sluice.http2.Http2Session;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client connection that speaks HTTP/1.1, until its first bytes turn out to be HTTP/2's preface:
 * then {@link Http2Connection} takes its place.
 */
final class Http1Connection extends ClientConnection {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.proxy");

  private final LoopContext loop;
  private final ListenerContext listener;
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable FrontendHandler frontend;

  /** Whether the first bytes may still turn out to be HTTP/2's. */
  private boolean undecided;

  /** The bytes so far while it is undecided. */
  private @Nullable ByteBuf early;

  /**
   * @param mayBeHttp2 whether HTTP/2 is served as well (RFC 9113 3.3, "prior knowledge")
   */
  Http1Connection(LoopContext loop, ListenerContext listener, boolean mayBeHttp2) {
    this.loop = loop;
    this.listener = listener;
    this.undecided = mayBeHttp2;
  }

  private FrontendHandler frontend() {
    if (frontend == null) {
      throw new IllegalStateException("no connection");
    }
    return frontend;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    opened();
  }

  /** The connection stands: its time begins. */
  void opened() {
    assert loop.loop().inEventLoop();
    if (ctx == null) {
      throw new IllegalStateException("no channel");
    }
    FrontendHandler started =
        new FrontendHandler(
            loop, listener, ClientIdentity.of(ctx.channel(), listener), new SocketOutput(ctx));
    frontend = started;
    loop.connectionOpened(this);
    started.opened();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (undecided) {
      decide(context, in);
    } else {
      received(in);
    }
  }

  private void received(ByteBuf in) {
    FrontendHandler requests = frontend();
    requests.output().readBegins();
    requests.received(in);
  }

  private void decide(ChannelHandlerContext context, ByteBuf in) {
    ByteBuf all =
        early == null
            ? in
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), early, in);
    early = null;
    switch (Http2Session.preface(all)) {
      case NO -> {
        undecided = false;
        received(all);
      }
      case PERHAPS -> early = all;
      case YES -> {
        undecided = false;
        becomeHttp2(context, all);
      }
    }
  }

  private void becomeHttp2(ChannelHandlerContext context, ByteBuf in) {
    FrontendHandler requests = frontend();
    requests.leave();
    loop.connectionClosed(this);
    Http2Connection successor = new Http2Connection(loop, listener);
    context.pipeline().replace(this, null, successor);
    successor.opened(requests.identity());
    successor.received(in);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    frontend().output().readEnds();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    frontend().writabilityChanged(context.channel().isWritable());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      ByteBuf rest = early;
      if (rest != null) { // it will not become HTTP/2 any more
        early = null;
        undecided = false;
        received(rest);
        frontend().output().readEnds();
      }
      frontend().inputEnded();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.connectionClosed(this);
    frontend().gone();
    if (early != null) {
      early.release();
      early = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("a client connection failed inside Sluice; it is closed", cause);
    }
    context.close();
  }

  @Override
  void drain() {
    frontend().drain();
  }

  @Override
  void close() {
    frontend().close();
  }

  @Override
  void eachExchange(Consumer<Exchange> looker) {
    Exchange exchange = frontend().exchange();
    if (exchange != null) {
      looker.accept(exchange);
    }
  }
}
