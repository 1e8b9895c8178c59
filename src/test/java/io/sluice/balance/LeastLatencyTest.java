package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LeastLatencyTest extends BalancerContract {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;

  private final PeakEwma latency = new PeakEwma();

  @Override
  String algorithm() {
    return "least-latency";
  }

  @Override
  double tolerance() {
    return 0.05;
  }

  private long now = 5 * SECOND;

  private Balancer.Picker picker(List<Backend> backends) {
    return new LeastLoaded(2, new LeastLoaded.Latency(() -> now)).picker(backends);
  }

  private static int picks(Balancer.Picker picker, Backend of) {
    int count = 0;
    for (int i = 0; i < 1000; i++) {
      count += picker.pick(TestRequest.ANY) == of ? 1 : 0;
    }
    return count;
  }

  @Test
  void aPeakCountsAtOnce() {
    latency.observe(MILLI, now);
    latency.observe(80 * MILLI, now + SECOND);
    assertThat(latency.nanos(now + SECOND)).isCloseTo(80 * MILLI, Percentage.withPercentage(0.01));
  }

  @Test
  void goodAnswersBringTheAverageDownSlowly() {
    latency.observe(100 * MILLI, now);
    for (int i = 1; i <= 10; i++) {
      latency.observe(MILLI, now + i * SECOND);
    }
    assertThat(latency.nanos(now + 10 * SECOND) / MILLI)
        .isCloseTo(1 + 99 * Math.exp(-1), Offset.offset(0.1));
  }

  @Test
  void withoutAnswersTheAverageDecaysToo() {
    latency.observe(100 * MILLI, now);
    assertThat(latency.nanos(now + 10 * SECOND) / MILLI)
        .isCloseTo(100 * Math.exp(-1), Offset.offset(0.1));
    assertThat(latency.nanos(now + 100 * SECOND) / MILLI).isLessThan(0.01);
  }

  @Test
  void anAnswerThatComesLateToTheBooksDoesNotTurnTimeBack() {
    latency.observe(100 * MILLI, now + SECOND);
    latency.observe(MILLI, now);
    assertThat(latency.nanos(now + SECOND) / MILLI).isCloseTo(100, Offset.offset(0.01));
  }

  @Test
  void noPeakIsLostBetweenThreads() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all =
          IntStream.range(0, 4)
              .<Future<?>>mapToObj(
                  t ->
                      threads.submit(
                          () -> {
                            for (int i = 0; i < 50_000; i++) {
                              latency.observe(t == 2 && i == 25_000 ? SECOND : MILLI, now);
                            }
                          }))
              .toList();
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(latency.nanos(now)).isCloseTo(SECOND, Percentage.withPercentage(0.01));
  }

  @Test
  void theFasterBackendIsTakenUntilItsQueueMakesItTheSlower() {
    PoolSpec spec = weighted(1, 1);
    List<Backend> backends = TestPool.living(spec);
    Balancer.Picker picker = picker(backends);
    backends.get(0).latency().observe(10 * MILLI, now);
    backends.get(1).latency().observe(25 * MILLI, now);
    assertThat(picks(picker, backends.get(0))).isEqualTo(1000);
    backends.get(0).requestStarted();
    backends.get(0).requestStarted();
    assertThat(picks(picker, backends.get(0))).isZero();
  }

  @Test
  void aBackendThatWasSlowOnceIsTriedAgain() {
    List<Backend> backends = TestPool.living(weighted(1, 1));
    Balancer.Picker picker = picker(backends);
    backends.get(0).latency().observe(SECOND, now);
    for (int second = 0; second < 120; second++) {
      now += SECOND;
      backends.get(1).latency().observe(10 * MILLI, now);
    }
    assertThat(picks(picker, backends.get(0))).isEqualTo(1000);
  }

  @Test
  void aBackendThatWasNeverMeasuredGetsOneRequestAtATime() {
    List<Backend> backends = TestPool.living(weighted(1, 1));
    Balancer.Picker picker = picker(backends);
    backends.get(1).latency().observe(MILLI, now);
    assertThat(picks(picker, backends.get(0))).isEqualTo(1000);
    backends.get(0).requestStarted();
    assertThat(picks(picker, backends.get(0))).isZero();
  }

  @Test
  void latencyIsMeasuredOnlyWhereItIsAskedFor() {
    Backend backend = TestPool.living(weighted(1)).getFirst();
    backend.latency(MILLI);
    assertThat(backend.latency().isKnown()).isFalse();
    Balancer.Picker asking = picker(List.of(backend));
    assertThat(asking.pick(TestRequest.ANY)).isSameAs(backend);
    backend.latency(MILLI);
    assertThat(backend.latency().isKnown()).isTrue();
  }
}
