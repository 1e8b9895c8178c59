package io.sluice.telemetry;

import io.sluice.control.DataPlaneStatus;
import io.sluice.proxy.ProxyObserver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What traffic was like: for each backend, pool and route and for all of it, by the second for 15
 * minutes and by the minute for 24 hours.
 *
 * <p>Each event loop counts for itself ({@link LoopStatistics}). Once a second the thread {@code
 * sluice-statistics} takes what the loops have, adds it up and keeps it ({@link History}). A
 * request counts for the second in which it was taken: at most some milliseconds late, longer when
 * its loop or that thread was held up. No request is lost, none counts twice.
 *
 * <p>Percentiles come from histograms, for longer steps too: a figure is the middle of a bucket,
 * 1/32 from the true value at most, or 0.6 µs below 16 µs; requests of more than an hour count as
 * one hour.
 *
 * <p>Seconds follow the monotonic clock, so that none is missing or doubled when the wall clock is
 * set; only the labels come from the wall clock as it is now.
 */
public final class Statistics implements ProxyObserver, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Statistics.class);

  /** How far back seconds reach. */
  public static final Duration SECONDS = Duration.ofMinutes(15);

  /** How far back minutes reach. */
  public static final Duration MINUTES = Duration.ofHours(24);

  private static final long NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long MILLIS = TimeUnit.SECONDS.toMillis(1);
  private static final long CLOSE_MILLIS = 5_000;

  /** How long a second waits for loops; what comes later counts for the next one. */
  private static final long HAND_OVER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long HAND_OVER_PAUSE = TimeUnit.MICROSECONDS.toNanos(500);

  /** Seconds or minutes that the begin of a step is rounded to at most. */
  private static final int LONGEST_GRID = 60;

  private static final Series.Total TOTAL = new Series.Total();

  private static final DataPlaneStatus UNKNOWN =
      new DataPlaneStatus(0, 0, 0, 0, List.of(), List.of(), List.of(), List.of());

  /** What is looked at. */
  public sealed interface Series {
    /** A backend. */
    record OfBackend(String pool, String backend) implements Series {
      @Override
      public String key() {
        return "backend:" + pool + "/" + backend;
      }
    }

    /** A pool. */
    record OfPool(String pool) implements Series {
      @Override
      public String key() {
        return "pool:" + pool;
      }
    }

    /** A route. */
    record OfRoute(String route) implements Series {
      @Override
      public String key() {
        return "route:" + route;
      }
    }

    /** Everything, requests without a route included. */
    record Total() implements Series {
      @Override
      public String key() {
        return "total";
      }
    }

    /** {@code backend:POOL/ID}, {@code pool:ID}, {@code route:ID} or {@code total}. */
    String key();

    /**
     * The series of a {@link #key}.
     *
     * @throws IllegalArgumentException when it is none
     */
    static Series parse(String key) {
      int colon = key.indexOf(':');
      String kind = key.substring(0, colon + 1);
      String id = key.substring(colon + 1);
      int slash = id.indexOf('/');
      if (kind.equals("backend:") && slash >= 0) {
        return new OfBackend(id.substring(0, slash), id.substring(slash + 1));
      } else if (kind.equals("pool:")) {
        return new OfPool(id);
      } else if (kind.equals("route:")) {
        return new OfRoute(id);
      } else if (key.equals("total")) {
        return TOTAL;
      }
      throw new IllegalArgumentException("there is no series " + key);
    }
  }

  /**
   * One step of a series.
   *
   * @param at its begin
   * @param requests that ended in it
   * @param statusClasses of these: none, 1xx, 2xx, 3xx, 4xx, 5xx
   * @param bytesIn of request bodies
   * @param bytesOut to clients, heads and bodies
   * @param connectFailures connections to a backend that could not be made
   * @param retries tries that failed and were followed by another one; a backend's are those that
   *     failed there
   * @param p50 of their latency in nanoseconds; 0 without requests
   * @param active in flight at its end; 0 for a route, of which that is not known
   */
  public record Point(
      Instant at,
      long requests,
      List<Long> statusClasses,
      long bytesIn,
      long bytesOut,
      long connectFailures,
      long retries,
      long p50,
      long p95,
      long p99,
      int active) {
    public Point {
      statusClasses = List.copyOf(statusClasses);
    }
  }

  private final LongSupplier nanos;
  private final InstantSource wall;
  private final History history;
  private final List<LoopStatistics> loops = new CopyOnWriteArrayList<>();
  private final WarningPace pace = new WarningPace();

  /** Wall time at the begin, in seconds: seconds are counted from there. */
  private final long firstSecond;

  /** Monotonic time at the begin of {@link #firstSecond}. */
  private final long firstNanos;

  /** Written by {@link #close}, read by the collector. */
  private volatile boolean closing;

  /** Written by the collector, once a second. */
  private volatile Second last;

  // Written before the thread starts.
  private Supplier<DataPlaneStatus> status = () -> UNKNOWN;
  private @Nullable MinuteWriter writer;
  private @Nullable Thread thread;

  /** Held while a second ends, or the minute in progress is given away. */
  private final ReentrantLock ending = new ReentrantLock();

  // The collector's own.
  private final Sums sums = new Sums();

  /**
   * The last second that is complete.
   *
   * @param number as {@link #second} counts
   * @param shift what the wall clock is ahead of that, in seconds
   */
  private record Second(long number, long shift, Map<Series, Point> points) {
    Instant at(long second) {
      return Instant.ofEpochSecond(second + shift);
    }
  }

  /** Nothing counted, nothing running yet. */
  public Statistics() {
    this(System::nanoTime, InstantSource.system(), History.defaultBudget());
  }

  /**
   * The same with clocks of the caller's.
   *
   * @param nanos monotonic
   * @param budget most bytes that are kept, roughly
   */
  Statistics(LongSupplier nanos, InstantSource wall, long budget) {
    this.nanos = nanos;
    this.wall = wall;
    this.history = new History(budget);
    Instant now = wall.instant();
    this.firstSecond = now.getEpochSecond();
    this.firstNanos = nanos.getAsLong() - now.getNano();
    this.last = new Second(firstSecond - 1, 0, Map.of());
  }

  @Override
  public Loop forLoop(int loop, Executor tasks) {
    LoopStatistics statistics = new LoopStatistics(tasks);
    loops.add(statistics);
    return statistics;
  }

  /**
   * Continues from what a {@link MinuteSink} was given before a restart. To be called before {@link
   * #start}; what is too old, from the future or unreadable is left out.
   */
  public void load(List<MinuteSink.Minute> minutes) {
    history.load(minutes, Math.floorDiv(second(), SeriesHistory.MINUTE_SECONDS));
  }

  /**
   * Begins to collect. Once.
   *
   * @param inFlight asked once a second, by the collector
   * @param sink gets every whole minute, and at the end the one in progress
   */
  public void start(Supplier<DataPlaneStatus> inFlight, MinuteSink sink) {
    prepare(inFlight, sink);
    Thread collector =
        Thread.ofPlatform().name("sluice-statistics").daemon().unstarted(this::collect);
    thread = collector;
    collector.start();
  }

  /** The same for a caller that calls {@link #tick} by itself. */
  void prepare(Supplier<DataPlaneStatus> inFlight, MinuteSink sink) {
    status = inFlight;
    writer = new MinuteWriter(sink);
    writer.start();
  }

  // ---------------------------------------------------------------- the collector

  private void collect() {
    while (!closing) {
      try {
        tick();
      } catch (RuntimeException e) {
        if (pace.permits(System.nanoTime())) {
          log.error("statistics: the figures of a second are incomplete", e);
        }
      }
      long next = firstNanos + (second() + 1 - firstSecond) * NANOS;
      LockSupport.parkNanos(this, Math.max(1, next - nanos.getAsLong()));
    }
  }

  /** The second that is in progress. */
  private long second() {
    return firstSecond + Math.floorDiv(nanos.getAsLong() - firstNanos, NANOS);
  }

  /** Ends the second that was in progress, if it is over; what loops have counts for it. */
  void tick() {
    ending.lock();
    try {
      long ended = second() - 1;
      if (ended > last.number()) {
        end(ended);
      }
    } finally {
      ending.unlock();
    }
  }

  /**
   * Gives the sink the minute in progress as it is, and waits until it has all: for a store that
   * changes hands. Who continues from there goes on with that minute. Collecting goes on.
   */
  public void flush() {
    ending.lock();
    try {
      MinuteWriter to = writer;
      if (to != null) {
        List<MinuteSink.Minute> soFar = new ArrayList<>();
        history.readMinute(last.shift(), soFar);
        if (!soFar.isEmpty()) {
          to.add(soFar);
        }
        if (!to.settle(CLOSE_MILLIS)) {
          log.warn("statistics: the store is slow; the figures of the last minutes are kept back");
        }
      }
    } finally {
      ending.unlock();
    }
  }

  private void end(long ended) {
    takeFromLoops();
    sums.addInFlight(status.get()); // when it fails, the next second gets what was taken
    long shift = shift();
    List<MinuteSink.Minute> minutes = new ArrayList<>();
    history.endMinutesBefore(ended, shift, minutes);
    Map<Series, Point> points = sums.toPoints(Instant.ofEpochSecond(ended + shift));
    sums.each((series, figures) -> history.add(series, ended, figures));
    sums.clear();
    history.endMinutesBefore(ended + 1, shift, minutes);
    last = new Second(ended, shift, points);
    MinuteWriter to = writer;
    if (to != null && !minutes.isEmpty()) {
      to.add(minutes);
    }
  }

  /** What the wall clock is ahead; less than a second of difference is not followed. */
  private long shift() {
    long now = firstSecond * MILLIS + TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - firstNanos);
    long ahead = wall.millis() - now - last.shift() * MILLIS;
    return last.shift() + (Math.abs(ahead) < MILLIS ? 0 : Math.round(ahead / (double) MILLIS));
  }

  private void takeFromLoops() {
    loops.forEach(LoopStatistics::ask);
    long deadline = System.nanoTime() + HAND_OVER_NANOS;
    while (!areReady() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(this, HAND_OVER_PAUSE);
    }
    loops.forEach(loop -> loop.take(sums::add));
  }

  private boolean areReady() {
    for (LoopStatistics loop : loops) {
      if (!loop.isReady()) {
        return false;
      }
    }
    return true;
  }

  // ---------------------------------------------------------------- for readers

  /**
   * The whole steps of a series, oldest first; steps without traffic included. A step begins at a
   * multiple of its length, so the last one may have ended up to a step ago. Steps of more than a
   * minute begin at any minute, those of more than an hour at any hour.
   *
   * @param window 1 s to 24 h back from there; up to 15 minutes it is made of seconds, else of
   *     minutes
   * @param step within 15 minutes a second's multiple, else a minute's; at most the window. Of long
   *     steps the first may be left out because its begin is forgotten already
   * @throws IllegalArgumentException when it is anything else; the message is for the caller
   */
  public List<Point> window(Series series, Duration window, Duration step) {
    return windows(List.of(series), window, step).getFirst();
  }

  /** The same of several series, in their order: all have the same steps. */
  public List<List<Point>> windows(List<Series> all, Duration window, Duration step) {
    boolean bySecond = window.compareTo(SECONDS) <= 0;
    long unit = bySecond ? 1 : SeriesHistory.MINUTE_SECONDS;
    check(window, step, unit);
    long length = step.toSeconds();
    long steps = (window.toSeconds() + length - 1) / length;
    Second now = last;
    // labels are what must be whole, also after the wall clock was set
    long offset = bySecond ? now.shift() : 0;
    long grid = Math.min(length, unit * LONGEST_GRID);
    long end = Math.floorDiv(now.number() + 1 + offset, grid) * grid - offset;
    long oldest = now.number() + 1 - unit * (bySecond ? History.SECONDS : History.MINUTES);
    while (end - steps * length < oldest) {
      steps--;
    }
    long begin = end - steps * length;
    List<List<Point>> windows = new ArrayList<>(all.size());
    for (Series series : all) {
      Reading reading = new Reading(now::at, begin, length, unit);
      read(series, begin, end, bySecond, reading);
      windows.add(reading.finish(end));
    }
    return windows;
  }

  private void read(Series series, long begin, long end, boolean bySecond, Steps.Visitor to) {
    SeriesHistory kept = history.find(series);
    if (kept == null) {
      return;
    }
    if (bySecond) {
      kept.eachSecond(begin, end, to);
    } else {
      long unit = SeriesHistory.MINUTE_SECONDS;
      kept.eachMinute(begin / unit, end / unit, (minute, in) -> to.step(minute * unit, in));
    }
  }

  /**
   * How the latencies of a series are spread over the last whole seconds, or minutes.
   *
   * @param window 1 s to 24 h; up to 15 minutes whole seconds, else whole minutes
   * @throws IllegalArgumentException when it is anything else; the message is for the caller
   */
  public Latencies latencies(Series series, Duration window) {
    boolean bySecond = window.compareTo(SECONDS) <= 0;
    long unit = bySecond ? 1 : SeriesHistory.MINUTE_SECONDS;
    check(window, window, unit);
    long end = Math.floorDiv(last.number() + 1, unit) * unit;
    Figures figures = new Figures();
    read(series, end - window.toSeconds(), end, bySecond, (second, in) -> figures.readFrom(in));
    return figures.toLatencies();
  }

  private static void check(Duration window, Duration step, long unit) {
    if (window.compareTo(Duration.ofSeconds(1)) < 0 || window.compareTo(MINUTES) > 0) {
      throw new IllegalArgumentException("the window must be 1s to 24h");
    }
    if (step.compareTo(Duration.ofSeconds(1)) < 0 || step.compareTo(window) > 0) {
      throw new IllegalArgumentException("the step must be 1s or more, and at most the window");
    }
    if (step.toNanosPart() != 0 || step.toSeconds() % unit != 0) {
      throw new IllegalArgumentException(
          unit == 1
              ? "the step must be whole seconds"
              : "the step must be whole minutes when the window is more than 15m");
    }
  }

  /** The last whole second of a series. */
  public Point last(Series series) {
    Second now = last;
    Point point = now.points().get(series);
    return point == null ? Figures.emptyPoint(now.at(now.number())) : point;
  }

  /** The last whole second of all series with requests that ended in it or are in flight. */
  public Map<Series, Point> lastSecond() {
    return last.points();
  }

  /** Requests of a pool that have ended, a second, over the last ten whole seconds. */
  public double rps(String pool) {
    return rps(new Series.OfPool(pool));
  }

  /** The same of any series. */
  public double rps(Series series) {
    SeriesHistory kept = history.find(series);
    return kept == null ? 0 : kept.rps(last.number());
  }

  /** What is kept, for tests and measurements. */
  History history() {
    return history;
  }

  /** Ends the threads; hands over the minute in progress. Waits a bounded time. */
  @Override
  public void close() {
    closing = true;
    try {
      Thread collector = thread;
      if (collector != null) {
        LockSupport.unpark(collector);
        collector.join();
      }
      MinuteWriter to = writer;
      if (to != null) {
        writer = null;
        end(Math.max(second(), last.number() + 1)); // the second in progress, as far as it came
        List<MinuteSink.Minute> rest = new ArrayList<>();
        history.readMinute(last.shift(), rest);
        if (!rest.isEmpty()) {
          to.add(rest);
        }
        to.close(CLOSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
