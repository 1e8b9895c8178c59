package io.sluice.health;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Counts latencies in buckets that grow with the latency, four for each doubling, so that a median
 * is off by less than a quarter from 64 µs to minutes. A median, because one long poll among many
 * short requests must not make a backend look slow. Written by every event loop, emptied by one
 * health loop.
 */
final class LatencySketch {
  private static final int UNIT_SHIFT = 14; // about 16 µs
  static final int BUCKETS = 96;

  private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);

  /** Counts one. */
  void record(long nanos) {
    counts.getAndIncrement(bucket(nanos));
  }

  /**
   * Moves what was counted since the last time.
   *
   * @param into one number for each bucket, added to; may be empty
   */
  void drain(double[] into) {
    for (int i = 0; i < into.length; i++) {
      if (counts.get(i) != 0) {
        into[i] += counts.getAndSet(i, 0);
      }
    }
  }

  /** The bucket of a latency. */
  static int bucket(long nanos) {
    long units = Math.max(0, nanos) >>> UNIT_SHIFT;
    if (units < 4) {
      return (int) units;
    }
    int exponent = 63 - Long.numberOfLeadingZeros(units);
    int quarter = (int) (units >>> (exponent - 2)) & 3;
    return Math.min(BUCKETS - 1, (exponent - 1) * 4 + quarter);
  }

  /** The least latency that is beyond a bucket, in nanoseconds. */
  static long upperBound(int bucket) {
    if (bucket < 4) {
      return (bucket + 1L) << UNIT_SHIFT;
    }
    int exponent = bucket / 4 + 1;
    return (5L + bucket % 4) << (exponent - 2) << UNIT_SHIFT;
  }

  /** The median in nanoseconds, as the bound of its bucket; 0 when nothing was counted. */
  static long median(double[] counted) {
    double all = 0;
    for (double n : counted) {
      all += n;
    }
    double seen = 0;
    for (int i = 0; i < counted.length; i++) {
      seen += counted[i];
      if (seen > 0 && seen >= all / 2) {
        return upperBound(i);
      }
    }
    return 0;
  }
}
