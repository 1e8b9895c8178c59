package io.sluice.telemetry;

import io.sluice.telemetry.Statistics.Point;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * The figures of one series over some time: sums that can be added up, among them a histogram, so
 * that percentiles of a longer time are those of its requests and not means of percentiles. Not
 * thread-safe.
 */
final class Figures {
  private static final int CLASSES = BackendTraffic.STATUS_CLASSES;

  /** Buckets for each doubling of a latency. */
  private static final int PER_OCTAVE = 16;

  private static final int OCTAVE_BITS = Integer.numberOfTrailingZeros(PER_OCTAVE);
  private static final int UNIT_BITS = Long.numberOfTrailingZeros(Interval.UNIT_NANOS);

  /** Number of the bucket of {@link Interval#LONGEST_NANOS}. */
  private static final int LAST_BUCKET = bucket(Interval.LONGEST_NANOS);

  private static final List<Long> NO_CLASSES = List.of(0L, 0L, 0L, 0L, 0L, 0L);

  private final long[] counters = new long[Interval.COUNTERS];
  private final Histogram latency = Interval.emptyHistogram();

  /** In flight at the end. */
  int active;

  /** Adds what a loop has counted. */
  void add(Interval interval) {
    interval.addTo(counters, latency);
  }

  /** Adds a later time; {@link #active} becomes that of the later one. */
  void add(Figures later) {
    for (int i = 0; i < counters.length; i++) {
      counters[i] += later.counters[i];
    }
    latency.add(later.latency);
    active = later.active;
  }

  boolean isEmpty() {
    return active == 0 && !hasTraffic();
  }

  /** Whether there is anything but what is in flight. */
  boolean hasTraffic() {
    for (long counter : counters) {
      if (counter != 0) {
        return true;
      }
    }
    return false;
  }

  void clear() {
    Arrays.fill(counters, 0);
    latency.reset();
    active = 0;
  }

  /** Requests that have ended. */
  long requests() {
    long sum = 0;
    for (int i = 0; i < CLASSES; i++) {
      sum += counters[i];
    }
    return sum;
  }

  Point toPoint(Instant at) {
    List<Long> classes = new ArrayList<>(CLASSES);
    for (int i = 0; i < CLASSES; i++) {
      classes.add(counters[i]);
    }
    return new Point(
        at,
        requests(),
        List.copyOf(classes),
        counters[Interval.BYTES_IN],
        counters[Interval.BYTES_OUT],
        counters[Interval.CONNECT_FAILURES],
        counters[Interval.RETRIES],
        percentile(50),
        percentile(95),
        percentile(99),
        active);
  }

  /** A step without anything. */
  static Point emptyPoint(Instant at) {
    return new Point(at, 0, NO_CLASSES, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** How the latencies are spread. */
  Latencies toLatencies() {
    long[] counts = new long[LAST_BUCKET + 1];
    int first = LAST_BUCKET;
    int last = 0;
    for (HistogramIterationValue step : latency.recordedValues()) {
      int bucket = bucket(step.getValueIteratedTo());
      counts[bucket] += step.getCountAtValueIteratedTo();
      first = Math.min(first, bucket);
      last = Math.max(last, bucket);
    }
    // Whole buckets of the histogram's, so that no request is told to be where it is not.
    int width = Math.max(1, Math.ceilDiv(last - first + 1, Latencies.MOST_BUCKETS));
    List<Latencies.Bucket> buckets = new ArrayList<>();
    for (int from = first; from <= last; from += width) {
      int to = Math.min(from + width, last + 1);
      long count = Arrays.stream(counts, from, to).sum();
      buckets.add(new Latencies.Bucket(leastOf(from), leastOf(to), count));
    }
    return new Latencies(
        latency.getTotalCount(),
        percentile(50),
        percentile(90),
        percentile(95),
        percentile(99),
        percentile(100),
        buckets);
  }

  private long percentile(double percent) {
    return latency.getTotalCount() == 0 ? 0 : middle(latency.getValueAtPercentile(percent));
  }

  private static long middle(long nanos) {
    return middleOf(bucket(nanos));
  }

  // ---------------------------------------------------------------- as numbers

  /** The bucket that a latency falls in; the same ones as the histogram's. */
  static int bucket(long nanos) {
    long units = nanos >>> UNIT_BITS;
    int shift = Math.max(0, Long.SIZE - 1 - OCTAVE_BITS - Long.numberOfLeadingZeros(units | 1));
    return shift * PER_OCTAVE + (int) (units >>> shift);
  }

  /** The latency in a bucket's middle, in nanoseconds. */
  static long middleOf(int bucket) {
    int shift = Math.max(0, bucket / PER_OCTAVE - 1);
    long units = bucket - (long) shift * PER_OCTAVE;
    return (units << shift + UNIT_BITS) + (1L << shift + UNIT_BITS - 1);
  }

  /** The least latency of a bucket, in nanoseconds. */
  static long leastOf(int bucket) {
    int shift = Math.max(0, bucket / PER_OCTAVE - 1);
    return (bucket - (long) shift * PER_OCTAVE) << shift + UNIT_BITS;
  }

  /** Adds all to the numbers: in flight, which counters, their values, the histogram's buckets. */
  void writeTo(Numbers out) {
    out.add(active);
    int present = 0;
    for (int i = 0; i < counters.length; i++) {
      present |= counters[i] == 0 ? 0 : 1 << i;
    }
    out.add(present);
    for (long counter : counters) {
      if (counter != 0) {
        out.add(counter);
      }
    }
    int last = -1;
    for (HistogramIterationValue step : latency.recordedValues()) {
      int bucket = bucket(step.getValueIteratedTo());
      long count = step.getCountAtValueIteratedTo();
      out.add((long) (bucket - last) << 1 | (count > 1 ? 1 : 0));
      if (count > 1) {
        out.add(count);
      }
      last = bucket;
    }
    out.add(0);
  }

  /**
   * Adds what {@link #writeTo} has written; {@link #active} becomes that of the later one.
   *
   * @throws IllegalArgumentException when it was not written so; part may have been added then
   */
  void readFrom(Numbers in) {
    active = (int) in.next();
    long present = in.next();
    if (present >>> counters.length != 0) {
      throw new IllegalArgumentException("a counter is unknown");
    }
    for (int i = 0; i < counters.length; i++) {
      counters[i] += (present >>> i & 1) == 0 ? 0 : in.next();
    }
    long bucket = -1;
    for (long next = in.next(); next != 0; next = in.next()) {
      bucket += next >>> 1;
      if (next < 2 || bucket > LAST_BUCKET) {
        throw new IllegalArgumentException("a bucket is unknown");
      }
      long count = (next & 1) == 0 ? 1 : in.next();
      if (count < 1) {
        throw new IllegalArgumentException("a bucket's count is negative");
      }
      latency.recordValueWithCount(Math.min(middleOf((int) bucket), Interval.LONGEST_NANOS), count);
    }
  }
}
