package io.sluice.admin;

import io.sluice.telemetry.Latencies;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How latencies are spread, drawn.
 *
 * @param bars one for each bucket, from the fastest
 * @param least the begin of the first one in milliseconds
 * @param most the end of the last one
 * @param count requests
 */
record LatencyView(
    List<Bar> bars,
    String least,
    String most,
    String count,
    String p50,
    String p90,
    String p95,
    String p99,
    String max) {
  /** Height of the drawing. */
  private static final double HEIGHT = 64;

  /** A bucket with requests is never drawn as none. */
  private static final double LEAST_HEIGHT = 1.5;

  /**
   * A bar.
   *
   * @param x as a percentage
   * @param width as a percentage
   * @param y where it ends, from above
   * @param range of latencies in milliseconds
   */
  record Bar(String x, String width, String y, String height, String range, String count) {}

  static LatencyView of(Latencies latencies, Formats fmt) {
    List<Latencies.Bucket> buckets = latencies.buckets();
    long most = buckets.stream().mapToLong(Latencies.Bucket::count).max().orElse(0);
    List<Bar> bars = new ArrayList<>();
    double width = 100.0 / Math.max(1, buckets.size());
    for (int i = 0; i < buckets.size(); i++) {
      Latencies.Bucket bucket = buckets.get(i);
      double height =
          bucket.count() == 0 ? 0 : Math.max(LEAST_HEIGHT, HEIGHT * bucket.count() / most);
      bars.add(
          new Bar(
              percent(i * width),
              percent(width * 0.94),
              number(HEIGHT - height),
              number(height),
              millis(bucket.from(), fmt) + " – " + millis(bucket.to(), fmt),
              fmt.number(bucket.count())));
    }
    boolean none = latencies.count() == 0;
    return new LatencyView(
        bars,
        none ? "" : millis(buckets.getFirst().from(), fmt),
        none ? "" : millis(buckets.getLast().to(), fmt),
        fmt.number(latencies.count()),
        none ? Formats.NONE : millis(latencies.p50(), fmt),
        none ? Formats.NONE : millis(latencies.p90(), fmt),
        none ? Formats.NONE : millis(latencies.p95(), fmt),
        none ? Formats.NONE : millis(latencies.p99(), fmt),
        none ? Formats.NONE : millis(latencies.max(), fmt));
  }

  private static String millis(long nanos, Formats fmt) {
    double millis = nanos / 1e6;
    return millis < 1 ? String.format(Locale.ROOT, "%.2f", millis) : fmt.millis(millis);
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f%%", value);
  }

  private static String number(double value) {
    return Sparkline.number(value);
  }
}
