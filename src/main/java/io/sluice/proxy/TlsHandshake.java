package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.internal.tcnative.SSL;
import io.netty.util.concurrent.Future;
import io.sluice.http.Ascii;
import io.sluice.tls.ClientHello;
import io.sluice.tls.ListenerTls;
import io.sluice.upstream.LoopTimer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handshake of one client connection: waits for the client's hello, has the listener choose
 * what it is met with, and gives the connection on once both sides agree. All of it takes at most
 * the time that a request's head may take, or the connection is closed. Bound to its event loop.
 */
final class TlsHandshake extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.tls");

  /** For whoever speaks HTTP here: browsers show it, and operators find it in a capture. */
  private static final String SENTENCE =
      "400 Bad Request: this port speaks TLS; ask by https:// instead of http://\n";

  private static final byte[] PLAIN_HTTP =
      Ascii.bytes(
          "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
              + SENTENCE.length()
              + "\r\nConnection: close\r\n\r\n"
              + SENTENCE);

  private final LoopContext loop;
  private final ListenerContext listener;
  private final ListenerTls tls;
  private final Timeout timeout = new Timeout();
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable String serverName;
  private boolean over;

  TlsHandshake(LoopContext loop, ListenerContext listener, ListenerTls tls) {
    this.loop = loop;
    this.listener = listener;
    this.tls = tls;
  }

  private final class Timeout extends LoopTimer.Deadline {
    @Override
    protected void expired() {
      if (!over && ctx != null) {
        over = true;
        listener.handshakes().timedOut();
        SecureChannel.cut(ctx);
      }
    }
  }

  /** Waits for the hello, in front of the handshake that goes on with it. */
  private final class Hello extends SslClientHelloHandler<ClientHello> {
    /** More than the largest of post-quantum key exchange. */
    private static final int LONGEST = 16 * 1024;

    Hello() {
      super(LONGEST);
    }

    @Override
    protected Future<ClientHello> lookup(
        ChannelHandlerContext context, @Nullable ByteBuf clientHello) {
      ClientHello hello = clientHello == null ? null : ClientHello.parse(clientHello);
      return context.executor().newSucceededFuture(hello);
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext context, Future<ClientHello> found) {
      ClientHello hello = found.getNow();
      if (hello == null) {
        refuse(context, internalBuffer());
        return;
      }
      serverName = hello.serverName();
      SslHandler handler = tls.newHandler(hello, context.alloc());
      context.pipeline().replace(this, null, handler);
    }
  }

  /** Puts it into the pipeline of a new connection. */
  void begin(Channel child) {
    child.pipeline().addLast(new Hello(), this);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    loop.timer().set(timeout, System.nanoTime(), listener.headerNanos);
  }

  /** It is no TLS, or a hello that nobody understands. */
  private void refuse(ChannelHandlerContext context, ByteBuf received) {
    if (over) {
      return;
    }
    over = true;
    listener.handshakes().failed();
    byte first = received.isReadable() ? received.getByte(received.readerIndex()) : 0;
    received.skipBytes(received.readableBytes());
    if (first >= 'A' && first <= 'Z') {
      context
          .writeAndFlush(Unpooled.wrappedBuffer(PLAIN_HTTP))
          .addListener(ChannelFutureListener.CLOSE);
    } else {
      context.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent completion) {
      if (completion.isSuccess() && !over) {
        succeeded(context);
      } else if (!over) {
        failed(completion.cause());
      }
    } else if (event == ChannelInputShutdownEvent.INSTANCE && !over) {
      failed(null);
      SecureChannel.cut(context);
    }
  }

  private void succeeded(ChannelHandlerContext context) {
    over = true;
    loop.timer().remove(timeout);
    SslHandler handler = Objects.requireNonNull(context.pipeline().get(SslHandler.class));
    ReferenceCountedOpenSslEngine engine = (ReferenceCountedOpenSslEngine) handler.engine();
    listener.handshakes().done(SSL.isSessionReused(engine.sslPointer()));
    SecureChannel.note(context.channel(), handler, serverName, tls.asksClients());
    String alpn = handler.applicationProtocol();
    context.pipeline().remove(this);
    ClientProtocols.begin(context.channel(), loop, listener, alpn == null ? "" : alpn);
  }

  private void failed(@Nullable Throwable cause) {
    over = true;
    loop.timer().remove(timeout);
    listener.handshakes().failed();
    if (LOG.isDebugEnabled()) {
      LOG.debug("a TLS handshake for {} has failed", serverName, cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (!over) {
      failed(null);
    }
    loop.timer().remove(timeout);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!over) {
      failed(cause);
    }
    context.close();
  }
}
