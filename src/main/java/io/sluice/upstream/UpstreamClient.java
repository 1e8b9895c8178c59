package io.sluice.upstream;

import io.netty.channel.Channel;
import io.sluice.balance.Backend;
import io.sluice.http.ProxyHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client connection that requests come from. Where a pool tells backends of it by PROXY
 * protocol, a connection to a backend carries this client's requests only, and ends with it. Bound
 * to its event loop.
 */
public final class UpstreamClient {
  private final Channel channel;
  private final @Nullable ProxyHeader announced;

  /** Idle connections that were opened for it, the youngest last; null: there never was one. */
  private @Nullable List<UpstreamConnection> kept;

  /**
   * A client at the other end of a channel.
   *
   * @param announced whom the channel's peer has named as the client; null: itself
   */
  public UpstreamClient(Channel channel, @Nullable ProxyHeader announced) {
    this.channel = channel;
    this.announced = announced;
  }

  /** What backends are told. */
  ProxyHeader header() {
    return announced == null
        ? ProxyHeader.between(channel.remoteAddress(), channel.localAddress())
        : announced;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  /** A connection of this client's is idle; the pool closes it when the client has left. */
  void keep(UpstreamConnection connection, LoopPool pool) {
    List<UpstreamConnection> mine = kept;
    if (mine == null) {
      mine = new ArrayList<>(2);
      kept = mine;
      channel.closeFuture().addListener(closed -> pool.clientLeft(this));
    }
    mine.add(connection);
  }

  /** An idle connection is idle no more. */
  void forget(UpstreamConnection connection) {
    if (kept != null) {
      kept.remove(connection);
    }
  }

  /** The youngest idle connection to a backend; null: there is none. */
  @Nullable UpstreamConnection youngest(Backend backend) {
    List<UpstreamConnection> mine = kept == null ? List.of() : kept;
    for (int i = mine.size() - 1; i >= 0; i--) {
      if (mine.get(i).backend() == backend) {
        return mine.get(i);
      }
    }
    return null;
  }

  /** Any idle connection; null: there is none. */
  @Nullable UpstreamConnection any() {
    return kept == null || kept.isEmpty() ? null : kept.getLast();
  }
}
