package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.AttributeKey;
import io.sluice.http.ProxyHeader;
import io.sluice.http.ProxyHeaderReader;
import io.sluice.http.ProxyHeaderReader.Violation;
import io.sluice.upstream.LoopTimer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the PROXY protocol's header off a connection whose peer must send one. It stands before
 * every other handler, TLS included: to them the connection begins when the header is complete, and
 * from there on this one is gone. A header that is missing, malformed or late closes the
 * connection. Bound to its event loop.
 */
final class ProxyHeaderHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.proxy");

  private static final AttributeKey<ProxyHeader> HEADER =
      AttributeKey.valueOf(ProxyHeaderHandler.class, "header");

  private final LoopContext loop;
  private final ListenerContext listener;
  private final ProxyHeaderReader reader = new ProxyHeaderReader();
  private final Timeout timeout = new Timeout();
  private @Nullable ChannelHandlerContext ctx;

  /** The connection is closed or was passed on. */
  private boolean over;

  private ProxyHeaderHandler(LoopContext loop, ListenerContext listener) {
    this.loop = loop;
    this.listener = listener;
  }

  private final class Timeout extends LoopTimer.Deadline {
    @Override
    protected void expired() {
      if (ctx != null) {
        end(ctx, Violation.LATE);
      }
    }
  }

  /** Puts it first into the pipeline of a new connection, if its peer must send a header. */
  static void begin(Channel child, LoopContext loop, ListenerContext listener) {
    if (listener.expectsProxyHeader(child.remoteAddress())) {
      child.pipeline().addLast(new ProxyHeaderHandler(loop, listener));
    }
  }

  /** Which addresses a connection has beside its own; null: none was told of. */
  static @Nullable ProxyHeader of(Channel channel) {
    return channel.hasAttr(HEADER) ? channel.attr(HEADER).get() : null;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    loop.timer().set(timeout, System.nanoTime(), listener.headerNanos);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (over) {
      in.release();
      return;
    }
    switch (reader.feed(in)) {
      case COMPLETE -> passOn(context, in);
      case VIOLATION -> {
        in.release();
        end(context, reader.violation());
      }
      case MORE -> in.release();
    }
  }

  private void passOn(ChannelHandlerContext context, ByteBuf rest) {
    over = true;
    loop.timer().remove(timeout);
    ProxyHeader header = reader.header();
    if (header.source() != null) {
      context.channel().attr(HEADER).set(header);
    }
    context.fireChannelActive();
    if (rest.isReadable()) {
      context.fireChannelRead(rest);
    } else {
      rest.release();
    }
    context.pipeline().remove(this);
  }

  /** Who connects and says nothing only looks whether somebody listens. */
  private void end(ChannelHandlerContext context, Violation why) {
    over = true;
    loop.timer().remove(timeout);
    if (!reader.isEmpty() || why == Violation.MISSING) {
      loop.observer().proxyHeaderRefused();
      loop.failures().proxyHeader(context.channel().remoteAddress(), why);
    }
    context.close();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    // nobody behind has got anything
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    // nobody behind has sent anything
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && !over) {
      end(context, Violation.CUT);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    over = true;
    loop.timer().remove(timeout);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("a client connection failed inside Sluice; it is closed", cause);
    }
    context.close();
  }
}
