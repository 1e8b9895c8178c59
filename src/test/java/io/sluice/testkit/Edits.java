package io.sluice.testkit;

import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Changes of a snapshot, to be put one behind another. */
public final class Edits {
  private Edits() {}

  /** Changes a pool. */
  public static UnaryOperator<Snapshot> pool(String id, UnaryOperator<PoolSpec> change) {
    return now -> now.withPool(change.apply(Objects.requireNonNull(now.pool(id), id)));
  }

  /** Adds a pool behind the others. */
  public static UnaryOperator<Snapshot> add(PoolSpec pool) {
    return now -> new Snapshot(with(now.pools(), pool), now.routes());
  }

  /** Takes a pool away. */
  public static UnaryOperator<Snapshot> removePool(String id) {
    return now ->
        new Snapshot(now.pools().stream().filter(p -> !p.id().equals(id)).toList(), now.routes());
  }

  /** Adds a route behind the others. */
  public static UnaryOperator<Snapshot> add(RouteSpec route) {
    return now -> new Snapshot(now.pools(), with(now.routes(), route));
  }

  /** Takes a route away. */
  public static UnaryOperator<Snapshot> removeRoute(String id) {
    return now ->
        new Snapshot(now.pools(), now.routes().stream().filter(r -> !r.id().equals(id)).toList());
  }

  /** Changes a backend. */
  public static UnaryOperator<Snapshot> backend(
      String pool, String id, UnaryOperator<BackendSpec> change) {
    return pool(pool, p -> p.withBackend(change.apply(Objects.requireNonNull(p.backend(id), id))));
  }

  /** Adds a backend behind the others. */
  public static UnaryOperator<Snapshot> add(String pool, BackendSpec backend) {
    return pool(pool, p -> p.withBackends(with(p.backends(), backend)));
  }

  /** Takes a backend away. */
  public static UnaryOperator<Snapshot> removeBackend(String pool, String id) {
    return pool(pool, p -> p.withoutBackend(id));
  }

  private static <T> List<T> with(List<T> all, T more) {
    List<T> result = new ArrayList<>(all);
    result.add(more);
    return result;
  }
}
