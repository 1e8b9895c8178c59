package io.sluice.proxy;

import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One client connection, whatever it speaks: its channel's last handler. Bound to its loop. */
abstract class ClientConnection extends ChannelInboundHandlerAdapter {

  /** Neighbours in the loop's list of connections; written by {@link LoopContext} only. */
  @Nullable ClientConnection next;

  @Nullable ClientConnection previous;

  /** A drain begins: it ends soon when it is idle, else with what is under way. */
  abstract void drain();

  /** Closes at once. */
  abstract void close();

  /** Looks at each request and tunnel under way. */
  abstract void eachExchange(Consumer<Exchange> looker);
}
