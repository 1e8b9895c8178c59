package io.sluice.telemetry;

import io.sluice.proxy.FinishedRequest;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.IntCountsHistogram;

/**
 * What one event loop has counted for one series since the last hand-over. Belongs to the loop
 * until it is handed over and to the collector from then on, so every access is a plain one.
 */
final class Interval {
  /** Least difference of latencies that is told apart, in nanoseconds. */
  static final long UNIT_NANOS = 1 << 10;

  /** Longer requests, tunnels above all, count as this long. */
  static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(1);

  /** Gives 16 buckets for each doubling. */
  private static final int DIGITS = 1;

  static final int BYTES_IN = BackendTraffic.STATUS_CLASSES;
  static final int BYTES_OUT = BYTES_IN + 1;
  static final int CONNECT_FAILURES = BYTES_OUT + 1;
  static final int RETRIES = CONNECT_FAILURES + 1;

  /** How many counters there are, beginning with those of the status classes. */
  static final int COUNTERS = RETRIES + 1;

  private final long[] counters = new long[COUNTERS];
  private final AbstractHistogram latency =
      new IntCountsHistogram(UNIT_NANOS, LONGEST_NANOS, DIGITS);

  /** Whose figures these are; set by the loop. */
  LoopStatistics.Cell cell;

  Interval(LoopStatistics.Cell cell) {
    this.cell = cell;
  }

  /** An empty histogram of the same buckets that holds any number of requests. */
  static Histogram emptyHistogram() {
    return new Histogram(UNIT_NANOS, LONGEST_NANOS, DIGITS);
  }

  /** A request has ended. */
  void count(FinishedRequest request) {
    long[] all = counters;
    all[BackendTraffic.indexOf(request.status())]++;
    all[BYTES_IN] += request.bytesIn();
    all[BYTES_OUT] += request.bytesOut();
    latency.recordValue(Math.min(Math.max(0, request.totalNanos()), LONGEST_NANOS));
  }

  /** One more of {@link #CONNECT_FAILURES} or {@link #RETRIES}. */
  void count(int counter) {
    counters[counter]++;
  }

  /** Adds all to what the collector has. */
  void addTo(long[] sums, Histogram sum) {
    for (int i = 0; i < COUNTERS; i++) {
      sums[i] += counters[i];
    }
    sum.add(latency);
  }

  void clear() {
    Arrays.fill(counters, 0);
    latency.reset();
  }
}
