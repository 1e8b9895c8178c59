package io.sluice.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks what a single pool, backend or route cannot know: ids and addresses are unique, and each
 * route's pool exists. The file and the API ask the same questions here.
 */
final class SnapshotValidator {

  /** Looking for what was meant costs as much as there are pools. */
  private static final int MOST_HINTS = 20;

  private final Snapshot snapshot;
  private final List<SnapshotDocument.Violation> violations = new ArrayList<>();

  private SnapshotValidator(Snapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** All violations in the order of the snapshot; empty: it is sound. */
  static List<SnapshotDocument.Violation> validate(Snapshot snapshot) {
    SnapshotValidator validator = new SnapshotValidator(snapshot);
    validator.pools();
    validator.routes();
    return List.copyOf(validator.violations);
  }

  private void pools() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < snapshot.pools().size(); i++) {
      PoolSpec pool = snapshot.pools().get(i);
      if (!ids.add(pool.id())) {
        report("/pools/" + i + "/id", Quoted.of(pool.id()) + " is already another pool's id");
      }
      backends("/pools/" + i + "/backends/", pool.backends());
    }
  }

  private void backends(String pointer, List<BackendSpec> backends) {
    Set<String> ids = new HashSet<>();
    Set<String> addresses = new HashSet<>();
    for (int i = 0; i < backends.size(); i++) {
      BackendSpec backend = backends.get(i);
      boolean newAddress = addresses.add(Addresses.identity(backend.address()));
      boolean newId = ids.add(backend.id());
      if (!newAddress) {
        report(
            pointer + i + "/address",
            Quoted.of(backend.address().toString())
                + " is already another backend's address in this pool; use weight for a larger"
                + " share");
      }
      boolean follows =
          !newAddress && backend.id().equals(BackendSpec.defaultId(backend.address()));
      if (!newId && !follows) {
        report(
            pointer + i + "/id",
            Quoted.of(backend.id()) + " is already another backend's id in this pool");
      }
    }
  }

  private void routes() {
    List<String> pools = snapshot.pools().stream().map(PoolSpec::id).distinct().toList();
    Set<String> known = Set.copyOf(pools);
    Set<String> ids = new HashSet<>();
    int unknown = 0;
    for (int i = 0; i < snapshot.routes().size(); i++) {
      RouteSpec route = snapshot.routes().get(i);
      if (!ids.add(route.id())) {
        report("/routes/" + i + "/id", Quoted.of(route.id()) + " is already another route's id");
      }
      if (route.action() instanceof RouteSpec.Action.ToPool(String pool) && !known.contains(pool)) {
        report(
            "/routes/" + i + "/pool",
            "no pool has the id "
                + Quoted.of(pool)
                + (++unknown > MOST_HINTS ? "" : hint(pool, pools)));
      }
    }
  }

  private static String hint(String pool, List<String> pools) {
    return pools.isEmpty() ? "; there is no pool" : NearestName.hint(pool, pools);
  }

  private void report(String pointer, String message) {
    violations.add(new SnapshotDocument.Violation(pointer, message));
  }
}
