package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.balance.Balancer;
import io.sluice.balance.Pool;
import io.sluice.balance.PoolStatus;
import io.sluice.config.BackendSpec;
import io.sluice.config.BalanceSpec;
import io.sluice.config.Configuration;
import io.sluice.config.ListenerSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import io.sluice.health.HealthStatus;
import io.sluice.proxy.ProxyListener;
import io.sluice.proxy.ProxyLoops;
import io.sluice.proxy.ProxyObserver;
import io.sluice.proxy.ProxySettings;
import io.sluice.proxy.RequestFilter;
import io.sluice.proxy.RoutingTable;
import io.sluice.upstream.UpstreamConfigurationException;
import io.sluice.upstream.Upstreams;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The running data plane: event loops, listeners, routes and pools. */
public final class DataPlane implements AutoCloseable {
  /** How often slow starts go on; their steps are a twentieth of their length. */
  private static final Duration TICK = Duration.ofMillis(100);

  /** A shorter key could be guessed. */
  private static final int SHORTEST_STICKY_KEY = 16;

  /** Longer than a request can be on its way to a backend's connection. */
  private static final Duration UNTIL_FORGOTTEN = Duration.ofMinutes(10);

  private final ControlThread control;
  private final NamedBackends names;
  private final Upstreams upstreams;
  private final Map<String, Pool> pools;
  private final ProxyLoops loops;
  private final BackendWatch watch;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final List<ProxyListener> listeners = new ArrayList<>();

  private DataPlane(
      ControlThread control,
      NamedBackends names,
      Upstreams upstreams,
      Map<String, Pool> pools,
      ProxyLoops loops) {
    this.control = control;
    this.names = names;
    this.upstreams = upstreams;
    this.pools = pools;
    this.loops = loops;
    this.watch = new BackendWatch(upstreams);
  }

  /**
   * Starts event loops, binds every listener and serves. All or nothing: when one listener cannot
   * be bound, those already bound are closed again.
   *
   * @throws DataPlaneException with a sentence for the operator: what failed, where, what to do
   */
  public static DataPlane start(
      Configuration configuration, Extensions extensions, ProxyObserver observer) {
    ControlThread control = new ControlThread();
    try {
      return start(configuration, extensions, observer, control);
    } catch (RuntimeException e) {
      control.close();
      throw e;
    }
  }

  private static DataPlane start(
      Configuration configuration,
      Extensions extensions,
      ProxyObserver observer,
      ControlThread control) {
    Upstreams upstreams = new Upstreams();
    Map<String, Pool> pools = new LinkedHashMap<>();
    Snapshot snapshot = configuration.bootstrap();
    NamedBackends names =
        NamedBackends.lookUp(snapshot.pools(), configuration.resolvers(), control);
    for (PoolSpec spec : snapshot.pools()) {
      pools.put(spec.id(), pool(names.expand(spec), extensions, upstreams, control));
    }
    RoutingTable routes =
        new RoutingTable(snapshot.routes(), pools, route -> filters(route, extensions));
    ProxyLoops loops =
        new ProxyLoops(
            configuration.threads(),
            upstreams,
            observer,
            new ProxySettings(configuration.trustedProxies(), configuration.via()),
            routes);
    DataPlane plane = new DataPlane(control, names, upstreams, pools, loops);
    control.every(TICK, () -> pools.values().forEach(Pool::tick));
    try {
      configuration.listeners().forEach(plane::listen);
    } catch (DataPlaneException e) {
      plane.close();
      throw e;
    }
    plane.watch.apply(pools.values());
    for (PoolSpec spec : snapshot.pools()) {
      names.follow(spec, now -> plane.change(now, extensions));
    }
    return plane;
  }

  /** On the control thread: a pool has other backends from now on. */
  private void change(PoolSpec now, Extensions extensions) {
    Pool pool = pools.get(now.id());
    Balancer.Factory factory = extensions.balancer(now.algorithm());
    if (pool == null || factory == null || pool.spec().equals(now)) {
      return;
    }
    List<Backend> before = pool.backends();
    List<Backend> backends = pool.backendsFor(now);
    upstreams.prepare(pool, backends);
    pool.update(now, backends, factory, stickyKey(now));
    watch.apply(pools.values());
    for (Backend old : before) {
      if (!backends.contains(old)) {
        upstreams.retire(old);
        control.after(UNTIL_FORGOTTEN, () -> upstreams.forget(old));
      }
    }
  }

