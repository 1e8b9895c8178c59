package io.sluice.telemetry;

import io.sluice.telemetry.Statistics.Point;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/** Adds up steps of the history to those that were asked for. Not thread-safe. */
final class Reading implements Steps.Visitor {
  private final List<Point> points = new ArrayList<>();
  private final Figures figures = new Figures();
  private final LongFunction<Instant> labels;
  private final long length;
  private final long unit;
  private long begin;
  private long lastRead;

  /**
   * Nothing read yet.
   *
   * @param labels the wall clock's time of a second
   * @param begin of the first step, in seconds
   * @param length of a step, in seconds
   * @param unit of the history, in seconds
   */
  Reading(LongFunction<Instant> labels, long begin, long length, long unit) {
    this.labels = labels;
    this.begin = begin;
    this.length = length;
    this.unit = unit;
  }

  @Override
  public void step(long second, Numbers in) {
    finishUntil(second);
    figures.readFrom(in);
    lastRead = second;
  }

  /** Finishes the steps that end before this second. */
  private void finishUntil(long second) {
    while (begin + length <= second) {
      Instant at = labels.apply(begin);
      begin += length;
      if (lastRead + unit != begin) {
        figures.active = 0; // what was in flight then is not what is in flight at the end
      }
      points.add(figures.isEmpty() ? Figures.emptyPoint(at) : figures.toPoint(at));
      figures.clear();
    }
  }

  /** The steps, oldest first; the last one ends there. */
  List<Point> finish(long end) {
    finishUntil(end);
    return List.copyOf(points);
  }
}
