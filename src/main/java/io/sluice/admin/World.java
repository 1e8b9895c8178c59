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
import org.jspecify.annotations.Nullable;

/**
 * A snapshot in the order that lists have, with everything found by its id. Made once for each
 * snapshot: a list of 10,000 backends is not sorted for every page of it.
 */
final class World {
  private final List<PoolSpec> pools;
  private final List<RouteSpec> routes;
  private final List<Placed> backends;
  private final Map<String, PoolSpec> poolsById = new HashMap<>();
  private final Map<String, Placed> backendsByKey = new HashMap<>();
  private final Map<String, List<Placed>> backendsByPool = new HashMap<>();

  World(Snapshot snapshot) {
    pools = snapshot.pools().stream().sorted(Comparator.comparing(PoolSpec::id)).toList();
    routes = snapshot.routes().stream().sorted(Comparator.comparing(RouteSpec::id)).toList();
    List<Placed> all = new ArrayList<>();
    for (PoolSpec pool : pools) {
      poolsById.put(pool.id(), pool);
      List<Placed> own =
          pool.backends().stream()
              .map(backend -> new Placed(pool, backend))
              .sorted(Comparator.comparing(Placed::key))
              .toList();
      own.forEach(placed -> backendsByKey.put(placed.key(), placed));
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

  @Nullable PoolSpec pool(String id) {
    return poolsById.get(id);
  }

  @Nullable Placed backend(String pool, String id) {
    return backendsByKey.get(key(pool, id));
  }

  @Nullable RouteSpec route(String id) {
    return routes.stream().filter(route -> route.id().equals(id)).findFirst().orElse(null);
  }

  PoolSpec needPool(String id) {
    PoolSpec found = pool(id);
    if (found == null) {
      throw Refusals.notFound("pool", id);
    }
    return found;
  }

  Placed needBackend(String pool, String id) {
    needPool(pool);
    Placed found = backend(pool, id);
    if (found == null) {
      throw Refusals.of(
          404,
          "not-found",
          "pool " + Refusals.quoted(pool) + " has no backend " + Refusals.quoted(id));
    }
    return found;
  }

  RouteSpec needRoute(String id) {
    RouteSpec found = route(id);
    if (found == null) {
      throw Refusals.notFound("route", id);
    }
    return found;
  }
}