  private static Pool pool(
      PoolSpec spec, Extensions extensions, Upstreams upstreams, ControlThread control) {
    Balancer.Factory factory = extensions.balancer(spec.algorithm());
    if (factory == null) {
      throw new DataPlaneException(
          "pool %s: there is no algorithm %s; known are %s, and what jars in the extension path bring"
              .formatted(
                  spec.id(), spec.algorithm(), String.join(", ", extensions.balancerNames())));
    }
    List<Backend> backends = new ArrayList<>();
    for (BackendSpec backend : spec.backends()) {
      backends.add(new Backend(spec.id(), backend, spec.tlsOf(backend)));
    }
    try {
      Pool pool = new Pool(spec, backends, factory.create(spec), stickyKey(spec), control);
      upstreams.prepare(pool);
      return pool;
    } catch (UpstreamConfigurationException | IllegalArgumentException e) {
      throw new DataPlaneException("pool " + spec.id() + ": " + e.getMessage(), e);
    }
  }

  /** The key for a pool's cookies; null: none is configured. */
  private static byte @Nullable [] stickyKey(PoolSpec pool) {
    BalanceSpec.Sticky sticky = pool.balance().sticky();
    Path file = sticky == null ? null : sticky.keyFile();
    if (file == null) {
      return null;
    }
    try {
      byte[] key = Files.readAllBytes(file);
      if (key.length >= SHORTEST_STICKY_KEY) {
        return key;
      }
      throw new DataPlaneException(
          "pool %s: sticky.key-file %s has %d bytes; a key has at least %d, for instance from: head -c 32 /dev/urandom"
              .formatted(pool.id(), file, key.length, SHORTEST_STICKY_KEY));
    } catch (IOException e) {
      throw new DataPlaneException(
          "pool %s: cannot read sticky.key-file %s (%s); make it readable for Sluice's user"
              .formatted(pool.id(), file, e),
          e);
    }
  }

  private static List<RequestFilter> filters(RouteSpec route, Extensions extensions) {
    List<RequestFilter> filters = new ArrayList<>();
    for (RouteSpec.Filter filter : route.filters()) {
      RequestFilter.Factory factory = extensions.filter(filter.name());
      if (factory == null) {
        List<String> known = extensions.filterNames();
        throw new DataPlaneException(
            "route %s: there is no filter %s; %s"
                .formatted(
                    route.id(),
                    filter.name(),
                    known.isEmpty()
                        ? "no jar in the extension path brings any"
                        : "jars in the extension path bring " + String.join(", ", known)));
      }
      try {
        filters.add(factory.create(filter.options()));
      } catch (IllegalArgumentException e) {
        throw new DataPlaneException(
            "route %s: filter %s: %s".formatted(route.id(), filter.name(), e.getMessage()), e);
      }
    }
    return filters;
  }

  private void listen(ListenerSpec spec) {
    try {
      listeners.add(loops.listen(spec));
    } catch (IOException e) {
      throw new DataPlaneException(
          "cannot listen on %s: %s; stop what holds it or change sluice.listeners"
              .formatted(spec.address(), e.getMessage()),
          e);
    }
  }

  /** The bound addresses, in the configuration's order; a port 0 is replaced by the real one. */
  public List<SocketAddress> addresses() {
    return listeners.stream().map(ProxyListener::address).toList();
  }

  /**
   * What the checks of a backend have found, with their last results; callable from any thread.
   *
   * @return null when there is no such backend or it has no checks
   */
  public @Nullable HealthStatus health(String pool, String backend) {
    Pool of = pools.get(pool);
    return of == null
        ? null
        : of.backends().stream()
            .filter(b -> b.id().equals(backend))
            .findFirst()
            .map(watch::health)
            .orElse(null);
  }

  /** Figures of this moment; cheap, callable from any thread. */
  public DataPlaneStatus status() {
    List<DataPlaneStatus.BackendStatus> backends = new ArrayList<>();
    for (Pool pool : pools.values()) {
      for (Backend backend : pool.backends()) {
        backends.add(watch.status(pool, backend));
      }
    }
    return new DataPlaneStatus(
        loops.connections(),
        loops.requests(),
        loops.upstreamConnections(),
        loops.upstreamIdle(),
        pools.values().stream().map(Pool::status).toList(),
        pools.values().stream().map(DataPlaneStatus.LoadStatus::of).toList(),
        backends);
  }

  /** A pool's backends at the moment, in declaration order; empty without such a pool. */
  public List<DataPlaneStatus.BackendStatus> backends(String pool) {
    Pool of = pools.get(pool);
    return of == null
        ? List.of()
        : of.backends().stream().map(backend -> watch.status(of, backend)).toList();
  }

  /** How a pool chooses at the moment; null: there is no such pool. */
  public @Nullable PoolStatus pool(String id) {
    Pool of = pools.get(id);
    return of == null ? null : of.status();
  }

  /**
   * Stops accepting and lets requests in flight and tunnels finish; idle connections are closed.
   *
   * @return completes when the last connection has ended
   */
  public CompletableFuture<Void> drain() {
    listeners.forEach(ProxyListener::close);
    return loops.drain();
  }

  /** Ends everything at once; connections still open are cut. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    listeners.forEach(ProxyListener::close);
    loops.close();
    watch.close(); // behind the loops, which tell it how requests end
    control.close();
    names.close();
    upstreams.close();
  }
}
