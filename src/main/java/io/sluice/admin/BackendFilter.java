package io.sluice.admin;

import io.sluice.admin.World.Placed;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which backends of a list are wanted: by a text, and by words of their state. */
final class BackendFilter {
  private static final Set<String> STATES =
      Set.of(
          "ready", "drain", "maint", "up", "down", "unknown", "ejected", "eligible", "ineligible");

  private BackendFilter() {}

  /**
   * A filter; without both parts all are wanted.
   *
   * @param text that id, pool, address or a label has in it
   * @param state words with commas, one of which must fit; others than the known ones are refused
   * @param observed how a backend's pool is at the moment; asked only when there are states
   */
  static Predicate<Placed> of(
      @Nullable String text, @Nullable String state, Function<Placed, Live.OfPool> observed) {
    Predicate<Placed> wanted = placed -> true;
    if (text != null && !text.isBlank()) {
      String lower = text.strip().toLowerCase(Locale.ROOT);
      wanted = wanted.and(placed -> placed.contains(lower));
    }
    if (state != null && !state.isEmpty()) {
      List<String> states = List.of(state.split(",", -1));
      if (!STATES.containsAll(states)) {
        throw Refusals.parameter(
            "state", "expected one or more, with commas, of " + String.join(", ", sorted()));
      }
      wanted = wanted.and(placed -> observed.apply(placed).isIn(placed.backend(), states));
    }
    return wanted;
  }

  private static List<String> sorted() {
    return STATES.stream().sorted().toList();
  }
}
