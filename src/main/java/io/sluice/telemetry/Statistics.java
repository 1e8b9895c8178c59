package io.sluice.telemetry;

import io.sluice.proxy.ProxyObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What traffic was like: for each backend, pool and route and for all of it, by the second for 15
 * minutes and by the minute for 24 hours.
 */
public final class Statistics implements ProxyObserver, AutoCloseable {

  /** What is looked at. */
  public sealed interface Series {
    /** A backend. */
    record OfBackend(String pool, String backend) implements Series {}

    /** A pool. */
    record OfPool(String pool) implements Series {}

    /** A route. */
    record OfRoute(String route) implements Series {}

    /** Everything, requests without a route included. */
    record Total() implements Series {}
  }

  /**
   * One step of a series.
   *
   * @param at its begin
   * @param requests that ended in it
   * @param statusClasses of these: none, 1xx, 2xx, 3xx, 4xx, 5xx
   * @param p50 of their latency in nanoseconds; 0 without requests
   * @param active in flight at its end
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
      int active) {}

  @Override
  public Loop forLoop(int loop) {
    return request -> {};
  }

  /**
   * The steps of a series, oldest first; steps without traffic included.
   *
   * @param window 1 s to 24 h back from now
   * @param step 1 s or more; within 15 minutes a second's multiple, else a minute's
   */
  public List<Point> window(Series series, Duration window, Duration step) {
    return List.of();
  }

  /** The last whole second of a series. */
  public Point last(Series series) {
    return new Point(Instant.EPOCH, 0, List.of(0L, 0L, 0L, 0L, 0L, 0L), 0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Override
  public void close() {}
}
