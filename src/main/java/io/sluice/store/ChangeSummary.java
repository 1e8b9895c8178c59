package io.sluice.store;

import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** What differs between two snapshots, in a line: one is named, more are counted. */
final class ChangeSummary {
  private ChangeSummary() {}

  /** For instance {@code pool default: backend b2 added}. */
  static String of(Snapshot before, Snapshot after) {
    Difference<PoolSpec> pools = Difference.of(before.pools(), after.pools(), PoolSpec::id);
    Difference<RouteSpec> routes = Difference.of(before.routes(), after.routes(), RouteSpec::id);
    if (routes.isNone() && pools.isOneChange()) {
      Pair<PoolSpec> pool = pools.changed.getFirst();
      return "pool " + pool.after.id() + ": " + of(pool.before, pool.after);
    }
    List<String> all = new ArrayList<>();
    pools.tell("pool", all);
    routes.tell("route", all);
    return all.isEmpty() ? "nothing changed" : String.join(", ", all);
  }

  private static String of(PoolSpec before, PoolSpec after) {
    Difference<BackendSpec> backends =
        Difference.of(before.backends(), after.backends(), BackendSpec::id);
    List<String> all = new ArrayList<>();
    if (!before.withBackends(after.backends()).equals(after)) {
      all.add("settings changed");
    }
    if (backends.isOneChange()) {
      Pair<BackendSpec> one = backends.changed.getFirst();
      all.add("backend " + one.after.id() + " " + of(one.before, one.after));
    } else {
      backends.tell("backend", all);
    }
    return String.join(", ", all);
  }

  private static String of(BackendSpec before, BackendSpec after) {
    if (before.withAdminState(after.adminState()).equals(after)) {
      return "set to " + after.adminState().name().toLowerCase(Locale.ROOT);
    }
    if (before.withWeight(after.weight()).equals(after)) {
      return "weight " + before.weight() + " to " + after.weight();
    }
    return "changed";
  }

  /** The same thing before and after. */
  private record Pair<T>(T before, T after) {}

  /** How one list has become another. */
  private record Difference<T>(
      List<String> added,
      List<String> removed,
      List<Pair<T>> changed,
      List<String> changedIds,
      boolean reordered) {

    static <T> Difference<T> of(List<T> before, List<T> after, Function<T, String> id) {
      Map<String, T> old = new LinkedHashMap<>();
      before.forEach(item -> old.put(id.apply(item), item));
      List<String> common = new ArrayList<>();
      List<String> added = new ArrayList<>();
      List<Pair<T>> changed = new ArrayList<>();
      List<String> changedIds = new ArrayList<>();
      for (T item : after) {
        T previous = old.get(id.apply(item));
        if (previous == null) {
          added.add(id.apply(item));
          continue;
        }
        common.add(id.apply(item));
        if (previous != item && !previous.equals(item)) {
          changed.add(new Pair<>(previous, item));
          changedIds.add(id.apply(item));
        }
      }
      List<String> removed = new ArrayList<>(old.keySet());
      removed.removeAll(new HashSet<>(common));
      List<String> left = new ArrayList<>(old.keySet());
      left.removeAll(new HashSet<>(removed));
      return new Difference<>(added, removed, changed, changedIds, !left.equals(common));
    }

    boolean isNone() {
      return added.isEmpty() && removed.isEmpty() && changed.isEmpty() && !reordered;
    }

    boolean isOneChange() {
      return changed.size() == 1 && added.isEmpty() && removed.isEmpty() && !reordered;
    }

    void tell(String noun, List<String> all) {
      tell(noun, added, "added", all);
      tell(noun, removed, "removed", all);
      tell(noun, changedIds, "changed", all);
      if (reordered) {
        all.add("order of " + noun + "s changed");
      }
    }

    private static void tell(String noun, List<String> ids, String what, List<String> all) {
      if (ids.size() == 1) {
        all.add(noun + " " + ids.getFirst() + " " + what);
      } else if (!ids.isEmpty()) {
        all.add(ids.size() + " " + noun + "s " + what);
      }
    }
  }
}
