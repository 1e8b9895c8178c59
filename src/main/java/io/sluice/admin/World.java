package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A snapshot in the order that lists have. Made once for each snapshot that somebody lists: 10,000
 * backends are not sorted for every page of them.
 */
final class World {
  private final List<PoolSpec> pools;
  private final List<RouteSpec> routes;
  private final List<Placed> backends;
  private final Map<String, List<Placed>> backendsByPool = new HashMap<>();

  World(Snapshot snapshot) {
    pools = snapshot.pools().stream().sorted(Comparator.comparing(PoolSpec::id)).toList();
    routes = snapshot.routes().stream().sorted(Comparator.comparing(RouteSpec::id)).toList();
    List<Placed> all = new ArrayList<>();
    for (PoolSpec pool : pools) {
      List<Placed> own =
          pool.backends().stream()
              .map(backend -> new Placed(pool, backend))
              .sorted(Comparator.comparing(Placed::key))
              .toList();
      backendsByPool.put(pool.id(), own);
      all.addAll(own);
    }
    all.sort(Comparator.comparing(Placed::key));
    backends = List.copyOf(all);
  }

  /** A backend and where it is. */
  record Placed(PoolSpec pool, BackendSpec backend, String key, String searched) {
    Placed(PoolSpec pool, BackendSpec backend) {
      this(pool, backend, World.key(pool.id(), backend.id()), searched(pool, backend));
    }

    private static String searched(PoolSpec pool, BackendSpec backend) {
      StringBuilder text = new StringBuilder(pool.id());
      text.append('/').append(backend.id()).append('\n').append(backend.address());
      backend.labels().forEach((name, value) -> text.append('\n').append(name + "=" + value));
      return text.toString().toLowerCase(Locale.ROOT);
    }

    /** Whether id, pool, address or a label has this text in it; in lower case. */
    boolean contains(String text) {
      return searched.contains(text);
    }
  }

  /** Pools' backends lie together: no id has a character below a space. */
  static String key(String pool, String backend) {
    return pool + "\u0001" + backend;
  }

  List<PoolSpec> pools() {
    return pools;
  }

  List<RouteSpec> routes() {
    return routes;
  }

  List<Placed> backends() {
    return backends;
  }

  List<Placed> backendsOf(String pool) {
    return backendsByPool.getOrDefault(pool, List.of());
  }
}
