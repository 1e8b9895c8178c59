package io.sluice.config;

import io.sluice.config.RouteSpec.Action;
import io.sluice.config.RouteSpec.Match;
import java.util.ArrayList;
import java.util.List;

/** Reads pools and routes and has the whole checked. */
final class BootstrapReader {
  private static final String DEFAULT = "default";

  private BootstrapReader() {}

  /** Reads what the file says, where a pool with the id {@code default} needs no route. */
  static Snapshot read(YamlMapping bootstrap) {
    return read(bootstrap, true);
  }

  /** Reads pools and routes and adds nothing. */
  static Snapshot exactly(YamlMapping bootstrap) {
    return read(bootstrap, false);
  }

  private static Snapshot read(YamlMapping bootstrap, boolean addsDefault) {
    PlaceIndex places = new PlaceIndex(bootstrap.place());
    YamlValue list = bootstrap.get("pools");
    List<YamlValue> items = list == null ? List.of() : list.items();
    List<PoolSpec> pools = items == null ? List.of() : pools(items, places);
    List<YamlValue> routeItems = bootstrap.items("routes");
    List<RouteSpec> routes = routes(routeItems, places);
    boolean hasDefault = pools.stream().anyMatch(pool -> pool.id().equals(DEFAULT));
    if (addsDefault && hasDefault && routeItems.isEmpty()) {
      routes = List.of(defaultRoute());
    }
    Snapshot snapshot = new Snapshot(pools, routes);
    boolean allPoolsRead = items != null && items.size() == pools.size();
    for (SnapshotDocument.Violation violation : SnapshotValidator.validate(snapshot)) {
      // A pool that could not be read at all may be the one that a route names.
      if (allPoolsRead || !violation.pointer().endsWith("/pool")) {
        bootstrap.problem(places.of(violation.pointer()), violation.message());
      }
    }
    return snapshot;
  }

  private static RouteSpec defaultRoute() {
    return RouteSpec.of(DEFAULT, Match.ALL, new Action.ToPool(DEFAULT));
  }

  private static List<PoolSpec> pools(List<YamlValue> items, PlaceIndex places) {
    List<PoolSpec> pools = new ArrayList<>();
    for (YamlValue item : items) {
      YamlMapping pool = item.mapping(KnownKeys.POOL);
      if (pool != null) {
        pools.add(PoolReader.read(pool, "/pools/" + pools.size(), places));
      }
    }
    return pools;
  }

  private static List<RouteSpec> routes(List<YamlValue> items, PlaceIndex places) {
    List<RouteSpec> routes = new ArrayList<>();
    for (YamlValue item : items) {
      YamlMapping route = item.mapping(KnownKeys.ROUTE);
      if (route != null) {
        places.put("/routes/" + routes.size(), route, "id", "pool");
        routes.add(RouteReader.read(route));
      }
    }
    return routes;
  }

  /**
   * The id of a pool or route. One that is missing or wrong is reported and replaced by a name that
   * no id can have, or kept as written, so that what refers to it is not reported too.
   */
  static String id(YamlMapping mapping, String example) {
    YamlValue value = mapping.required("id", "a unique name, for instance " + example);
    String id = value == null ? null : value.parsed(Texts::id);
    if (id != null) {
      return id;
    }
    String written = value == null ? null : value.scalar();
    return written == null ? mapping.place().key() : written;
  }
}
