package io.sluice.admin;

import io.sluice.balance.Health;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The state that a backend is shown in; {@code frontend/src/state.ts} says the same.
 *
 * @param text for people, without the backend's name
 */
record ShownState(Kind kind, String text) {

  /** Shapes and colours, in the order of what an operator must look at first. */
  enum Kind {
    DOWN(1),
    EJECTED(2),
    DRAIN(3),
    MAINT(4),
    UNKNOWN(5),
    UP(6);

    /** What a table is sorted by. */
    final int rank;

    Kind(int rank) {
      this.rank = rank;
    }

    /** As styles and icons call it. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** As styles and icons call it. */
  public String css() {
    return kind.word();
  }

  /** Whether an operator should look at it. */
  boolean needsAttention() {
    return kind.compareTo(Kind.MAINT) <= 0;
  }

  /**
   * The state of a wanted backend.
   *
   * @param live those of it that live, see {@link Live.OfPool#of}
   * @param checked whether its pool checks backends
   */
  static ShownState of(
      BackendSpec spec, List<BackendStatus> live, boolean checked, Instant now, Formats fmt) {
    if (spec.adminState() == AdminState.DRAIN) {
      int left = live.stream().mapToInt(BackendStatus::requests).sum();
      String text = left > 0 ? "draining · " + fmt.number(left) + " left" : "drained";
      return new ShownState(Kind.DRAIN, text);
    }
    if (spec.adminState() == AdminState.MAINT) {
      return new ShownState(Kind.MAINT, "maintenance");
    }
    if (live.size() != 1 || live.getFirst().adminState() != AdminState.READY) {
      return ofName(live, checked, now, fmt);
    }
    ShownState one = observed(live.getFirst(), checked, now, fmt);
    return one.kind == Kind.UP && spec.weight() == 0
        ? new ShownState(Kind.UP, "up · weight 0")
        : one;
  }

  private static ShownState observed(
      BackendStatus backend, boolean checked, Instant now, Formats fmt) {
    // Who refuses connections is down; that traffic found it out too is less telling.
    Health health = backend.health();
    if (health.state() == Health.State.DOWN) {
      return new ShownState(Kind.DOWN, "down · " + fmt.span(Duration.between(health.since(), now)));
    }
    Instant until = backend.ejection().until();
    if (until != null) {
      return new ShownState(Kind.EJECTED, "ejected · " + fmt.span(Duration.between(now, until)));
    }
    if (health.state() == Health.State.UNKNOWN) {
      return checked
          ? new ShownState(Kind.UNKNOWN, "not checked yet")
          : new ShownState(Kind.UP, "up, unchecked");
    }
    return new ShownState(Kind.UP, "up");
  }

  /**
   * One name stands for several machines: the worst of those that are to take requests gives the
   * shape. The others end, or are not ready, as whoever runs them wants it.
   */
  private static ShownState ofName(
      List<BackendStatus> live, boolean checked, Instant now, Formats fmt) {
    if (live.isEmpty()) {
      return new ShownState(Kind.UNKNOWN, "no address");
    }
    boolean wanted = live.stream().anyMatch(b -> b.adminState() == AdminState.READY);
    Kind worst = wanted ? Kind.UP : Kind.DOWN;
    int up = 0;
    for (BackendStatus backend : live) {
      if (backend.adminState() != AdminState.READY) {
        continue;
      }
      Kind kind = observed(backend, checked, now, fmt).kind;
      up += kind == Kind.UP ? 1 : 0;
      worst = kind.compareTo(worst) < 0 ? kind : worst;
    }
    return new ShownState(worst, up + " of " + live.size() + " up");
  }

  /** Why it is so, in the words of whoever found out; null: nothing is wrong. */
  static @Nullable String why(List<BackendStatus> live) {
    for (BackendStatus backend : live) {
      if (backend.health().state() == Health.State.DOWN) {
        return backend.health().reason();
      }
    }
    for (BackendStatus backend : live) {
      if (backend.ejection().isEjected()) {
        return backend.ejection().reason();
      }
    }
    return null;
  }
}
