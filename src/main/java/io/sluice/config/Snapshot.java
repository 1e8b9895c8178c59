package io.sluice.config;

import java.util.List;

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
}
