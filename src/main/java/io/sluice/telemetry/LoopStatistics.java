package io.sluice.telemetry;

import io.sluice.proxy.FinishedRequest;
import io.sluice.proxy.ProxyObserver;
import io.sluice.telemetry.Statistics.Series;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's figures. There are two batches of intervals: the loop fills one with plain
 * writes while the collector empties the other. The collector has them swapped by a task on the
 * loop, so that no request needs a fence, and none is in both batches or in neither. A loop that is
 * busy swaps late: its figures then count for a later second.
 *
 * <p>An interval belongs to a backend or route only from its first request in the batch on, so what
 * is idle holds no histogram. HdrHistogram's own recorders would cost each request two atomic
 * operations for each histogram, and each idle backend two histograms on each loop.
 */
final class LoopStatistics implements ProxyObserver.Loop {
  /** Hand-overs after which a backend or route without requests loses its place in the table. */
  private static final int FORGET_AFTER = 3600;

  /** Hand-overs after which intervals that were never needed meanwhile are given up. */
  private static final int TRIM_AFTER = 60;

  private final Executor tasks;

  // The loop's own.
  private final PairTable<Cell> backends = new PairTable<>();
  private final PairTable<Cell> routes = new PairTable<>();
  private Batch filling = new Batch();
  private int epoch;

  /** Written by the loop when it has swapped, taken by the collector. */
  private volatile @Nullable Batch handed;

  // The collector's own.
  private Batch empty = new Batch();
  private boolean asked;

  /** Where a loop finds the interval of a backend or route. */
  static final class Cell extends PairTable.Entry {
    /** The backend or the route; null for requests that reached none. */
    final @Nullable Series series;

    /** The pool; null for a route and for requests that reached none. */
    final Series.@Nullable OfPool pool;

    // The loop's own.
    private int epoch;
    private @Nullable Interval interval;

    private Cell(
        String first,
        String second,
        @Nullable Series series,
        Series.@Nullable OfPool pool,
        int epoch) {
      super(first, second);
      this.series = series;
      this.pool = pool;
      this.epoch = epoch;
    }

    static Cell ofBackend(String pool, String backend, int epoch) {
      return new Cell(
          pool,
          backend,
          backend.isEmpty() ? null : new Series.OfBackend(pool, backend),
          pool.isEmpty() ? null : new Series.OfPool(pool),
          epoch);
    }

    static Cell ofRoute(String route, int epoch) {
      return new Cell(route, "", new Series.OfRoute(route), null, epoch);
    }

    /** Whether its figures count in no route, but for a pool and the total. */
    boolean countsForTotal() {
      return !(series instanceof Series.OfRoute);
    }
  }

  /** Intervals that are used again; the first ones are in use. */
  private static final class Batch {
    private @Nullable Interval[] intervals = new Interval[16];
    private int used;

    // The collector's own.
    private int most;
    private int turns;

    Interval next(Cell cell) {
      if (used == intervals.length) {
        intervals = Arrays.copyOf(intervals, used * 2);
      }
      Interval interval = intervals[used];
      if (interval == null) {
        interval = new Interval(cell);
        intervals[used] = interval;
      } else {
        interval.cell = cell;
      }
      used++;
      return interval;
    }

    void empty(BiConsumer<Cell, Interval> to) {
      for (int i = 0; i < used; i++) {
        Interval interval = intervals[i];
        if (interval != null) {
          to.accept(interval.cell, interval);
          interval.clear();
        }
      }
      most = Math.max(most, used);
      used = 0;
      if (++turns == TRIM_AFTER) {
        turns = 0;
        Arrays.fill(intervals, most, intervals.length, null);
        most = 0;
      }
    }
  }

  /**
   * Nothing counted yet.
   *
   * @param tasks runs a task on the loop
   */
  LoopStatistics(Executor tasks) {
    this.tasks = tasks;
  }

  // ---------------------------------------------------------------- the loop's side

  @Override
  public void requestEnded(FinishedRequest request) {
    backend(request).count(request);
    String route = request.routeId();
    if (route != null) {
      route(route).count(request);
    }
  }

  @Override
  public void connectFailed(FinishedRequest soFar) {
    count(soFar, Interval.CONNECT_FAILURES);
  }

  @Override
  public void triedAgain(FinishedRequest soFar) {
    count(soFar, Interval.RETRIES);
  }

  private void count(FinishedRequest soFar, int counter) {
    backend(soFar).count(counter);
    String route = soFar.routeId();
    if (route != null) {
      route(route).count(counter);
    }
  }

  private Interval backend(FinishedRequest request) {
    String pool = orEmpty(request.poolId());
    String backend = orEmpty(request.backendId());
    Cell cell = backends.get(pool, backend);
    if (cell == null) {
      cell = Cell.ofBackend(pool, backend, epoch - 1);
      backends.put(cell);
    }
    return interval(cell);
  }

  private static String orEmpty(@Nullable String id) {
    return id == null ? "" : id;
  }

  private Interval route(String route) {
    Cell cell = routes.get(route, "");
    if (cell == null) {
      cell = Cell.ofRoute(route, epoch - 1);
      routes.put(cell);
    }
    return interval(cell);
  }

  private Interval interval(Cell cell) {
    Interval interval = cell.interval;
    if (cell.epoch != epoch || interval == null) {
      interval = filling.next(cell);
      cell.interval = interval;
      cell.epoch = epoch;
    }
    return interval;
  }

  private void swap(Batch next) {
    Batch full = filling;
    filling = next;
    epoch++;
    if (epoch % FORGET_AFTER == 0) {
      backends.removeIf(this::isIdle);
      routes.removeIf(this::isIdle);
    }
    handed = full;
  }

  private boolean isIdle(Cell cell) {
    return epoch - cell.epoch > FORGET_AFTER;
  }

  // ---------------------------------------------------------------- the collector's side

  /** Asks the loop for what it has; {@link #take} gives it. Collector only, as all that follow. */
  void ask() {
    if (asked) {
      return;
    }
    asked = true;
    Batch next = empty;
    try {
      tasks.execute(() -> swap(next));
    } catch (RejectedExecutionException e) {
      swap(next); // the loop has ended and will not write any more
    }
  }

  /** Whether {@link #take} has something to give. */
  boolean isReady() {
    return handed != null;
  }

  /** Gives every interval that was handed over, once; the receiver may not keep it. */
  void take(BiConsumer<Cell, Interval> to) {
    Batch full = handed;
    if (full != null) {
      handed = null;
      full.empty(to);
      empty = full;
      asked = false;
    }
  }
}
