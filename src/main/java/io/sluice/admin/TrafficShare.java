package io.sluice.admin;

import io.sluice.admin.World.Placed;
import io.sluice.config.PoolSpec;
import io.sluice.telemetry.Statistics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * How a pool's requests are shared among its backends, beside how the weights say it.
 *
 * @param actual of the last ten seconds; empty: there were no requests
 * @param configured as all weights say
 * @param summary the same in words
 */
record TrafficShare(String pool, List<Part> actual, List<Part> configured, String summary) {
  /** More could not be told apart; the smallest are drawn as one. */
  private static final int MOST_PARTS = 40;

  /** Below this there is no room for a label. */
  private static final double LABELLED = 0.07;

  /**
   * A backend's part of a bar.
   *
   * @param x where it begins, in hundredths of the bar
   * @param width in hundredths
   * @param css its colour
   * @param label its name and share; empty: there is no room
   * @param title the same always
   */
  record Part(String x, String width, String css, String label, String title) {}

  /** Of the busiest pools with more than one backend, at most so many. */
  static List<TrafficShare> of(Fleet fleet, Statistics statistics, Formats fmt, int most) {
    return fleet.world().pools().stream()
        .filter(pool -> pool.backends().size() > 1)
        .sorted(Comparator.comparingDouble((PoolSpec pool) -> -statistics.rps(pool.id())))
        .limit(most)
        .sorted(Comparator.comparing(PoolSpec::id))
        .map(pool -> of(fleet, pool.id(), statistics, fmt))
        .toList();
  }

  private static TrafficShare of(Fleet fleet, String pool, Statistics statistics, Formats fmt) {
    List<Placed> backends = fleet.world().backendsOf(pool);
    ToDoubleFunction<Placed> rates = placed -> statistics.rps(BackendRows.series(placed));
    List<Part> actual =
        parts(
            backends, rates, placed -> fleet.isEligible(placed) ? "fill-accent" : "fill-warn", fmt);
    List<Part> configured =
        parts(backends, placed -> placed.backend().weight(), placed -> "fill-mute", fmt);
    long resting = backends.stream().filter(placed -> !fleet.isEligible(placed)).count();
    String summary =
        resting == 0
            ? "all of them take requests"
            : resting == backends.size()
                ? "none of them takes requests"
                : resting + " of " + backends.size() + " take no new requests";
    return new TrafficShare(pool, actual, configured, summary);
  }

  /** The colour of a backend's part. */
  private interface Colour {
    String of(Placed placed);
  }

  private static List<Part> parts(
      List<Placed> backends, ToDoubleFunction<Placed> size, Colour colour, Formats fmt) {
    record Sized(Placed placed, double size) {}
    List<Sized> all =
        backends.stream()
            .map(placed -> new Sized(placed, size.applyAsDouble(placed)))
            .filter(sized -> sized.size > 0)
            .toList();
    double whole = all.stream().mapToDouble(Sized::size).sum();
    double least =
        all.size() <= MOST_PARTS
            ? 0
            : all.stream()
                .map(Sized::size)
                .sorted(Comparator.reverseOrder())
                .skip(MOST_PARTS - 1)
                .findFirst()
                .orElse(0.0);
    List<Part> parts = new ArrayList<>();
    double x = 0;
    for (Sized sized : all) {
      double share = sized.size / whole;
      if (sized.size >= least && parts.size() < MOST_PARTS) {
        parts.add(part(x, share, colour.of(sized.placed), sized.placed.backend().id(), fmt));
        x += share;
      }
    }
    if (x < 1 - 1e-9 && !all.isEmpty()) {
      parts.add(part(x, 1 - x, "fill-soft", all.size() - parts.size() + " others", fmt));
    }
    return parts;
  }

  private static Part part(double x, double share, String css, String name, Formats fmt) {
    String title = name + " " + rough(share, fmt);
    return new Part(hundredths(x), hundredths(share), css, share >= LABELLED ? title : "", title);
  }

  /** A share where room is scarce: 50 %, 0.4 %. */
  static String rough(double share, Formats fmt) {
    double percent = share * 100;
    return percent > 0 && percent < 1
        ? String.format(Locale.ROOT, "%.1f %%", Math.max(0.1, percent))
        : fmt.number(Math.round(percent)) + " %";
  }

  private static String hundredths(double part) {
    return String.format(Locale.ROOT, "%.2f%%", part * 100);
  }
}
