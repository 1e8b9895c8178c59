package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.balance.FactObserver;
import io.sluice.balance.Pool;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.config.TlsSpec;
import io.sluice.control.PoolParts.ChangedPool;
import io.sluice.control.PoolParts.NewPool;
import io.sluice.proxy.ProxyLoops;
import io.sluice.proxy.RequestFilter;
import io.sluice.proxy.RoutingTable;
import io.sluice.upstream.Upstreams;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pools and routes that live, and how they become others: everything that can fail is done in
 * {@link #prepare}, which changes nothing; {@link #publish} cannot fail. Only what differs is
 * touched: the rest keeps connections, counters, health and place in the cycle.
 *
 * <p>Bound to the control thread, except where a method says otherwise.
 */
final class World {
  private static final Logger LOG = LoggerFactory.getLogger(World.class);

  /** Longer than a request can be on its way to a backend's connection. */
  private static final Duration UNTIL_FORGOTTEN = Duration.ofMinutes(10);

  private static final Duration SWEEP = Duration.ofMinutes(1);

  private final ControlThread control;
  private final NamedBackends names;
  private final PoolParts parts;
  private final Upstreams upstreams;
  private final BackendWatch watch;

  /** Written by the control thread, read by anybody; immutable, in declaration order. */
  private volatile Map<String, Pool> pools = Map.of();

  // The control thread's only, once begun.
  private Snapshot snapshot = new Snapshot(List.of(), List.of());
  private Map<String, List<RequestFilter>> filters = Map.of();
  private @Nullable RoutingTable table;
  private @Nullable ProxyLoops loops;
  private boolean held;
  private final Set<String> refreshLater = new HashSet<>();
  private final ArrayDeque<Retired> retired = new ArrayDeque<>();

  private record Retired(long at, @Nullable Pool pool, List<Backend> backends) {
    boolean isQuiet() {
      return pool == null
          ? backends.stream().allMatch(b -> b.inFlight() == 0)
          : pool.inFlight() == 0;
    }
  }

  World(
      ControlThread control,
      NamedBackends names,
      PoolParts parts,
      Upstreams upstreams,
      BackendWatch watch) {
    this.control = control;
    this.names = names;
    this.parts = parts;
    this.upstreams = upstreams;
    this.watch = watch;
  }

  /** By id, in declaration order; callable from any thread. */
  Map<String, Pool> pools() {
    return pools;
  }

  PoolParts parts() {
    return parts;
  }

  // ---------------------------------------------------------------- what may fail

  /**
   * Works out everything that another snapshot needs.
   *
   * @param violations gets what speaks against it, with JSON pointers
   * @return null when there is a violation
   */
  @Nullable Prepared prepare(Snapshot next, List<Violation> violations) {
    Map<String, PoolSpec> before = new HashMap<>();
    snapshot.pools().forEach(pool -> before.put(pool.id(), pool));
    Map<String, Pool> all = new LinkedHashMap<>();
    List<NewPool> added = new ArrayList<>();
    List<ChangedPool> changed = new ArrayList<>();
    for (int i = 0; i < next.pools().size(); i++) {
      PoolSpec wanted = next.pools().get(i);
      Pool living = pools.get(wanted.id());
      try {
        if (living == null) {
          NewPool fresh = parts.create(wanted, names.expand(wanted));
          added.add(fresh);
          living = fresh.pool();
        } else if (!wanted.equals(before.get(wanted.id()))) {
          changed.add(parts.change(living, wanted, names.expand(wanted)));
        }
        all.put(wanted.id(), living);
      } catch (DataPlaneException e) {
        violations.add(violation("/pools/" + i, e));
      }
    }
    Map<String, List<RequestFilter>> nextFilters = filters(next, violations);
    if (!violations.isEmpty()) {
      return null;
    }
    List<Pool> removed = pools.values().stream().filter(p -> !all.containsKey(p.id())).toList();
    boolean samePools =
        added.isEmpty() && removed.isEmpty() && List.copyOf(all.keySet()).equals(ids());
    RoutingTable routes = table;
    if (routes == null
        || !added.isEmpty()
        || !removed.isEmpty()
        || !next.routes().equals(snapshot.routes())) {
      routes =
          new RoutingTable(
              next.routes(), all, route -> nextFilters.getOrDefault(route.id(), List.of()), table);
    }
    return new Prepared(
        next,
        samePools ? pools : Collections.unmodifiableMap(all),
        added,
        changed,
        removed,
        nextFilters,
        routes);
  }

  private List<String> ids() {
    return List.copyOf(pools.keySet());
  }

  private static Violation violation(String pointer, DataPlaneException e) {
    return new Violation(pointer + e.part(), String.valueOf(e.getMessage()));
  }

  /** A filter goes on as it is while its route names it with the same options. */
  private Map<String, List<RequestFilter>> filters(Snapshot next, List<Violation> violations) {
    if (next.routes().equals(snapshot.routes())) {
      return filters;
    }
    Map<String, RouteSpec> before = new HashMap<>();
    snapshot.routes().forEach(route -> before.put(route.id(), route));
    Map<String, List<RequestFilter>> result = new HashMap<>();
    for (int i = 0; i < next.routes().size(); i++) {
      RouteSpec route = next.routes().get(i);
      RouteSpec old = before.get(route.id());
      List<RequestFilter> known =
          old != null && old.filters().equals(route.filters()) ? filters.get(route.id()) : null;
      try {
        if (!route.filters().isEmpty()) {
          result.put(route.id(), known == null ? parts.filters(route) : known);
        }
      } catch (DataPlaneException e) {
        violations.add(violation("/routes/" + i, e));
      }
    }
    return result;
  }

  // ---------------------------------------------------------------- what cannot

  /**
   * The first snapshot comes to life, on the starting thread and before any traffic. {@link
   * #watchAll} follows before listeners are bound.
   *
   * @param of what {@link #prepare} gave; the loops have its routes
   */
  void begin(Prepared of, ProxyLoops serving) {
    loops = serving;
    of.added().forEach(fresh -> upstreams.publish(fresh.targets()));
    pools = of.pools();
    table = of.table();
    filters = of.filters();
    snapshot = of.wanted();
  }

  /** Begins to watch backends and to follow names. */
  void watchAll() {
    pools.values().forEach(pool -> pool.observe(watch));
    watch.change(pools.values(), List.of(), List.of());
    names.onChange(this::refresh);
    snapshot.pools().forEach(this::follow);
    control.every(SWEEP, this::sweep);
  }

  /** Makes a prepared change. Requests that begin from now on meet the new world. */
  void publish(Prepared next) {
    assert control.isCurrent();
    List<Pool> touched = new ArrayList<>();
    List<Backend> gone = new ArrayList<>();
    for (NewPool fresh : next.added()) {
      upstreams.publish(fresh.targets());
      fresh.pool().observe(watch);
      touched.add(fresh.pool());
    }
    for (ChangedPool changed : next.changed()) {
      gone.addAll(apply(changed));
      touched.add(changed.pool());
    }
    if (!gone.isEmpty()) {
      retired.add(new Retired(System.nanoTime(), null, List.copyOf(gone)));
    }
    pools = next.pools();
    if (next.table() != table && loops != null) {
      table = next.table();
      loops.publish(next.table());
    }
    filters = next.filters();
    snapshot = next.wanted();
    for (Pool pool : next.removed()) {
      gone.addAll(pool.backends());
      retired.add(new Retired(System.nanoTime(), pool, pool.backends()));
      pool.observe(FactObserver.NONE);
      names.use(pool.id(), null);
    }
    watch.change(touched, next.removed(), gone);
    upstreams.retire(gone);
    next.added().forEach(fresh -> follow(fresh.wanted()));
    next.changed().forEach(changed -> follow(changed.wanted()));
  }

  private void follow(PoolSpec wanted) {
    names.use(wanted.id(), wanted);
    refresh(wanted.id()); // its names may stand for something else since it was prepared
  }

  /** Gives a pool what was prepared for it; the backends that it has no more. */
  private List<Backend> apply(ChangedPool changed) {
    List<Backend> before = changed.pool().backends();
    upstreams.publish(changed.targets());
    changed.pool().apply(changed.change());
    Set<Backend> stay = new HashSet<>(changed.change().backends());
    return before.stream().filter(b -> !stay.contains(b)).toList();
  }

  // ---------------------------------------------------------------- names

  /** While a prepared change waits to be published, nothing else may change pools. */
  void hold() {
    held = true;
  }

  /** The end of {@link #hold}: what names have changed meanwhile is made good. */
  void release() {
    held = false;
    List<String> later = List.copyOf(refreshLater);
    refreshLater.clear();
    later.forEach(this::refresh);
  }

  /** A pool's names stand for other addresses, or may. */
  private void refresh(String id) {
    if (held) {
      refreshLater.add(id);
      return;
    }
    Pool pool = pools.get(id);
    PoolSpec wanted = snapshot.pool(id);
    if (pool == null || wanted == null) {
      return;
    }
    PoolSpec now = names.expand(wanted);
    if (pool.spec().equals(now)) {
      return;
    }
    List<Backend> gone;
    try {
      gone = apply(parts.change(pool, wanted, now));
    } catch (DataPlaneException e) {
      LOG.error("{}; the pool keeps the addresses that its names had", e.getMessage(), e);
      return;
    }
    watch.change(List.of(pool), List.of(), gone);
    upstreams.retire(gone);
    if (!gone.isEmpty()) {
      retired.add(new Retired(System.nanoTime(), null, gone));
    }
  }

  // ---------------------------------------------------------------- what has gone

  private void sweep() {
    long before = System.nanoTime() - UNTIL_FORGOTTEN.toNanos();
    int n = retired.size();
    for (int i = 0; i < n; i++) {
      Retired oldest = retired.removeFirst();
      if (oldest.at - before < 0 && oldest.isQuiet()) {
        upstreams.forget(oldest.backends);
      } else {
        retired.addLast(oldest);
      }
    }
    if (!held) {
      upstreams.prune(checkTls(pools.values()));
    }
  }

  private static List<TlsSpec> checkTls(Collection<Pool> pools) {
    List<TlsSpec> used = new ArrayList<>();
    for (Pool pool : pools) {
      HealthCheckSpec checks = pool.spec().healthCheck();
      TlsSpec tls = checks == null ? null : checks.tls();
      if (tls != null) {
        used.add(tls);
      }
    }
    return used;
  }
}
