package io.sluice.telemetry;

import java.util.List;

/**
 * How the latencies of some time are spread, in nanoseconds. Percentiles and the longest one are as
 * exact as those of a {@link Statistics.Point}.
 *
 * @param count requests that ended in that time
 * @param p50 0 without requests, as the others
 * @param max the longest one
 * @param buckets without a gap from the shortest to the longest latency, each about the same factor
 *     longer than the one before; at most {@value #MOST_BUCKETS}, none without requests
 */
public record Latencies(
    long count, long p50, long p90, long p95, long p99, long max, List<Bucket> buckets) {
  /** More than a picture can show would only be more to send. */
  static final int MOST_BUCKETS = 24;

  public Latencies {
    buckets = List.copyOf(buckets);
  }

  /**
   * A part of them.
   *
   * @param from least latency in it
   * @param to least latency that is not
   */
  public record Bucket(long from, long to, long count) {}
}
