package io.sluice.telemetry;

import io.sluice.control.DataPlaneStatus;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The figures of all loops of one second, series by series. Collector only. */
final class Sums {
  private static final Series TOTAL = new Series.Total();

  private final Map<Series, Figures> figures = new HashMap<>();
  private final ArrayDeque<Figures> free = new ArrayDeque<>();

  /** Adds what a loop has counted for a backend or a route. */
  void add(LoopStatistics.Cell cell, Interval interval) {
    Series series = cell.series;
    if (series != null) {
      of(series).add(interval);
    }
    Series pool = cell.pool;
    if (pool != null) {
      of(pool).add(interval);
    }
    if (cell.countsForTotal()) {
      of(TOTAL).add(interval);
    }
  }

  private Figures of(Series series) {
    Figures found = figures.get(series);
    if (found == null) {
      @Nullable Figures used = free.pollLast();
      found = used == null ? new Figures() : used;
      figures.put(series, found);
    }
    return found;
  }

  /** Adds what is in flight. */
  void addInFlight(DataPlaneStatus now) {
    if (now.requests() > 0) {
      of(TOTAL).active += now.requests();
    }
    for (BackendStatus backend : now.backends()) {
      if (backend.requests() > 0) {
        of(new Series.OfBackend(backend.pool(), backend.backend())).active += backend.requests();
        of(new Series.OfPool(backend.pool())).active += backend.requests();
      }
    }
  }

  void each(BiConsumer<Series, Figures> to) {
    figures.forEach(to);
  }

  Map<Series, Point> toPoints(Instant at) {
    Map<Series, Point> points = HashMap.newHashMap(figures.size());
    figures.forEach((series, f) -> points.put(series, f.toPoint(at)));
    return Collections.unmodifiableMap(points);
  }

  /** Another second; what is needed no more than half the time is given up. */
  void clear() {
    while (free.size() > figures.size()) {
      free.removeLast();
    }
    for (Figures used : figures.values()) {
      used.clear();
      free.addLast(used);
    }
    figures.clear();
  }
}
