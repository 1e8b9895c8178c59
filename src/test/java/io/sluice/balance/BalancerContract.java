package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every algorithm owes. Requests are told apart by a key, should the algorithm want one. */
abstract class BalancerContract {
  private static final int MANY_KEYS = 200_000;

  /** The algorithm's name in the configuration. */
  abstract String algorithm();

  /** How far, as a part of it, a backend's share of many different requests may be off. */
  abstract double tolerance();

  Balancer balancer(PoolSpec spec) {
    return Algorithms.builtIn().stream()
        .filter(factory -> factory.name().equals(algorithm()))
        .findFirst()
        .orElseThrow()
        .create(spec);
  }

  static PoolSpec weighted(int... weights) {
    List<BackendSpec> backends = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      backends.add(TestPool.backend("b" + i).withWeight(weights[i]));
    }
    return PoolSpec.of("p", backends);
  }

  private Pool pool(PoolSpec spec) {
    return new Pool(spec, TestPool.living(spec), balancer(spec), Runnable::run);
  }

  private static Map<Backend, Integer> picks(Balancer.Picker picker, int count) {
    Map<Backend, Integer> counts = new HashMap<>();
    for (int i = 0; i < count; i++) {
      Backend picked = picker.pick(TestRequest.of("key " + i));
      assertThat(picked).isNotNull();
      counts.merge(picked, 1, Integer::sum);
    }
    return counts;
  }

  private void assertShares(Map<Backend, Integer> counts, List<Backend> backends) {
    double sum = backends.stream().mapToInt(Backend::weight).sum();
    double all = counts.values().stream().mapToInt(Integer::intValue).sum();
    assertThat(counts.keySet()).isEqualTo(new HashSet<>(backends));
    counts.forEach(
        (backend, count) -> {
          double wanted = all * backend.weight() / sum;
          assertThat((double) count)
              .as("%s of weight %d", backend, backend.weight())
              .isBetween(wanted * (1 - tolerance()), wanted * (1 + tolerance()));
        });
  }

  @Test
  void withoutBackendsThereIsNoChoice() {
    Balancer.Picker none = balancer(TestPool.spec()).picker(List.of());
    assertThat(none.pick(TestRequest.ANY)).isNull();
    assertThat(none.pick(TestRequest.of("x"))).isNull();
  }

  @Test
  void theOnlyBackendTakesEverything() {
    PoolSpec spec = TestPool.spec("a");
    List<Backend> backends = TestPool.living(spec);
    assertThat(picks(balancer(spec).picker(backends), 100)).isEqualTo(Map.of(backends.get(0), 100));
  }

  @Test
  void sharesFollowTheWeights() {
    PoolSpec spec = weighted(1, 2, 3, 5, 9);
    List<Backend> backends = TestPool.living(spec);
    assertShares(picks(balancer(spec).picker(backends), MANY_KEYS), backends);
  }

  @Test
  void sharesOfTheOthersFollowTheirWeightsWhenBackendsDropOut() {
    PoolSpec spec = weighted(4, 1, 2, 3, 2);
    List<Backend> all = TestPool.living(spec);
    Balancer balancer = balancer(spec);
    picks(balancer.picker(all), 1000);
    List<Backend> left = List.of(all.get(1), all.get(3), all.get(4));
    assertShares(picks(balancer.picker(left), MANY_KEYS), left);
    assertShares(picks(balancer.picker(all), MANY_KEYS), all);
  }

  @Test
  void aBackendThatStartsSlowlyGetsItsShareOfTheMoment() {
    PoolSpec spec = weighted(1, 1, 1);
    List<Backend> backends = TestPool.living(spec);
    backends.get(2).warmth(Backend.WARM / 4);
    Map<Backend, Integer> counts = picks(balancer(spec).picker(backends), MANY_KEYS);
    assertThat((double) counts.getOrDefault(backends.get(2), 0))
        .isBetween(
            MANY_KEYS / 9.0 * (1 - 1.5 * tolerance()), MANY_KEYS / 9.0 * (1 + 1.5 * tolerance()));
  }

  @Test
  void aWeightOfZeroTakesNothing() {
    Pool pool = pool(weighted(1, 0, 2));
    for (int i = 0; i < 1000; i++) {
      Backend picked = pool.pick(TestRequest.of("key " + i));
      assertThat(picked).isNotNull().isNotSameAs(pool.backends().get(1));
    }
  }

  @Test
  void aRequestWithoutKeyIsSentSomewhere() {
    Pool pool = pool(weighted(1, 1, 1));
    Set<Backend> seen = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      Backend picked = pool.pick(TestRequest.ANY);
      assertThat(picked).isNotNull();
      seen.add(picked);
    }
    assertThat(seen).hasSize(3);
  }

  @Test
  void aRequestIsNeverSentWhereItHasFailedWhileThereIsAnother() {
    Pool pool = pool(weighted(50, 1, 1, 1));
    List<Backend> all = pool.backends();
    for (int i = 0; i < 300; i++) {
      TestRequest request = TestRequest.of("key " + i).avoiding(all.get(0), all.get(1), all.get(2));
      assertThat(pool.pick(request)).isSameAs(all.get(3));
    }
    TestRequest nowhere = TestRequest.of("x").avoiding(all.toArray(Backend[]::new));
    assertThat(pool.pick(nowhere)).isNotNull();
  }

  @Test
  void tenThousandBackendsAreAllUsed() {
    PoolSpec spec = weighted(IntStream.generate(() -> 1).limit(10_000).toArray());
    List<Backend> backends = TestPool.living(spec);
    Map<Backend, Integer> counts = picks(balancer(spec).picker(backends), MANY_KEYS);
    assertThat(counts.size()).isGreaterThan(9_900);
  }

  @Test
  void aPickMakesNoObjects() {
    Pool pool = pool(weighted(3, 1, 2, 1, 7));
    pool.backends().get(1).latency(1_000_000);
    TestRequest[] requests = new TestRequest[64];
    for (int i = 0; i < requests.length; i++) {
      requests[i] = TestRequest.of("key " + i).avoiding(pool.backends().get(i % 5));
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int rounds = 400;
    pickAll(pool, requests, rounds);
    long before = threads.getCurrentThreadAllocatedBytes();
    pickAll(pool, requests, rounds);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(bytes).as("bytes of %d picks", rounds * requests.length).isLessThan(1024);
  }

  private static void pickAll(Pool pool, TestRequest[] requests, int rounds) {
    for (int round = 0; round < rounds; round++) {
      for (TestRequest request : requests) {
        Backend picked = pool.pick(request);
        if (picked != null) {
          picked.requestStarted();
          picked.requestEnded();
        }
      }
    }
  }

  @Test
  void manyThreadsPickWhileTheSetChanges() throws Exception {
    PoolSpec spec = weighted(1, 2, 3, 4);
    List<Backend> all = TestPool.living(spec);
    Balancer balancer = balancer(spec);
    List<Balancer.Picker> pickers =
        List.of(
            balancer.picker(all),
            balancer.picker(all.subList(0, 1)),
            balancer.picker(all.subList(1, 4)));
    AtomicReference<Balancer.Picker> published = new AtomicReference<>(pickers.getFirst());
    AtomicBoolean stop = new AtomicBoolean();
    Callable<Integer> picking =
        () -> {
          int missing = 0;
          for (int i = 0; !stop.get() || i < 1000; i++) {
            Backend picked =
                Objects.requireNonNull(published.get()).pick(TestRequest.of("key " + i));
            if (picked == null || !all.contains(picked)) {
              missing++;
            } else {
              picked.requestStarted();
              picked.latency(i);
              picked.requestEnded();
            }
          }
          return missing;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        results.add(threads.submit(picking));
      }
      for (int i = 0; i < 20_000; i++) {
        published.set(pickers.get(i % pickers.size()));
      }
      stop.set(true);
      for (Future<Integer> result : results) {
        assertThat(result.get()).isZero();
      }
    }
    assertThat(all).allSatisfy(backend -> assertThat(backend.inFlight()).isZero());
  }
}
