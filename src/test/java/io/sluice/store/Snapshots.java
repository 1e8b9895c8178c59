package io.sluice.store;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import java.util.ArrayList;
import java.util.List;

/** Snapshots to store. */
final class Snapshots {
  static final Snapshot NONE = new Snapshot(List.of(), List.of());
  static final Change CHANGE =
      new Change(
          new Actor("alice", "admin", "token:t1", "127.0.0.1"),
          "api",
          "PUT /api/v1/config",
          "because",
          "req-1");

  private Snapshots() {}

  /** So many pools {@code p0, p1 ...} of so many backends {@code b0, b1 ...}. */
  static Snapshot of(int pools, int backends) {
    List<PoolSpec> all = new ArrayList<>();
    for (int i = 0; i < pools; i++) {
      all.add(pool("p" + i, backends));
    }
    return new Snapshot(all, List.of());
  }

  static PoolSpec pool(String id, int backends) {
    List<BackendSpec> all = new ArrayList<>();
    for (int i = 0; i < backends; i++) {
      all.add(backend("b" + i, 8000 + i));
    }
    return PoolSpec.of(id, all);
  }

  static BackendSpec backend(String id, int port) {
    return BackendSpec.of(id, new Address.Tcp("10.0.0.1", port));
  }

  /** The same with a pool in the place of the one of its id, or at the end. */
  static Snapshot with(Snapshot snapshot, PoolSpec pool) {
    List<PoolSpec> pools = new ArrayList<>(snapshot.pools());
    int place = pools.stream().map(PoolSpec::id).toList().indexOf(pool.id());
    if (place < 0) {
      pools.add(pool);
    } else {
      pools.set(place, pool);
    }
    return new Snapshot(pools, snapshot.routes());
  }

  static RouteSpec route(String id, String pool) {
    return RouteSpec.of(id, RouteSpec.Match.ALL, new RouteSpec.Action.ToPool(pool));
  }

  static Snapshot withRoutes(Snapshot snapshot, RouteSpec... routes) {
    return new Snapshot(snapshot.pools(), List.of(routes));
  }

  /** A snapshot that only this step of a sequence has. */
  static Snapshot step(Snapshot snapshot, long step) {
    PoolSpec changing = snapshot.pools().get((int) (step % snapshot.pools().size()));
    List<BackendSpec> backends = new ArrayList<>(changing.backends());
    backends.set(0, backends.getFirst().withWeight((int) (step % BackendSpec.MAX_WEIGHT)));
    return with(snapshot, changing.withBackends(backends));
  }
}
