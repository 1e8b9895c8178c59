package io.sluice.control;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.control.ChangeException.Kind;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What drains change of a snapshot. */
final class DrainEdits {
  private DrainEdits() {}

  static @Nullable PoolSpec pool(Snapshot snapshot, String id) {
    for (PoolSpec pool : snapshot.pools()) {
      if (pool.id().equals(id)) {
        return pool;
      }
    }
    return null;
  }

  static @Nullable BackendSpec backend(Snapshot snapshot, String pool, String id) {
    PoolSpec in = pool(snapshot, pool);
    if (in != null) {
      for (BackendSpec backend : in.backends()) {
        if (backend.id().equals(id)) {
          return backend;
        }
      }
    }
    return null;
  }

  /** The admin state as operators write it. */
  static String word(AdminState state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  /** Sets an admin state whatever it was. */
  static Snapshot adminState(Snapshot now, String pool, String id, AdminState state)
      throws ChangeException {
    BackendSpec before = existing(now, pool, id);
    if (before.adminState() == state) {
      return now;
    }
    return edit(
        now,
        pool,
        backends ->
            backends.stream().map(b -> b.id().equals(id) ? b.withAdminState(state) : b).toList());
  }

  /** Sets it if it still is what it is expected to be. */
  static Snapshot adminState(
      Snapshot now, String pool, String id, AdminState expected, AdminState state)
      throws ChangeException {
    expect(now, pool, id, expected);
    return adminState(now, pool, id, state);
  }

  /** Takes a drained backend away. */
  static Snapshot remove(Snapshot now, String pool, String id) throws ChangeException {
    expect(now, pool, id, AdminState.DRAIN);
    return edit(now, pool, backends -> backends.stream().filter(b -> !b.id().equals(id)).toList());
  }

  private static void expect(Snapshot now, String pool, String id, AdminState expected)
      throws ChangeException {
    AdminState found = existing(now, pool, id).adminState();
    if (found != expected) {
      throw ChangeException.of(
          Kind.CONFLICT,
          "conflict",
          "backend %s of pool %s is %s by now and not %s"
              .formatted(id, pool, word(found), word(expected)));
    }
  }

  private static BackendSpec existing(Snapshot now, String pool, String id) throws ChangeException {
    if (pool(now, pool) == null) {
      throw ChangeException.of(Kind.NOT_FOUND, "not-found", "there is no pool " + pool);
    }
    BackendSpec found = backend(now, pool, id);
    if (found == null) {
      throw ChangeException.of(
          Kind.NOT_FOUND, "not-found", "pool %s has no backend %s".formatted(pool, id));
    }
    return found;
  }

  private static Snapshot edit(Snapshot now, String pool, UnaryOperator<List<BackendSpec>> change) {
    List<PoolSpec> pools =
        now.pools().stream()
            .map(p -> p.id().equals(pool) ? p.withBackends(change.apply(p.backends())) : p)
            .toList();
    return new Snapshot(pools, now.routes());
  }
}
