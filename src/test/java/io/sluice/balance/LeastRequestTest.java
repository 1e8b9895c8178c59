package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeastRequestTest extends BalancerContract {
  @Override
  String algorithm() {
    return "least-request";
  }

  @Override
  double tolerance() {
    return 0.05;
  }

  @Test
  void withTwoBackendsTheLessLoadedOneIsTaken() {
    PoolSpec spec = weighted(1, 1);
    List<Backend> backends = TestPool.living(spec);
    backends.get(0).requestStarted();
    Balancer.Picker picker = balancer(spec).picker(backends);
    int wrong = 0;
    for (int i = 0; i < 1000; i++) {
      wrong += picker.pick(TestRequest.ANY) == backends.get(0) ? 1 : 0;
    }
    assertThat(wrong).isZero();
  }

  @Test
  void allChoicesFindTheOneFreeBackendOfMany() {
    PoolSpec spec = TestPool.with(weighted(new int[50]), b -> b.withChoices(0));
    spec = spec.withBackends(spec.backends().stream().map(b -> b.withWeight(1)).toList());
    List<Backend> backends = TestPool.living(spec);
    backends.forEach(Backend::requestStarted);
    backends.get(37).requestEnded();
    Balancer.Picker picker = balancer(spec).picker(backends);
    for (int i = 0; i < 100; i++) {
      assertThat(picker.pick(TestRequest.ANY)).isSameAs(backends.get(37));
    }
  }

  @Test
  void heldRequestsAreSpreadByWeight() {
    for (int choices : new int[] {0, 2, 5}) {
      PoolSpec spec = TestPool.with(weighted(1, 2, 4, 8), b -> b.withChoices(choices));
      List<Backend> backends = TestPool.living(spec);
      Balancer.Picker picker = balancer(spec).picker(backends);
      for (int i = 0; i < 15_000; i++) {
        Objects.requireNonNull(picker.pick(TestRequest.ANY)).requestStarted();
      }
      for (Backend backend : backends) {
        assertThat(backend.inFlight() / (1000.0 * backend.weight()))
            .as("%s with %d choices", backend, choices)
            .isBetween(0.95, 1.05);
      }
    }
  }

  @Test
  void twoChoicesKeepTheLongestQueueShort() {
    PoolSpec spec = weighted(new int[1000]);
    spec = spec.withBackends(spec.backends().stream().map(b -> b.withWeight(1)).toList());
    List<Backend> backends = TestPool.living(spec);
    Balancer.Picker picker = balancer(spec).picker(backends);
    for (int i = 0; i < backends.size(); i++) {
      Objects.requireNonNull(picker.pick(TestRequest.ANY)).requestStarted();
    }
    // log2(log2(n)) + O(1); one random draw each would give about 6 to 7
    assertThat(backends.stream().mapToInt(Backend::inFlight).max().orElse(0))
        .isLessThanOrEqualTo(4);
  }

  /** Ten backends that serve one request at a time; the last one takes ten times as long. */
  @Test
  void besideOneSlowBackendThe99thPercentileIsAtMostAThirdOfRoundRobins() {
    double[] fair = latencies("round-robin");
    double[] least = latencies("least-request");
    assertThat(percentile(least)).isLessThan(percentile(fair) / 3);
  }

  private static double percentile(double[] latencies) {
    Arrays.sort(latencies);
    return latencies[latencies.length * 99 / 100];
  }

  private record End(double at, Backend backend) {}

  private static double[] latencies(String algorithm) {
    PoolSpec spec = weighted(Collections.nCopies(10, 1).stream().mapToInt(w -> w).toArray());
    List<Backend> backends = TestPool.living(spec);
    Balancer.Picker picker =
        Algorithms.builtIn().stream()
            .filter(f -> f.name().equals(algorithm))
            .findFirst()
            .orElseThrow()
            .create(spec)
            .picker(backends);
    SplittableRandom random = new SplittableRandom(11);
    double[] freeAt = new double[backends.size()];
    PriorityQueue<End> ends = new PriorityQueue<>((a, b) -> Double.compare(a.at, b.at));
    List<Double> latencies = new ArrayList<>();
    double now = 0;
    for (int i = 0; i < 100_000; i++) {
      now += -Math.log(1 - random.nextDouble()) / 0.8; // 0.8 requests in a millisecond
      while (!ends.isEmpty() && ends.element().at <= now) {
        ends.remove().backend.requestEnded();
      }
      Backend picked = Objects.requireNonNull(picker.pick(TestRequest.ANY));
      picked.requestStarted();
      int index = backends.indexOf(picked);
      double service = -Math.log(1 - random.nextDouble()) * (index == 9 ? 10 : 1);
      freeAt[index] = Math.max(freeAt[index], now) + service;
      ends.add(new End(freeAt[index], picked));
      latencies.add(freeAt[index] - now);
    }
    return latencies.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
