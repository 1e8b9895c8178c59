package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sluice.telemetry.Statistics.Point;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is claimed of precision in {@link Statistics} and in its reference page. */
class FiguresTest {
  private static final double PRECISION = 1.0 / 32;

  private static Interval interval() {
    return new Interval(LoopStatistics.Cell.ofBackend("p", "b", 0));
  }

  private static Figures of(long... latencies) {
    Interval interval = interval();
    for (long nanos : latencies) {
      interval.count(Finished.get("/").nanos(nanos, 1, 0));
    }
    Figures figures = new Figures();
    figures.add(interval);
    return figures;
  }

  private static Point point(Figures figures) {
    return figures.toPoint(Instant.EPOCH);
  }

  private static Figures copy(Figures figures) {
    Numbers numbers = new Numbers();
    figures.writeTo(numbers);
    Figures copy = new Figures();
    copy.readFrom(numbers);
    assertThat(numbers.isAtEnd()).isTrue();
    return copy;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void percentilesAreOffByOneThirtySecondAtMost(long seed) {
    Random random = new Random(seed);
    long[] latencies = new long[5_000];
    for (int i = 0; i < latencies.length; i++) {
      latencies[i] = Math.round(1_500_000 * Math.exp(random.nextGaussian() * seed));
      latencies[i] = Math.clamp(latencies[i], 16_384, 3_600_000_000_000L);
    }
    Figures figures = of(latencies);
    Arrays.sort(latencies);
    for (Figures f : new Figures[] {figures, copy(figures)}) {
      assertClose(point(f).p50(), latencies[2_499]);
      assertClose(point(f).p95(), latencies[4_749]);
      assertClose(point(f).p99(), latencies[4_949]);
    }
  }

  private static void assertClose(long actual, long exact) {
    assertThat((double) actual).isCloseTo((double) exact, within(exact * PRECISION));
  }

  @Test
  void everyBucketsMiddleIsWithinThePrecisionOfItsEnds() {
    int buckets = Figures.bucket(Interval.LONGEST_NANOS);
    assertThat(buckets).isGreaterThan(400);
    long low = 0;
    for (int bucket = 0; bucket <= buckets; bucket++) {
      long middle = Figures.middleOf(bucket);
      long width = 2 * (middle - low);
      assertThat((double) middle - low).isLessThanOrEqualTo(Math.max(512, low * PRECISION));
      assertThat(Figures.bucket(low)).isEqualTo(bucket);
      assertThat(Figures.bucket(middle)).isEqualTo(bucket);
      assertThat(Figures.bucket(low + width - 1)).isEqualTo(bucket);
      low += width;
    }
    assertThat(low).isGreaterThan(Interval.LONGEST_NANOS);
  }

  @Test
  void veryShortRequestsAreOffByLittleMoreThanHalfAMicrosecond() {
    for (long nanos = 0; nanos < 16_384; nanos += 37) {
      assertThat(point(of(nanos)).p50()).isCloseTo(nanos, within(600L));
    }
  }

  @Test
  void whatTakesLongerThanAnHourCountsAsAnHour() {
    assertClose(point(of(Long.MAX_VALUE)).p99(), Interval.LONGEST_NANOS);
    assertClose(point(copy(of(Long.MAX_VALUE))).p99(), Interval.LONGEST_NANOS);
    assertThat(point(of(-5)).requests()).isEqualTo(1);
  }

  @Test
  void figuresAreTheSameAfterWritingAndReading() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      Interval interval = interval();
      int requests = random.nextInt(50);
      for (int i = 0; i < requests; i++) {
        interval.count(
            Finished.get("/")
                .status(random.nextInt(600))
                .nanos(random.nextLong(1L << random.nextInt(10, 42)), 1, 0)
                .bytes(random.nextLong(1L << 40), random.nextLong(1L << 40)));
      }
      if (random.nextBoolean()) {
        interval.count(Interval.RETRIES);
        interval.count(Interval.CONNECT_FAILURES);
      }
      Figures figures = new Figures();
      figures.add(interval);
      figures.active = random.nextInt(1000);
      assertThat(point(copy(figures))).isEqualTo(point(figures));
    }
  }

  @Test
  void addedFiguresHaveThePercentilesOfAllRequests() {
    Figures sum = new Figures();
    sum.add(of(1_000_000, 1_000_000, 1_000_000));
    sum.add(of(100_000_000));
    sum.add(of(1_000_000, 1_000_000));
    // a mean of the three medians would be 34 ms
    assertClose(point(sum).p50(), 1_000_000);
    assertClose(point(sum).p99(), 100_000_000);
    assertThat(point(sum).requests()).isEqualTo(6);
  }

  @Test
  void bytesThatAreNoFiguresAreRefused() {
    Random random = new Random(11);
    Numbers numbers = new Numbers();
    of(1_000_000, 2_000_000).writeTo(numbers);
    byte[] whole = numbers.toBytes();
    for (int length = 0; length < whole.length; length++) {
      Numbers cut = new Numbers(Arrays.copyOf(whole, length), length);
      assertThatThrownBy(() -> new Figures().readFrom(cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      try {
        new Figures().readFrom(new Numbers(bytes, bytes.length));
      } catch (IllegalArgumentException expected) {
        assertThat(expected).hasMessageNotContaining("null");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void latenciesAreSpreadOverBucketsThatHoldThem(long seed) {
    Random random = new Random(seed);
    long[] latencies = new long[2_000];
    for (int i = 0; i < latencies.length; i++) {
      latencies[i] = Math.round(1_500_000 * Math.exp(random.nextGaussian() * seed));
      latencies[i] = Math.clamp(latencies[i], 16_384, 3_600_000_000_000L);
    }
    Latencies spread = copy(of(latencies)).toLatencies();
    Arrays.sort(latencies);

    assertThat(spread.count()).isEqualTo(latencies.length);
    assertThat(spread.buckets()).hasSizeBetween(12, 24);
    assertThat(spread.buckets().getFirst().from()).isLessThanOrEqualTo(latencies[0]);
    long end = spread.buckets().getFirst().from();
    for (Latencies.Bucket bucket : spread.buckets()) {
      assertThat(bucket.from()).isEqualTo(end);
      end = bucket.to();
      assertThat(bucket.count())
          .isEqualTo(
              Arrays.stream(latencies)
                  .filter(nanos -> nanos >= bucket.from() && nanos < bucket.to())
                  .count());
    }
    assertThat(end).isGreaterThan(latencies[latencies.length - 1]);
    assertClose(spread.p90(), latencies[1_799]);
    assertClose(spread.max(), latencies[latencies.length - 1]);
  }

  @Test
  void oneLatencyIsOneBucketAndNoneIsNone() {
    Latencies one = of(5_000_000).toLatencies();
    assertThat(one.buckets()).hasSize(1);
    assertThat(one.buckets().getFirst().from()).isLessThanOrEqualTo(5_000_000);
    assertThat(one.buckets().getFirst().to()).isGreaterThan(5_000_000);
    assertThat(new Figures().toLatencies()).isEqualTo(new Latencies(0, 0, 0, 0, 0, 0, List.of()));
    Latencies longest = of(3_600_000_000_000L, 9_000_000_000_000L).toLatencies();
    assertThat(longest.buckets()).extracting(Latencies.Bucket::count).containsExactly(2L);
  }
}
