package io.sluice.control;

import io.sluice.balance.Algorithms;
import io.sluice.balance.Backend;
import io.sluice.balance.Balancer;
import io.sluice.balance.Pool;
import io.sluice.balance.PoolForecast;
import io.sluice.config.BackendSpec;
import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.proxy.RequestFilter;
import io.sluice.upstream.UpstreamConfigurationException;
import io.sluice.upstream.Upstreams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes what pools and routes are made of. Nothing that lives is touched, and whatever can fail
 * fails here, with a {@link DataPlaneException} that says which part of the pool or route is to
 * blame.
 */
final class PoolParts {
  /** A shorter key could be guessed. */
  private static final int SHORTEST_STICKY_KEY = 16;

  /** More is no key but a mistake, and would be read on the control thread. */
  private static final int LONGEST_STICKY_KEY = 64 * 1024;

  private static final Set<String> BUILT_IN =
      Algorithms.builtIn().stream().map(Balancer.Factory::name).collect(Collectors.toSet());

  private final Extensions extensions;
  private final Upstreams upstreams;
  private final ControlThread control;
  private final NamedBackends names;
  private final BackendWatch watch;

  /** What the process before knew; of use to the first pools only. */
  private Remembered remembered;

  /** A pool, not in use yet, and how its backends are reached. */
  record NewPool(PoolSpec wanted, Pool pool, Upstreams.Targets targets) {}

  /** What becomes of a pool that lives, and how its backends are reached then. */
  record ChangedPool(PoolSpec wanted, Pool pool, Pool.Change change, Upstreams.Targets targets) {}

  PoolParts(
      Extensions extensions,
      Upstreams upstreams,
      ControlThread control,
      NamedBackends names,
      BackendWatch watch,
      Remembered remembered) {
    this.extensions = extensions;
    this.upstreams = upstreams;
    this.control = control;
    this.names = names;
    this.watch = watch;
    this.remembered = remembered;
  }

  /** Pools that are made from now on begin anew. */
  void forget() {
    remembered = Remembered.NOTHING;
  }

  /**
   * A new pool.
   *
   * @param wanted as configured
   * @param now the same with addresses for names
   */
  NewPool create(PoolSpec wanted, PoolSpec now) {
    Balancer.Factory factory = balancer(now);
    List<Backend> backends = new ArrayList<>();
    for (BackendSpec backend : now.backends()) {
      backends.add(new Backend(now.id(), backend, now.tlsOf(backend)));
    }
    Upstreams.Targets targets = targets(now, backends);
    byte[] key = stickyKey(now, null);
    remembered.restore(now, backends, names, watch);
    try {
      Pool pool =
          new Pool(
              now,
              backends,
              factory.create(now),
              key == null ? remembered.stickyKey(now) : key,
              control);
      remembered.resume(pool);
      return new NewPool(wanted, pool, targets);
    } catch (RuntimeException e) {
      throw refused(now, e);
    }
  }

  /** A change of a living pool; on the control thread. */
  ChangedPool change(Pool pool, PoolSpec wanted, PoolSpec now) {
    Balancer.Factory factory = balancer(now);
    byte[] key = stickyKey(now, pool.spec().balance().sticky());
    Pool.Change change;
    try {
      if (!pool.choosesAlike(now) || !BUILT_IN.contains(now.algorithm())) {
        forecast(pool, now).rehearse(factory);
      }
      change = pool.prepare(now, factory, key);
    } catch (RuntimeException e) {
      throw refused(now, e);
    }
    return new ChangedPool(wanted, pool, change, targets(now, change.backends()));
  }

  /** How a pool would choose; null: one that does not live. */
  static PoolForecast forecast(@Nullable Pool pool, PoolSpec now) {
    return pool == null ? PoolForecast.of(now) : pool.forecast(now);
  }

  private static DataPlaneException refused(PoolSpec pool, RuntimeException e) {
    return new DataPlaneException(
        "/algorithm",
        "pool %s: its algorithm %s cannot be used: %s"
            .formatted(pool.id(), pool.algorithm(), Objects.toString(e.getMessage(), e.toString())),
        e);
  }

  /** The factory of a pool's algorithm. */
  Balancer.Factory balancer(PoolSpec pool) {
    Balancer.Factory factory = extensions.balancer(pool.algorithm());
    if (factory == null) {
      throw new DataPlaneException(
          "/algorithm",
          "pool %s: there is no algorithm %s; known are %s, and what jars in the extension path bring"
              .formatted(
                  pool.id(), pool.algorithm(), String.join(", ", extensions.balancerNames())),
          null);
    }
    return factory;
  }

  private Upstreams.Targets targets(PoolSpec pool, List<Backend> backends) {
    try {
      return upstreams.prepare(pool, backends);
    } catch (UpstreamConfigurationException | IllegalArgumentException e) {
      throw new DataPlaneException("/tls", "pool " + pool.id() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The key for a pool's cookies; null: none is configured, or they stay as they are.
   *
   * @param before the cookies so far; null: none
   */
  static byte @Nullable [] stickyKey(PoolSpec pool, BalanceSpec.@Nullable Sticky before) {
    BalanceSpec.Sticky sticky = pool.balance().sticky();
    Path file = sticky == null || sticky.equals(before) ? null : sticky.keyFile();
    if (file == null) {
      return null;
    }
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > LONGEST_STICKY_KEY) {
        throw unusable(pool, file, "it is not a file of at most 64 KiB");
      }
      byte[] key = Files.readAllBytes(file);
      if (key.length < SHORTEST_STICKY_KEY) {
        throw unusable(
            pool,
            file,
            "it has %d bytes, and a key has at least %d"
                .formatted(key.length, SHORTEST_STICKY_KEY));
      }
      return key;
    } catch (IOException e) {
      throw new DataPlaneException(
          "/sticky/keyFile",
          "pool %s: cannot read sticky.key-file %s (%s); make it readable for Sluice's user"
              .formatted(pool.id(), file, e),
          e);
    }
  }

  private static DataPlaneException unusable(PoolSpec pool, Path file, String why) {
    return new DataPlaneException(
        "/sticky/keyFile",
        "pool %s: sticky.key-file %s cannot be used: %s. Make one, for instance with: head -c 32 /dev/urandom"
            .formatted(pool.id(), file, why),
        null);
  }

  /** The extensions' filters of a route. */
  List<RequestFilter> filters(RouteSpec route) {
    List<RequestFilter> filters = new ArrayList<>();
    for (int i = 0; i < route.filters().size(); i++) {
      RouteSpec.Filter filter = route.filters().get(i);
      RequestFilter.Factory factory = extensions.filter(filter.name());
      if (factory == null) {
        List<String> known = extensions.filterNames();
        throw new DataPlaneException(
            "/filters/" + i + "/name",
            "route %s: there is no filter %s; %s"
                .formatted(
                    route.id(),
                    filter.name(),
                    known.isEmpty()
                        ? "no jar in the extension path brings any"
                        : "jars in the extension path bring " + String.join(", ", known)),
            null);
      }
      try {
        filters.add(factory.create(filter.options()));
      } catch (RuntimeException e) {
        throw new DataPlaneException(
            "/filters/" + i,
            "route %s: filter %s: %s"
                .formatted(
                    route.id(), filter.name(), Objects.toString(e.getMessage(), e.toString())),
            e);
      }
    }
    return filters;
  }
}
