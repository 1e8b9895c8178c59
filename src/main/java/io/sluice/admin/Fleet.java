package io.sluice.admin;

import io.sluice.admin.World.Placed;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneStatus;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All backends at one moment, as wanted and as observed: what one page is made of. */
final class Fleet {
  private static final Live.OfPool NOTHING = new Live.OfPool(List.of());

  private final World world;
  private final DataPlaneStatus status;
  private final Live plane;
  private final Map<String, Live.OfPool> observed = new HashMap<>();
  private final Formats fmt;
  private final Instant now = Instant.now();

  /** A look at all there is. */
  Fleet(World world, DataPlane dataPlane, Formats fmt) {
    this.world = world;
    this.status = dataPlane.status();
    this.plane = new Live(dataPlane);
    this.fmt = fmt;
    Map<String, List<BackendStatus>> byPool = new HashMap<>();
    for (BackendStatus backend : status.backends()) {
      byPool.computeIfAbsent(backend.pool(), pool -> new ArrayList<>()).add(backend);
    }
    byPool.forEach((pool, backends) -> observed.put(pool, new Live.OfPool(backends)));
  }

  Instant now() {
    return now;
  }

  World world() {
    return world;
  }

  DataPlaneStatus status() {
    return status;
  }

  Live.OfPool of(String pool) {
    return observed.getOrDefault(pool, NOTHING);
  }

  /** Those of a wanted backend that live: several when its address is a name. */
  List<BackendStatus> live(Placed placed) {
    return of(placed.pool().id()).of(placed.backend());
  }

  /** What is wrong with a backend, in the words of whoever found out; null: nothing. */
  @Nullable String why(Placed placed) {
    String trouble = plane.trouble(placed.backend().address());
    return trouble != null ? trouble : ShownState.why(live(placed));
  }

  boolean isEligible(Placed placed) {
    return of(placed.pool().id()).isEligible(placed.backend());
  }

  ShownState state(Placed placed) {
    boolean checked = placed.pool().healthCheck() != null;
    return ShownState.of(placed.backend(), live(placed), checked, now, fmt);
  }

  /** How many backends there are in each state, how many take traffic, how many there are. */
  Counts counts() {
    Map<ShownState.Kind, Integer> kinds = new EnumMap<>(ShownState.Kind.class);
    int taking = 0;
    for (Placed placed : world.backends()) {
      kinds.merge(state(placed).kind(), 1, Integer::sum);
      taking += isEligible(placed) ? 1 : 0;
    }
    return new Counts(world.backends().size(), taking, kinds);
  }

  /**
   * How many there are.
   *
   * @param taking those that take traffic
   */
  record Counts(int total, int taking, Map<ShownState.Kind, Integer> kinds) {
    int of(ShownState.Kind kind) {
      return kinds.getOrDefault(kind, 0);
    }

    /** The one sentence that a page begins with. */
    String headline(Formats fmt) {
      if (total == 0) {
        return "No backend yet";
      }
      if (taking == total) {
        return total == 1
            ? "The one backend takes traffic"
            : "All " + fmt.number(total) + " backends take traffic";
      }
      return fmt.number(taking) + " of " + fmt.count(total, "backend") + " take traffic";
    }

    /** What is with the others; empty: nothing. */
    String others(Formats fmt) {
      List<String> parts = new ArrayList<>();
      add(parts, ShownState.Kind.DRAIN, of(ShownState.Kind.DRAIN) == 1 ? "drains" : "drain", fmt);
      add(parts, ShownState.Kind.EJECTED, "ejected", fmt);
      add(parts, ShownState.Kind.DOWN, "down", fmt);
      add(parts, ShownState.Kind.MAINT, "in maintenance", fmt);
      return String.join(", ", parts);
    }

    private void add(List<String> parts, ShownState.Kind kind, String word, Formats fmt) {
      if (of(kind) > 0) {
        parts.add(fmt.number(of(kind)) + " " + word);
      }
    }
  }
}
