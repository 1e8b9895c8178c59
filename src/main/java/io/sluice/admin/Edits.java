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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Snapshots with one thing more, less or other. */
final class Edits {
  private Edits() {}

  static @Nullable PoolSpec pool(Snapshot snapshot, String id) {
    return snapshot.pools().stream().filter(p -> p.id().equals(id)).findFirst().orElse(null);
  }

  static @Nullable BackendSpec backend(Snapshot snapshot, String pool, String id) {
    PoolSpec of = pool(snapshot, pool);
    return of == null
        ? null
        : of.backends().stream().filter(b -> b.id().equals(id)).findFirst().orElse(null);
  }

  static @Nullable RouteSpec route(Snapshot snapshot, String id) {
    return snapshot.routes().stream().filter(r -> r.id().equals(id)).findFirst().orElse(null);
  }

  static Snapshot addPool(Snapshot snapshot, PoolSpec pool) throws ChangeException {
    if (pool(snapshot, pool.id()) != null) {
      throw exists("pool", pool.id());
    }
    return withPools(snapshot, plus(snapshot.pools(), pool));
  }

  static Snapshot replacePool(Snapshot snapshot, PoolSpec pool) {
    return withPools(
        snapshot, replaced(snapshot.pools(), p -> p.id().equals(pool.id()), before -> pool));
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
    PoolSpec of = pool(snapshot, pool);
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
    return replacePool(snapshot, now);
  }

  static Snapshot replaceBackend(Snapshot snapshot, String pool, BackendSpec backend) {
    return withPools(
        snapshot,
        replaced(
            snapshot.pools(),
            p -> p.id().equals(pool),
            p ->
                p.withBackends(
                    replaced(p.backends(), b -> b.id().equals(backend.id()), before -> backend))));
  }

  static Snapshot removeBackend(Snapshot snapshot, String pool, String id) {
    return withPools(
        snapshot,
        replaced(
            snapshot.pools(),
            p -> p.id().equals(pool),
            p -> p.withBackends(without(p.backends(), b -> b.id().equals(id)))));
  }

  static Snapshot addRoute(Snapshot snapshot, RouteSpec route) throws ChangeException {
    if (route(snapshot, route.id()) != null) {
      throw exists("route", route.id());
    }
    return new Snapshot(snapshot.pools(), plus(snapshot.routes(), route));
  }

  static Snapshot replaceRoute(Snapshot snapshot, RouteSpec route) {
    return new Snapshot(
        snapshot.pools(),
        replaced(snapshot.routes(), r -> r.id().equals(route.id()), before -> route));
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

  private static <T> List<T> replaced(List<T> list, Predicate<T> which, UnaryOperator<T> by) {
    return list.stream().map(item -> which.test(item) ? by.apply(item) : item).toList();
  }
}
