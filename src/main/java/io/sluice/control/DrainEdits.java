package io.sluice.control;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.control.ChangeException.Kind;
import java.util.Locale;

/** What drains change of a snapshot. */
final class DrainEdits {
  private DrainEdits() {}

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
    return now.withPool(pool(now, pool).withBackend(before.withAdminState(state)));
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
    return now.withPool(pool(now, pool).withoutBackend(id));
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

  private static PoolSpec pool(Snapshot now, String id) throws ChangeException {
    PoolSpec found = now.pool(id);
    if (found == null) {
      throw ChangeException.of(Kind.NOT_FOUND, "not-found", "there is no pool " + id);
    }
    return found;
  }

  private static BackendSpec existing(Snapshot now, String pool, String id) throws ChangeException {
    BackendSpec found = pool(now, pool).backend(id);
    if (found == null) {
      throw ChangeException.of(
          Kind.NOT_FOUND, "not-found", "pool %s has no backend %s".formatted(pool, id));
    }
    return found;
  }
}
