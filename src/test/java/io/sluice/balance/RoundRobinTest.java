package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.TestRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RoundRobinTest {

  private static final PickContext ANY_REQUEST = TestRequest.ANY;

  private static List<Backend> backends(int... weights) {
    List<Backend> backends = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      var spec =
          BackendSpec.of("b" + i, new Address.Tcp("127.0.0.1", 1 + i)).withWeight(weights[i]);
      backends.add(new Backend("p", spec, TlsSpec.OFF));
    }
    return backends;
  }

  static Stream<int[]> weights() {
    SplittableRandom random = new SplittableRandom(7);
    Stream<int[]> drawn =
        IntStream.range(0, 40)
            .mapToObj(i -> random.ints(1 + i % 9, 1, i % 2 == 0 ? 8 : 300).toArray());
    return Stream.concat(
        Stream.of(
            new int[] {1},
            new int[] {1, 1},
            new int[] {1, 1, 1},
            new int[] {5, 1, 1},
            new int[] {1, 2, 3},
            new int[] {3, 3, 3},
            new int[] {10, 20, 30},
            new int[] {65535, 1},
            new int[] {100, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
            IntStream.range(0, 300).map(i -> 1).toArray()),
        drawn);
  }

  private static Map<Backend, Integer> count(Backend[] cycle) {
    Map<Backend, Integer> counts = new HashMap<>();
    for (Backend backend : cycle) {
      counts.merge(backend, 1, Integer::sum);
    }
    return counts;
  }

  @ParameterizedTest
  @MethodSource("weights")
  void aCycleGivesEachBackendItsExactShare(int[] weights) {
    List<Backend> backends = backends(weights);
    Backend[] cycle = RoundRobin.cycle(backends);
    long sum = Arrays.stream(weights).asLongStream().sum();
    Map<Backend, Integer> counts = count(cycle);
    for (Backend backend : backends) {
      long picked = Objects.requireNonNull(counts.get(backend));
      assertThat(picked * sum).isEqualTo((long) backend.weight() * cycle.length);
    }
  }

  @ParameterizedTest
  @MethodSource("weights")
  void noBackendIsEverAWholeTurnFromItsShare(int[] weights) {
    Backend[] cycle = RoundRobin.cycle(backends(weights));
    long sum = Arrays.stream(weights).asLongStream().sum();
    Map<Backend, Integer> counts = new HashMap<>();
    for (int i = 0; i < cycle.length; i++) {
      counts.merge(cycle[i], 1, Integer::sum);
      if (i % Math.max(1, cycle.length / 2000) == 0) {
        for (var entry : counts.entrySet()) {
          double fair = (double) entry.getKey().weight() * (i + 1) / sum;
          assertThat(entry.getValue() - fair)
              .as("%s of %s after %d picks", entry.getKey(), Arrays.toString(weights), i + 1)
              .isBetween(-1.0, 1.0);
        }
      }
    }
  }

  @Test
  void equalBackendsTakeTurnsInDeclarationOrder() {
    List<Backend> backends = backends(2, 2, 2);
    assertThat(RoundRobin.cycle(backends)).containsExactlyElementsOf(backends);
  }

  @Test
  void hugeWeightsAreScaledToFitAndStayWithinTheirShares() {
    int[] weights = IntStream.range(0, 20).map(i -> 65535 - 7 * i).toArray();
    List<Backend> backends = backends(weights);
    Backend[] cycle = RoundRobin.cycle(backends);
    assertThat(cycle.length).isLessThanOrEqualTo(RoundRobin.MAX_CYCLE + weights.length);
    long sum = Arrays.stream(weights).asLongStream().sum();
    Map<Backend, Integer> counts = count(cycle);
    for (Backend backend : backends) {
      double share = (double) Objects.requireNonNull(counts.get(backend)) / cycle.length;
      assertThat(share)
          .isCloseTo(
              (double) backend.weight() / sum,
              org.assertj.core.data.Offset.offset(1.0 / RoundRobin.MAX_CYCLE));
    }
  }

  @Test
  void aTinyWeightBesideHugeOnesIsStillPicked() {
    Backend[] cycle = RoundRobin.cycle(backends(65535, 65534, 65533, 1));
    assertThat(count(cycle)).hasSize(4);
  }

  @Test
  void withoutBackendsThereIsNoChoice() {
    assertThat(new RoundRobin().picker(List.of()).pick(ANY_REQUEST)).isNull();
  }

  @Test
  void aChangeOfTheSetGoesOnFromTheSamePlace() {
    RoundRobin balancer = new RoundRobin();
    List<Backend> backends = backends(1, 1, 1);
    Balancer.Picker before = balancer.picker(backends);
    assertThat(before.pick(ANY_REQUEST)).isSameAs(backends.get(0));
    Balancer.Picker after = balancer.picker(backends);
    assertThat(after.pick(ANY_REQUEST)).isSameAs(backends.get(1));
    assertThat(after.pick(ANY_REQUEST)).isSameAs(backends.get(2));
  }

  @Test
  void threadsTogetherGiveExactSharesOverWholeCycles() throws Exception {
    List<Backend> backends = backends(5, 3, 2);
    Balancer.Picker picker = new RoundRobin().picker(backends);
    int threads = 4;
    int each = 25_000;
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      Callable<Map<Backend, Integer>> task =
          () -> {
            Map<Backend, Integer> counts = new HashMap<>();
            for (int i = 0; i < each; i++) {
              counts.merge(Objects.requireNonNull(picker.pick(ANY_REQUEST)), 1, Integer::sum);
            }
            return counts;
          };
      Map<Backend, Integer> all = new HashMap<>();
      for (Future<Map<Backend, Integer>> done :
          pool.invokeAll(java.util.Collections.nCopies(threads, task))) {
        done.get().forEach((backend, n) -> all.merge(backend, n, Integer::sum));
      }
      assertThat(all)
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(backends.get(0), 50_000, backends.get(1), 30_000, backends.get(2), 20_000));
    }
  }
}
