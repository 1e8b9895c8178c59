package io.sluice.admin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.sluice.listen.ListeningSocket;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.NettyPipeline;
import reactor.netty.resources.LoopResources;

/**
 * The management plane's listening socket, and how its connections end when that is given up to
 * another process: calls under way are answered, and nobody who has connected is left without.
 */
final class AdminConnections {
  private final ListeningSocket socket;

  /** Written by every loop. */
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();

  /** Ends with the release. */
  private final Sinks.Empty<Void> leaving = Sinks.empty();

  /** Written once, by the release. */
  private final AtomicBoolean released = new AtomicBoolean();

  /** Completed when the last connection has ended after it. */
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /** Whether every connection that was accepted is among the open ones; written once, by a loop. */
  private volatile boolean complete;

  /** Written once, when the server is made. */
  private volatile @Nullable EventLoopGroup loops;

  AdminConnections(ListeningSocket socket) {
    this.socket = socket;
  }

  /** These loops with this socket, for one server. */
  LoopResources under(LoopResources resources) {
    loops = resources.onServer(LoopResources.DEFAULT_NATIVE);
    return socket.under(resources);
  }

  /** A connection begins; on its loop. */
  void opened(Channel channel) {
    open.add(channel);
    channel.closeFuture().addListener(closed -> closed(channel));
    // Not there when the file asks for HTTP/2, which knows by itself how a connection ends.
    ChannelPipeline pipeline = channel.pipeline();
    if (pipeline.get(NettyPipeline.HttpCodec) != null) {
      pipeline.addAfter(NettyPipeline.HttpCodec, null, new LastAnswer());
    }
    if (released.get()) {
      leave(channel);
    }
  }

  private void closed(Channel channel) {
    open.remove(channel);
    endWhenEmpty();
  }

  private void endWhenEmpty() {
    if (complete && open.isEmpty()) {
      ended.complete(null);
    }
  }

  /** Completes when calls that would never end are to. */
  Mono<Void> leaving() {
    return leaving.asMono();
  }

  void accept() {
    socket.accept();
  }

  void hold() {
    socket.hold();
  }

  int descriptor() {
    return socket.descriptor();
  }

  CompletableFuture<Void> release() {
    socket.release();
    if (!released.compareAndSet(false, true)) {
      return ended;
    }
    leaving.tryEmitEmpty().orThrow();
    open.forEach(channel -> channel.eventLoop().execute(() -> leave(channel)));
    // One that was accepted last may still wait for its loop to take it: behind that is the end.
    CompletableFuture<?> taken = CompletableFuture.completedFuture(null);
    EventLoopGroup group = loops;
    if (group != null) {
      for (EventExecutor loop : group) {
        taken = taken.thenRunAsync(() -> {}, loop);
      }
    }
    taken.thenRun(
        () -> {
          complete = true;
          endWhenEmpty();
        });
    return ended;
  }

  private static void leave(Channel channel) {
    LastAnswer last = channel.pipeline().get(LastAnswer.class);
    if (last == null) {
      channel.close();
    } else {
      last.leave();
    }
  }
}
