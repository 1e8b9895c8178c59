package io.sluice.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.sluice.balance.Backend;
import io.sluice.config.ListenerSpec;
import io.sluice.tls.ListenerTls;
import io.sluice.upstream.Upstreams;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of the data plane and what is published to them. Every connection, request and
 * idle upstream connection belongs to one loop for life.
 */
public final class ProxyLoops implements AutoCloseable {
  private final EventLoopGroup group;
  private final ProxySettings settings;
  private final Map<EventLoop, LoopContext> contexts = new HashMap<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  /** Client connections of all loops; written by all loops. */
  private final AtomicInteger open = new AtomicInteger();

  /** Written by the control thread only; each request reads it once and keeps to it. */
  private volatile RoutingTable table;

  /** Written once by the control thread; read with each answer. */
  private volatile boolean draining;

  /** How long an idle connection may still send a request; written before {@link #draining}. */
  private volatile long drainIdleNanos;

  /** Whether every connection accepted before a drain is counted; written once, by a loop. */
  private volatile boolean counted;

  /**
   * Starts the loops; nothing listens yet.
   *
   * @param threads 1 or more
   * @param first the routes to begin with
   */
  public ProxyLoops(
      int threads,
      Upstreams upstreams,
      ProxyObserver observer,
      ProxySettings settings,
      RoutingTable first) {
    Epoll.ensureAvailability();
    this.settings = settings;
    this.table = first;
    this.group =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("sluice-loop"), SteadyEpoll.newFactory());
    int number = 0;
    for (EventExecutor executor : group) {
      EventLoop loop = (EventLoop) executor;
      contexts.put(loop, new LoopContext(loop, upstreams, observer.forLoop(number++, loop)));
    }
  }

  EventLoopGroup group() {
    return group;
  }

  ProxySettings settings() {
    return settings;
  }

  RoutingTable table() {
    return table;
  }

  boolean isDraining() {
    return draining;
  }

  long drainIdleNanos() {
    return drainIdleNanos;
  }

  LoopContext context(EventLoop loop) {
    LoopContext context = contexts.get(loop);
    if (context == null) {
      throw new IllegalStateException("not one of these loops: " + loop);
    }
    return context;
  }

  /** Requests that begin from now on take these routes. */
  public void publish(RoutingTable routes) {
    table = routes;
  }

  /**
   * Binds a listener, or takes over the socket of one, and serves.
   *
   * @param tls what clients are met with; null: connections are plain
   * @param descriptor of a socket that listens at the address already; from here on it is this
   *     listener's, and closed when it cannot be used; null: the address is bound
   * @param held whether it accepts nothing until {@link ProxyListener#accept}
   * @throws IOException with a sentence why nobody can listen there
   */
  public ProxyListener listen(
      ListenerSpec spec, @Nullable ListenerTls tls, @Nullable Integer descriptor, boolean held)
      throws IOException {
    return ProxyListener.open(this, spec, tls, descriptor, held);
  }

  /**
   * Ends whatever is in flight with these backends. A tunnel ends. A request is tried elsewhere
   * where the rules allow that; else it gets 503, or its connection is cut when its answer has
   * begun. Each loop does it soon. Callable from any thread.
   */
  public void cutOff(Set<Backend> backends) {
    Set<Backend> these = Set.copyOf(backends);
    contexts.forEach((loop, context) -> context.wake(() -> context.cutOff(these)));
  }

  /** Asks every loop for a turn; completes when each has had one, so that none of them hangs. */
  public CompletableFuture<Void> turn() {
    return CompletableFuture.allOf(
        contexts.keySet().stream()
            .map(loop -> CompletableFuture.runAsync(() -> {}, loop))
            .toArray(CompletableFuture[]::new));
  }

  /** Open client connections, idle ones included. */
  public int connections() {
    return open.get();
  }

  /** Requests in flight, tunnels included. */
  public int requests() {
    return contexts.values().stream().mapToInt(LoopContext::activeRequests).sum();
  }

  /** Connections to backends, idle ones included. */
  public int upstreamConnections() {
    return contexts.values().stream().mapToInt(c -> c.pool().open()).sum();
  }

  /** Idle connections to backends, as of the last second. */
  public int upstreamIdle() {
    return contexts.values().stream().mapToInt(c -> c.pool().kept()).sum();
  }

  void connectionOpened() {
    open.getAndIncrement();
  }

  void connectionClosed() {
    if (open.decrementAndGet() == 0 && counted) {
      drained.complete(null);
    }
  }

  /**
   * Lets what is running finish: idle connections close, the others after their answer. Listeners
   * must be closed or released before.
   *
   * @param idle how long a connection without a request may still send one, which is answered as
   *     the last; whatever comes later is lost
   * @return completes when the last client connection has ended
   */
  public CompletableFuture<Void> drain(Duration idle) {
    drainIdleNanos = idle.toNanos();
    draining = true;
    // A connection that was accepted last may still wait for its loop to take it: only behind that
    // can be said that there is none.
    AtomicInteger asked = new AtomicInteger(contexts.size());
    contexts.forEach(
        (loop, context) ->
            loop.execute(
                () -> {
                  context.drain();
                  if (asked.decrementAndGet() == 0) {
                    counted = true;
                    if (open.get() == 0) {
                      drained.complete(null);
                    }
                  }
                }));
    return drained;
  }

  /** Cuts every connection and ends the loops; returns when they have ended. Once is enough. */
  @Override
  public void close() {
    if (group.isShuttingDown()) {
      return;
    }
    draining = true;
    contexts.forEach(
        (loop, context) ->
            loop.execute(
                () -> {
                  context.cutAll();
                  context.close();
                }));
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    drained.complete(null);
  }

  /** What a listener's TLS offers clients by ALPN (RFC 7301), the most wanted first. */
  public static List<String> protocols(ListenerSpec listener) {
    return ClientProtocols.offered(listener);
  }
}
