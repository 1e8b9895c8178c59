package io.sluice.admin;

import io.sluice.control.Operation;
import io.sluice.store.History.Transition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A backend's last day as a strip of colours.
 *
 * @param parts oldest first, without a gap from where it is known; drains lie over them at the end
 *     of the list
 * @param begin of the strip
 * @param summary the same in words
 */
record HealthLane(List<Part> parts, Instant begin, String summary) {
  static final Duration LENGTH = Duration.ofHours(24);

  /** So much of the strip is drawn at least, in percent: what was short must be seen too. */
  private static final double LEAST = 0.3;

  /**
   * A time in one state.
   *
   * @param x where it begins, as a percentage
   * @param width as a percentage
   * @param css its colour
   * @param title what it was
   */
  record Part(String x, String width, String css, String title) {}

  /**
   * The strip of a backend.
   *
   * @param transitions its changes, newest first
   * @param nowUp how it is: {@code up}, {@code down}, {@code unknown} or {@code ejected}
   * @param since when it is known to be so at least; before that nothing is, unless a change tells
   * @param operations on it
   */
  static HealthLane of(
      List<Transition> transitions,
      String nowUp,
      Instant since,
      List<Operation> operations,
      Instant now,
      Formats fmt) {
    Instant begin = now.minus(LENGTH);
    List<Part> parts = new ArrayList<>();
    Instant end = now;
    String state = nowUp;
    Duration bad = Duration.ZERO;
    int times = 0;
    for (Transition transition : transitions) {
      if (transition.at().isBefore(begin) || !transition.at().isBefore(end)) {
        continue;
      }
      parts.add(part(begin, transition.at(), end, state, fmt));
      if (isBad(state)) {
        bad = bad.plus(Duration.between(transition.at(), end));
        times++;
      }
      end = transition.at();
      state = transition.from().equals("none") ? "up" : transition.from();
    }
    // What is not known is not drawn.
    Instant known = end.equals(now) && since.isAfter(begin) ? since : begin;
    known = known.isAfter(end) ? end : known;
    parts.add(part(begin, known, end, state, fmt));
    if (isBad(state)) {
      bad = bad.plus(Duration.between(known, end));
      times++;
    }
    List<Part> oldestFirst = new ArrayList<>(parts.reversed());
    for (Operation operation : operations) {
      Instant until = operation.endedAt() == null ? now : operation.endedAt();
      if (until.isAfter(begin)) {
        Instant from = operation.startedAt().isBefore(begin) ? begin : operation.startedAt();
        oldestFirst.add(part(begin, from, until, "draining", fmt));
      }
    }
    String within =
        known.isAfter(begin)
            ? "the " + fmt.span(Duration.between(known, now)) + " that are known"
            : "24 hours";
    String often = times == 0 ? "never" : times == 1 ? "once" : times + " times";
    String summary =
        often
            + " down or ejected within "
            + within
            + (times == 0 ? "" : ", " + fmt.span(bad) + " in all");
    return new HealthLane(oldestFirst, begin, summary);
  }

  private static boolean isBad(String state) {
    return state.equals("down") || state.equals("ejected");
  }

  private static Part part(Instant begin, Instant from, Instant to, String state, Formats fmt) {
    double whole = LENGTH.toMillis();
    double x = Duration.between(begin, from).toMillis() / whole * 100;
    double width = Duration.between(from, to).toMillis() / whole * 100;
    String css =
        switch (state) {
          case "up" -> "fill-ok";
          case "down", "ejected" -> "fill-bad";
          case "draining" -> "fill-warn";
          default -> "fill-mute";
        };
    return new Part(
        percent(Math.min(x, 100 - LEAST)),
        percent(Math.max(LEAST, width)),
        css,
        state + " for " + fmt.span(Duration.between(from, to)));
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f%%", value);
  }
}
