package io.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole wanted world that can change while traffic flows.
 *
 * @param pools in declaration order, unique ids
 * @param routes in declaration order, unique ids; each names an existing pool
 */
public record Snapshot(List<PoolSpec> pools, List<RouteSpec> routes) {
  public Snapshot {
    pools = List.copyOf(pools);
    routes = List.copyOf(routes);
  }

  /** The pool with this id; null: there is none. */
  public @Nullable PoolSpec pool(String id) {
    for (PoolSpec pool : pools) {
      if (pool.id().equals(id)) {
        return pool;
      }
    }
    return null;
  }

  /** A pool's backend with this id; null: there is no such pool or no such backend. */
  public @Nullable BackendSpec backend(String pool, String id) {
    PoolSpec in = pool(pool);
    return in == null ? null : in.backend(id);
  }

  /** The route with this id; null: there is none. */
  public @Nullable RouteSpec route(String id) {
    for (RouteSpec route : routes) {
      if (route.id().equals(id)) {
        return route;
      }
    }
    return null;
  }

  /** The same with this pool in the place of the one with its id; the same when there is none. */
  public Snapshot withPool(PoolSpec wanted) {
    return new Snapshot(
        pools.stream().map(pool -> pool.id().equals(wanted.id()) ? wanted : pool).toList(), routes);
  }
}
