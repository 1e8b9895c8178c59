package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.control.DataPlaneStatus;
import io.sluice.proxy.ProxyObserver;
import io.sluice.telemetry.Statistics.Point;
import io.sluice.telemetry.Statistics.Series;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Windows of histograms, and of several series at once. */
class LatenciesTest {
  private static final Series B1 = new Series.OfBackend("default", "b1");
  private static final Series B2 = new Series.OfBackend("default", "b2");
  private static final DataPlaneStatus IDLE =
      new DataPlaneStatus(0, 0, 0, 0, List.of(), List.of(), List.of(), List.of());

  private Instant now = Instant.parse("2026-03-29T00:59:10Z");
  private final Statistics statistics =
      new Statistics(() -> now.getEpochSecond() * 1_000_000_000L, () -> now, 1 << 30);
  private final ProxyObserver.Loop loop = statistics.forLoop(0, Runnable::run);

  LatenciesTest() {
    statistics.prepare(() -> IDLE, minutes -> {});
  }

  @AfterEach
  void close() {
    statistics.close();
  }

  private void pass() {
    now = now.plusSeconds(1);
    statistics.tick();
  }

  private void took(long millis) {
    loop.requestEnded(Finished.get("/").nanos(Duration.ofMillis(millis).toNanos(), 1, 0));
  }

  @Test
  void theyAreThoseOfTheWholeSecondsOrMinutesOfTheWindow() {
    took(100);
    pass();
    for (int i = 0; i < 10; i++) {
      took(4);
      pass();
    }
    assertThat(statistics.latencies(B1, Duration.ofSeconds(10)).count()).isEqualTo(10);
    assertThat(statistics.latencies(B1, Duration.ofSeconds(11)).buckets())
        .hasSizeGreaterThan(12)
        .extracting(Latencies.Bucket::count)
        .startsWith(10L)
        .endsWith(1L);
    assertThat(statistics.latencies(B2, Duration.ofSeconds(11)).buckets()).isEmpty();
    // the minute in progress is not a whole one
    assertThat(statistics.latencies(B1, Duration.ofHours(1)).count()).isZero();
    for (int i = 0; i < 60; i++) {
      pass();
    }
    assertThat(statistics.latencies(B1, Duration.ofHours(1)).count()).isEqualTo(11);
    assertThatThrownBy(() -> statistics.latencies(B1, Duration.ofSeconds(1_000)))
        .hasMessageContaining("whole minutes");
  }

  @Test
  void severalSeriesHaveTheSameSteps() {
    for (int i = 0; i < 10; i++) {
      took(1);
      pass();
    }
    List<List<Point>> both =
        statistics.windows(List.of(B1, B2), Duration.ofSeconds(10), Duration.ofSeconds(5));
    assertThat(both.getFirst()).extracting(Point::requests).contains(5L);
    assertThat(both.getLast()).extracting(Point::requests).containsOnly(0L);
    assertThat(both.getLast())
        .extracting(Point::at)
        .isEqualTo(both.getFirst().stream().map(Point::at).toList());
  }
}
