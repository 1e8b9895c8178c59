package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencySketchTest {

  private static long median(LatencySketch sketch) {
    double[] counts = new double[LatencySketch.BUCKETS];
    sketch.drain(counts);
    return LatencySketch.median(counts);
  }

  @Test
  void everyLatencyIsBelowItsBucketsBoundAndNotBelowTheOneBefore() {
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      long nanos = random.nextLong(1L << (1 + random.nextInt(36)));
      int bucket = LatencySketch.bucket(nanos);
      assertThat(bucket).isBetween(0, LatencySketch.BUCKETS - 1);
      assertThat(nanos).isLessThan(LatencySketch.upperBound(bucket));
      if (bucket > 0) {
        assertThat(nanos).isGreaterThanOrEqualTo(LatencySketch.upperBound(bucket - 1));
      }
    }
  }

  @Test
  void boundsGrowByAQuarterAtMost() {
    for (int bucket = 4; bucket < LatencySketch.BUCKETS; bucket++) {
      double growth =
          (double) LatencySketch.upperBound(bucket) / LatencySketch.upperBound(bucket - 1);
      assertThat(growth).isGreaterThan(1).isLessThanOrEqualTo(1.25);
    }
  }

  @Test
  void anythingHasABucket() {
    assertThat(LatencySketch.bucket(-1)).isZero();
    assertThat(LatencySketch.bucket(Long.MAX_VALUE)).isEqualTo(LatencySketch.BUCKETS - 1);
    assertThat(LatencySketch.upperBound(LatencySketch.BUCKETS - 1))
        .isGreaterThan(Duration.ofSeconds(60).toNanos());
  }

  @Test
  void aLongPollAmongShortRequestsDoesNotMoveTheMedian() {
    LatencySketch sketch = new LatencySketch();
    for (int i = 0; i < 20; i++) {
      sketch.record(Duration.ofMillis(10).toNanos());
    }
    sketch.record(Duration.ofSeconds(30).toNanos());
    assertThat(median(sketch))
        .isBetween(Duration.ofMillis(10).toNanos(), Duration.ofMillis(13).toNanos());
  }

  @Test
  void drainingStartsAnew() {
    LatencySketch sketch = new LatencySketch();
    sketch.record(1_000_000);
    assertThat(median(sketch)).isPositive();
    assertThat(median(sketch)).isZero();
  }
}
