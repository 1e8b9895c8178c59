package io.sluice.telemetry;

import io.sluice.proxy.FinishedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ObjLongConsumer;
import java.util.function.UnaryOperator;

/**
 * What one event loop has counted for one pool. The loop alone writes, so a plain read and an
 * opaque write make an exact counter without a lock; any thread may read, and may see a request in
 * one counter and not yet in another.
 */
final class PoolTraffic {
  /** Upper bounds of the histogram's buckets in nanoseconds, inclusive; one more has no bound. */
  private static final long[] BOUNDS = {
    1_000_000L,
    2_500_000L,
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L,
    30_000_000_000L,
    60_000_000_000L
  };

  /** Buckets of the histogram, the one without bound included. */
  static final int BUCKETS = BOUNDS.length + 1;

  /** Sum of all durations: nanoseconds as the bits of a double, which no load can overflow. */
  static final int SUM = BUCKETS;

  static final int BYTES_IN = SUM + 1;
  static final int BYTES_OUT = BYTES_IN + 1;
  static final int TRIES = BYTES_OUT + 1;
  static final int COUNTERS = TRIES + 1;

  private static final double NANOS = 1e9;

  /** The pool's id, empty for requests that reached none. */
  final String pool;

  private final AtomicLongArray counters = new AtomicLongArray(COUNTERS);

  /** Reasons and how often each came. Replaced by the loop when a reason is new. */
  private volatile Errors errors = new Errors(List.of(), new AtomicLongArray(0));

  private record Errors(List<String> reasons, AtomicLongArray counts) {}

  PoolTraffic(String pool) {
    this.pool = pool;
  }

  /** Upper bounds in seconds, the last one infinite. */
  static double[] boundsInSeconds() {
    double[] seconds = new double[BUCKETS];
    for (int i = 0; i < BOUNDS.length; i++) {
      seconds[i] = BOUNDS[i] / NANOS;
    }
    seconds[BUCKETS - 1] = Double.POSITIVE_INFINITY;
    return seconds;
  }

  /** A request has ended. Loop only. */
  void count(FinishedRequest request) {
    long nanos = Math.max(0, request.totalNanos());
    int bucket = 0;
    while (bucket < BOUNDS.length && nanos > BOUNDS[bucket]) {
      bucket++;
    }
    add(bucket, 1);
    double sum = Double.longBitsToDouble(counters.getPlain(SUM)) + nanos;
    counters.setOpaque(SUM, Double.doubleToRawLongBits(sum));
    add(BYTES_IN, request.bytesIn());
    add(BYTES_OUT, request.bytesOut());
    add(TRIES, request.tries());
  }

  private void add(int counter, long more) {
    counters.setOpaque(counter, counters.getPlain(counter) + more);
  }

  /**
   * A request has ended with an error. Loop only.
   *
   * @param limit gives the name that a reason is counted by when it comes first
   */
  void countError(String reason, UnaryOperator<String> limit) {
    int at = errors.reasons().indexOf(reason);
    if (at < 0) {
      String name = limit.apply(reason);
      at = errors.reasons().indexOf(name);
      if (at < 0) {
        at = addReason(name);
      }
    }
    AtomicLongArray counts = errors.counts();
    counts.setOpaque(at, counts.getPlain(at) + 1);
  }

  private int addReason(String reason) {
    Errors old = errors;
    int at = old.reasons().size();
    List<String> reasons = new ArrayList<>(old.reasons());
    reasons.add(reason);
    AtomicLongArray counts = new AtomicLongArray(at + 1);
    for (int i = 0; i < at; i++) {
      counts.setPlain(i, old.counts().getPlain(i));
    }
    errors = new Errors(List.copyOf(reasons), counts);
    return at;
  }

  /** A counter's value; see the constants. Any thread. */
  long get(int counter) {
    return counters.getOpaque(counter);
  }

  /** All durations in seconds. Any thread. */
  double seconds() {
    return Double.longBitsToDouble(get(SUM)) / NANOS;
  }

  /** Tells every reason and how often it came. Any thread. */
  void eachError(ObjLongConsumer<String> to) {
    Errors now = errors;
    for (int i = 0; i < now.reasons().size(); i++) {
      to.accept(now.reasons().get(i), now.counts().getOpaque(i));
    }
  }
}
