package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.ChangeException;
import io.sluice.control.ChangeException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Snapshots with one thing more, less or other. */
final class Edits {
  private Edits() {}

  static Snapshot addPool(Snapshot snapshot, PoolSpec pool) throws ChangeException {
    if (snapshot.pool(pool.id()) != null) {
      throw exists("pool", pool.id());
    }
    return withPools(snapshot, plus(snapshot.pools(), pool));
  }

  static Snapshot removePool(Snapshot snapshot, String id) throws ChangeException {
    for (RouteSpec route : snapshot.routes()) {
      if (route.action() instanceof RouteSpec.Action.ToPool(String pool) && pool.equals(id)) {
        throw ChangeException.of(
            Kind.CONFLICT,
            "pool-in-use",
            "the route "
                + route.id()
                + " sends requests to pool "
                + id
                + "; remove or change the route first");
      }
    }
    return withPools(snapshot, without(snapshot.pools(), p -> p.id().equals(id)));
  }

  static Snapshot addBackend(Snapshot snapshot, String pool, BackendSpec backend)
      throws ChangeException {
    PoolSpec of = snapshot.pool(pool);
    if (of == null) {
      throw ChangeException.of(
          Kind.NOT_FOUND, "not-found", "there is no pool " + Refusals.quoted(pool));
    }
    PoolSpec now = of.withBackends(plus(of.backends(), backend));
    if (!SnapshotDocument.validate(new Snapshot(List.of(now), List.of())).isEmpty()) {
      throw ChangeException.of(
          Kind.EXISTS,
          "backend-exists",
          "pool %s has a backend with the id %s or the address %s already"
              .formatted(pool, backend.id(), backend.address()));
    }
    return snapshot.withPool(now);
  }

  static Snapshot addRoute(Snapshot snapshot, RouteSpec route) throws ChangeException {
    if (snapshot.route(route.id()) != null) {
      throw exists("route", route.id());
    }
    return new Snapshot(snapshot.pools(), plus(snapshot.routes(), route));
  }

  static Snapshot replaceRoute(Snapshot snapshot, RouteSpec route) {
    return new Snapshot(
        snapshot.pools(),
        snapshot.routes().stream().map(r -> r.id().equals(route.id()) ? route : r).toList());
  }

  static Snapshot removeRoute(Snapshot snapshot, String id) {
    return new Snapshot(snapshot.pools(), without(snapshot.routes(), r -> r.id().equals(id)));
  }

  private static ChangeException exists(String what, String id) {
    return ChangeException.of(
        Kind.EXISTS, what + "-exists", "there is a " + what + " " + id + " already");
  }

  private static Snapshot withPools(Snapshot snapshot, List<PoolSpec> pools) {
    return new Snapshot(pools, snapshot.routes());
  }

  private static <T> List<T> plus(List<T> list, T item) {
    List<T> result = new ArrayList<>(list);
    result.add(item);
    return result;
  }

  private static <T> List<T> without(List<T> list, Predicate<T> which) {
    return list.stream().filter(which.negate()).toList();
  }
}
