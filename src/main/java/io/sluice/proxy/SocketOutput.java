package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.sluice.http.ResponseHead;

/** A client connection's own channel. */
final class SocketOutput extends ClientOutput {
  private final ChannelHandlerContext ctx;
  private long progressSeen;

  SocketOutput(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  @Override
  void write(ByteBuf bytes) {
    ctx.write(bytes, ctx.voidPromise());
  }

  @Override
  void flushNow() {
    ctx.flush();
  }

  @Override
  boolean isWritable() {
    return ctx.channel().isWritable();
  }

  @Override
  boolean hasProgressed() {
    var out = ctx.channel().unsafe().outboundBuffer();
    long now = out == null ? 0 : out.totalPendingWriteBytes() - out.currentProgress();
    boolean progressed = now != progressSeen;
    progressSeen = now;
    return progressed;
  }

  @Override
  void whenSent(Sent listener) {
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> listener.sent(done.isSuccess()));
  }

  @Override
  void end() {
    whenSent(all -> shutDown());
  }

  @Override
  void shutDown() {
    SecureChannel.shutDownOutput(ctx.channel());
  }

  @Override
  void resetOnClose() {
    ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
  }

  @Override
  void close() {
    SecureChannel.close(ctx);
  }

  @Override
  void cut() {
    SecureChannel.cut(ctx);
  }

  @Override
  void setReading(boolean on) {
    ctx.channel().config().setAutoRead(on);
  }

  @Override
  ByteBufAllocator alloc() {
    return ctx.alloc();
  }

  @Override
  boolean canCarry(int status) {
    return true;
  }

  @Override
  boolean canSwitch(ResponseHead answer) {
    return true;
  }

  @Override
  boolean isStream() {
    return false;
  }

  @Override
  void over() {
    throw new IllegalStateException("a connection goes on behind a request");
  }
}
