package io.sluice.upstream;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.sluice.config.PoolSpec.ProxyProtocol;
import io.sluice.http.ProxyHeader;
import org.jspecify.annotations.Nullable;

/**
 * Sends the PROXY protocol's header in front of everything else on a connection to a backend, and
 * takes itself out of the pipeline. It is the pipeline's first handler, before TLS.
 */
public final class ProxyHeaderSender extends ChannelDuplexHandler {
  private final byte[] header;

  /** One that sends these bytes. */
  public ProxyHeaderSender(byte[] header) {
    this.header = header;
  }

  /** The header in the version that a pool wants; null: in none. */
  public static byte @Nullable [] bytes(ProxyProtocol wanted, ProxyHeader header) {
    return switch (wanted) {
      case NONE -> null;
      case V1 -> header.v1();
      case V2 -> header.v2();
    };
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    send(context);
    context.flush();
    context.fireChannelActive();
  }

  /** The connection's user may hear that it stands before this handler does. */
  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    send(context);
    context.write(message, promise);
  }

  private void send(ChannelHandlerContext context) {
    context.write(Unpooled.wrappedBuffer(header), context.voidPromise());
    context.pipeline().remove(this);
  }
}
