package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.sluice.upstream.UpstreamConnection;
import org.jspecify.annotations.Nullable;

/**
 * The sending side of a client connection, and of the backend connection that its bytes go to: what
 * becomes of one read is flushed once, at the read's end. Bound to the connection's loop.
 */
final class ClientOutput {
  private final ChannelHandlerContext ctx;
  private @Nullable UpstreamConnection toFlush;
  private boolean inRead;
  private boolean flushAfterRead;
  private long progressSeen;

  ClientOutput(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  /** Bytes of the client are being worked on: flushes wait. */
  void readBegins() {
    inRead = true;
  }

  /** Does the flushes that waited. */
  void readEnds() {
    inRead = false;
    UpstreamConnection connection = toFlush;
    if (connection != null) {
      toFlush = null;
      connection.flush();
    }
    if (flushAfterRead) {
      flushAfterRead = false;
      ctx.flush();
    }
  }

  /** Flushes a backend's connection at the end of this read, or at once outside of one. */
  void flushSoon(UpstreamConnection connection) {
    if (!inRead) {
      connection.flush();
      return;
    }
    if (toFlush != null && toFlush != connection) {
      toFlush.flush();
    }
    toFlush = connection;
  }

  /** Queues bytes for the client. */
  void write(ByteBuf bytes) {
    ctx.write(bytes, ctx.voidPromise());
  }

  /** Sends what is queued: at the end of this read, or at once outside of one. */
  void flush() {
    if (inRead) {
      flushAfterRead = true;
    } else {
      ctx.flush();
    }
  }

  boolean isWritable() {
    return ctx.channel().isWritable();
  }

  /** Whether the client has taken bytes since this was asked last. */
  boolean hasProgressed() {
    var out = ctx.channel().unsafe().outboundBuffer();
    long now = out == null ? 0 : out.totalPendingWriteBytes() - out.currentProgress();
    boolean progressed = now != progressSeen;
    progressSeen = now;
    return progressed;
  }

  /** Sends everything, then tells the listener. */
  void whenSent(ChannelFutureListener listener) {
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(listener);
  }

  /** Sends everything, then ends this direction. */
  void end() {
    whenSent(done -> shutDown());
  }

  /** Ends this direction at once. */
  void shutDown() {
    SecureChannel.shutDownOutput(ctx.channel());
  }

  /** Lets the close that follows be a reset, which nobody takes for an answer's regular end. */
  void resetOnClose() {
    ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
  }

  /** Closes in the middle of something, which is seen where that can be seen. */
  void cut() {
    SecureChannel.cut(ctx);
  }

  /** Closes in order, as far as the client takes what is left to say. */
  void close() {
    SecureChannel.close(ctx);
  }
}
