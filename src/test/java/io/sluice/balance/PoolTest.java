package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sluice.balance.PoolStatus.Mode;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.BalanceSpec.Panic;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Who takes requests: the three facts, tiers and panic. */
class PoolTest {

  private static PoolSpec tiers(int... tierOfEach) {
    List<BackendSpec> backends = new ArrayList<>();
    for (int i = 0; i < tierOfEach.length; i++) {
      backends.add(TestPool.backend("b" + i).withTier(tierOfEach[i]));
    }
    return PoolSpec.of("p", backends);
  }

  private static PoolSpec panic(PoolSpec spec, double threshold, Panic.Mode mode) {
    return TestPool.with(spec, b -> b.withPanic(new Panic(threshold, mode)));
  }

  private static PoolSpec drained(PoolSpec spec, String name, AdminState state) {
    return spec.withBackends(
        spec.backends().stream()
            .map(b -> b.id().equals(name) ? b.withAdminState(state) : b)
            .toList());
  }

  @Test
  void aBackendThatIsDownTakesNoneUntilItIsUpAgain() {
    TestPool pool = new TestPool(TestPool.spec("a", "b", "c"));
    pool.down("b");
    assertThat(pool.picks(30)).isEqualTo(Map.of("a", 15, "c", 15));
    pool.up("b");
    assertThat(pool.picks(30)).isEqualTo(Map.of("a", 10, "b", 10, "c", 10));
  }

  @Test
  void anEjectedBackendTakesNoneUntilItsEjectionEnds() {
    TestPool pool = new TestPool(TestPool.spec("a", "b"));
    pool.ejected("a");
    assertThat(pool.picks(10)).isEqualTo(Map.of("b", 10));
    pool.returned("a");
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
  }

  @Test
  void theThreeFactsDoNotOverwriteEachOther() {
    TestPool pool = new TestPool(TestPool.spec("a", "b"));
    pool.down("a");
    pool.ejected("a");
    pool.update(drained(pool.pool().spec(), "a", AdminState.DRAIN));
    assertThat(pool.picks(10)).isEqualTo(Map.of("b", 10));
    pool.update(drained(pool.pool().spec(), "a", AdminState.READY));
    assertThat(pool.picks(10)).isEqualTo(Map.of("b", 10));
    pool.up("a");
    assertThat(pool.picks(10)).isEqualTo(Map.of("b", 10));
    pool.returned("a");
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
  }

  @Test
  void drainedAndMaintainedBackendsTakeNone() {
    PoolSpec spec = TestPool.spec("a", "b", "c");
    TestPool pool =
        new TestPool(drained(drained(spec, "a", AdminState.DRAIN), "b", AdminState.MAINT));
    assertThat(pool.picks(10)).isEqualTo(Map.of("c", 10));
  }

  @Test
  void aBackendThatWasNotCheckedTakesRequestsUnlessThePoolSaysItStartsDown() {
    PoolSpec checked = TestPool.spec("a", "b").withHealthCheck(HealthCheckSpec.DEFAULT);
    assertThat(new TestPool(checked).picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
    TestPool cautious =
        new TestPool(checked.withHealthCheck(HealthCheckSpec.DEFAULT.withStartUp(false)));
    assertThat(cautious.picks(10)).isEqualTo(Map.of("none", 10));
    assertThat(cautious.pool().status().reason())
        .isEqualTo("no backend is eligible: 2 not checked yet");
    cautious.up("a");
    assertThat(cautious.picks(10)).isEqualTo(Map.of("a", 10));
  }

  @Test
  void aWeightOfZeroTakesNoneEvenInPanic() {
    PoolSpec spec = TestPool.spec("a", "b");
    spec = spec.withBackends(List.of(spec.backends().get(0).withWeight(0), spec.backends().get(1)));
    TestPool pool = new TestPool(panic(spec, 1.0, Panic.Mode.USE_ALL));
    pool.down("b");
    assertThat(pool.pool().status().mode()).isEqualTo(Mode.PANIC);
    assertThat(pool.picks(10)).isEqualTo(Map.of("b", 10));
  }

  @Test
  void withoutAnEligibleBackendThereIsNoChoiceAndTheReasonsAreCounted() {
    PoolSpec spec = TestPool.spec("a", "b", "c", "d");
    List<BackendSpec> backends = new ArrayList<>(spec.backends());
    backends.set(3, backends.get(3).withWeight(0));
    TestPool pool = new TestPool(drained(spec.withBackends(backends), "c", AdminState.MAINT));
    pool.down("a");
    pool.ejected("b");
    assertThat(pool.picks(3)).isEqualTo(Map.of("none", 3));
    PoolStatus status = pool.pool().status();
    assertThat(status.mode()).isEqualTo(Mode.UNAVAILABLE);
    assertThat(status.eligible()).isZero();
    assertThat(status.backends()).isEqualTo(4);
    assertThat(status.reason())
        .isEqualTo(
            "no backend is eligible: 1 down, 1 ejected, 1 drained or in maintenance, 1 of weight 0");
    assertThat(new TestPool(TestPool.spec()).pool().status().reason())
        .isEqualTo("the pool has no backends");
  }

  // ---------------------------------------------------------------- tiers

  @Test
  void aBackupTakesNothingWhileTheFirstTierIsWhole() {
    TestPool pool = new TestPool(tiers(0, 0, 1, 2));
    assertThat(pool.picks(100)).isEqualTo(Map.of("b0", 50, "b1", 50));
    assertThat(pool.pool().status().mode()).isEqualTo(Mode.NORMAL);
  }

  @Test
  void aTierKeepsAllRequestsWithFiveOfSevenBackends() {
    TestPool pool = new TestPool(tiers(0, 0, 0, 0, 0, 0, 0, 1));
    pool.down("b0", "b1");
    assertThat(pool.picks(100)).doesNotContainKey("b7");
    pool.down("b2");
    assertThat(pool.picks(10_000)).containsKey("b7");
    assertThat(pool.pool().status().reason())
        .isEqualTo("of the requests tier 0 takes 80 %, tier 1 takes 20 %");
  }

  @Test
  void withHalfOfItATierKeepsSeventyPercent() {
    TestPool pool = new TestPool(tiers(0, 0, 1));
    pool.down("b0");
    assertThat(pool.pool().status().mode()).isEqualTo(Mode.SPILLED);
    Map<String, Integer> picks = pool.picks(100_000);
    assertThat(picks.get("b1")).isBetween(69_000, 71_000);
    assertThat(picks.get("b2")).isBetween(29_000, 31_000);
  }

  @Test
  void aTierThatIsGoneLeavesAllToTheNextOneThatIsThere() {
    TestPool pool = new TestPool(tiers(0, 0, 1, 2));
    pool.down("b0", "b1");
    assertThat(pool.picks(10)).isEqualTo(Map.of("b2", 10));
    pool.down("b2");
    assertThat(pool.picks(10)).isEqualTo(Map.of("b3", 10));
  }

  @Test
  void drainedBackendsAreMissingFromTheirTier() {
    TestPool pool = new TestPool(drained(tiers(0, 0, 1), "b0", AdminState.DRAIN));
    assertThat(pool.picks(1000)).containsKeys("b1", "b2");
  }

  @Test
  void whenAllTiersTogetherAreTooWeakTheyStillTakeAllRequests() {
    TestPool pool = new TestPool(tiers(0, 0, 0, 0, 1, 1, 1, 1));
    pool.down("b0", "b1", "b2", "b4", "b5", "b6");
    Map<String, Integer> picks = pool.picks(100_000);
    assertThat(picks).containsOnlyKeys("b3", "b7");
    assertThat(picks.get("b3")).isBetween(49_000, 51_000);
  }

  // ---------------------------------------------------------------- panic

  @Test
  void withoutAThresholdThereIsNoPanic() {
    TestPool pool = new TestPool(TestPool.spec("a", "b", "c", "d"));
    pool.down("a", "b", "c");
    assertThat(pool.pool().status().mode()).isEqualTo(Mode.NORMAL);
    assertThat(pool.picks(10)).isEqualTo(Map.of("d", 10));
  }

  @Test
  void belowTheThresholdUseAllIgnoresHealthAndEjection() {
    TestPool pool = new TestPool(panic(TestPool.spec("a", "b", "c", "d"), 0.5, Panic.Mode.USE_ALL));
    pool.down("a");
    pool.ejected("b");
    assertThat(pool.pool().status().mode()).isEqualTo(Mode.NORMAL);
    pool.down("c");
    assertThat(pool.picks(40)).isEqualTo(Map.of("a", 10, "b", 10, "c", 10, "d", 10));
    assertThat(pool.pool().status().mode()).isEqualTo(Mode.PANIC);
    assertThat(pool.pool().status().eligible()).isEqualTo(1);
    assertThat(pool.pool().status().reason())
        .isEqualTo("25 % of the weight is eligible, below the threshold of 50 %: use-all");
  }

  @Test
  void failRefusesEverythingBelowTheThreshold() {
    TestPool pool = new TestPool(panic(TestPool.spec("a", "b", "c"), 0.5, Panic.Mode.FAIL));
    pool.down("a", "b");
    assertThat(pool.picks(10)).isEqualTo(Map.of("none", 10));
    pool.up("a");
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "c", 5));
  }

  @Test
  void lastKnownGoodGoesOnWithThoseBeforeTheFall() {
    TestPool pool =
        new TestPool(panic(TestPool.spec("a", "b", "c", "d"), 0.5, Panic.Mode.LAST_KNOWN_GOOD));
    pool.down("a");
    pool.down("b");
    pool.down("c");
    assertThat(pool.picks(20)).isEqualTo(Map.of("c", 10, "d", 10));
    pool.down("d");
    assertThat(pool.picks(20)).isEqualTo(Map.of("c", 10, "d", 10));
    pool.update(drained(pool.pool().spec(), "c", AdminState.MAINT));
    assertThat(pool.picks(20)).isEqualTo(Map.of("d", 20));
  }

  @Test
  void lastKnownGoodWithoutAnyGoodMomentUsesAll() {
    PoolSpec spec =
        panic(TestPool.spec("a", "b"), 0.5, Panic.Mode.LAST_KNOWN_GOOD)
            .withHealthCheck(HealthCheckSpec.DEFAULT.withStartUp(false));
    assertThat(new TestPool(spec).picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
  }

  @Test
  void whatAnOperatorTookOutDoesNotCauseAPanic() {
    PoolSpec spec = panic(TestPool.spec("a", "b", "c"), 0.6, Panic.Mode.USE_ALL);
    TestPool pool =
        new TestPool(drained(drained(spec, "a", AdminState.DRAIN), "b", AdminState.MAINT));
    assertThat(pool.pool().status().mode()).isEqualTo(Mode.NORMAL);
    assertThat(pool.picks(10)).isEqualTo(Map.of("c", 10));
  }

  // ---------------------------------------------------------------- retries

  @Test
  void aRequestGoesNowhereItAvoidsWhileThereIsAnotherBackend() {
    TestPool pool = new TestPool(TestPool.spec("a", "b", "c", "d", "e", "f", "g", "h"));
    Backend[] all = pool.pool().backends().toArray(Backend[]::new);
    Backend[] allButOne = Arrays.copyOf(all, all.length - 1);
    assertThat(pool.picks(50, TestRequest.of("x").avoiding(allButOne))).isEqualTo(Map.of("h", 50));
    assertThat(pool.picks(50, TestRequest.of("x").avoiding(all))).doesNotContainKey("none");
  }

  @Test
  void aRequestThatAvoidsAWholeTierGoesToTheNextOneOfThoseThatTakeRequests() {
    TestPool pool = new TestPool(tiers(0, 0, 1));
    pool.down("b0");
    assertThat(pool.picks(50, TestRequest.of("x").avoiding(pool.backendNamed("b1"))))
        .isEqualTo(Map.of("b2", 50));
  }

  // ---------------------------------------------------------------- changes

  @Test
  void aNewWeightKeepsCountersAndHealth() {
    PoolSpec spec = TestPool.spec("a", "b");
    TestPool pool = new TestPool(spec);
    Backend a = pool.backendNamed("a");
    a.requestStarted();
    pool.down("b");
    pool.update(
        spec.withBackends(
            List.of(spec.backends().get(1).withWeight(5), spec.backends().get(0).withWeight(3))));
    assertThat(pool.backendNamed("a")).isSameAs(a);
    assertThat(a.inFlight()).isEqualTo(1);
    assertThat(pool.pool().inFlight()).isEqualTo(1);
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 10));
    pool.up("b");
    assertThat(pool.picks(80)).isEqualTo(Map.of("a", 30, "b", 50));
    a.requestEnded();
    assertThat(pool.pool().inFlight()).isZero();
  }

  @Test
  void aBackendWithAnotherAddressIsAnotherBackend() {
    PoolSpec spec = TestPool.spec("a");
    TestPool pool = new TestPool(spec);
    Backend old = pool.backendNamed("a");
    BackendSpec moved = BackendSpec.of("a", TestPool.backend("elsewhere").address());
    pool.update(spec.withBackends(List.of(moved)));
    assertThat(pool.backendNamed("a")).isNotSameAs(old);
    assertThat(pool.pool().pick(TestRequest.ANY)).isSameAs(pool.backendNamed("a"));
  }

  @Test
  void anAlgorithmThatRefusesLeavesThePoolAsItWas() {
    PoolSpec spec = TestPool.spec("a");
    TestPool pool = new TestPool(spec);
    PoolSpec next = TestPool.spec("b").withAlgorithm("picky");
    Balancer.Factory picky =
        new Balancer.Factory() {
          @Override
          public String name() {
            return "picky";
          }

          @Override
          public Balancer create(PoolSpec of) {
            throw new IllegalArgumentException("not like this");
          }
        };
    assertThatIllegalArgumentException().isThrownBy(() -> pool.pool().prepare(next, picky, null));
    assertThat(pool.pool().spec()).isEqualTo(spec);
    assertThat(pool.picks(5)).isEqualTo(Map.of("a", 5));
  }

  @Test
  void anAlgorithmThatFailsOnAChangeLeavesTheChoiceAsItWas() {
    Balancer fragile =
        eligible -> {
          if (eligible.size() < 2) {
            throw new IllegalStateException("too few");
          }
          return request -> eligible.getFirst();
        };
    TestPool pool = new TestPool(TestPool.spec("a", "b"), fragile, Runnable::run);
    pool.down("b");
    assertThat(pool.picks(5)).isEqualTo(Map.of("a", 5));
  }

  @Test
  void manyChangesAtOnceAreLookedAtOnce() {
    Queue<Runnable> waiting = new ArrayDeque<>();
    TestPool pool = new TestPool(TestPool.spec("a", "b", "c"), new RoundRobin(), waiting::add);
    pool.down("a", "b");
    pool.ejected("c");
    assertThat(pool.picks(30)).as("nobody has looked yet").hasSize(3);
    assertThat(waiting).hasSize(1);
    waiting.remove().run();
    assertThat(pool.picks(5)).isEqualTo(Map.of("none", 5));
    pool.up("a");
    assertThat(waiting).hasSize(1);
    waiting.remove().run();
    assertThat(pool.picks(5)).isEqualTo(Map.of("a", 5));
  }

  @Test
  void theModeKeepsItsTimeWhileFiguresChange() {
    TestPool pool = new TestPool(tiers(0, 0, 0, 0, 1));
    pool.down("b0", "b1");
    PoolStatus spilled = pool.pool().status();
    pool.down("b2");
    assertThat(pool.pool().status().since()).isEqualTo(spilled.since());
    assertThat(pool.pool().status().reason()).isNotEqualTo(spilled.reason());
    pool.up("b0", "b1", "b2");
    assertThat(pool.pool().status().mode()).isEqualTo(Mode.NORMAL);
  }
}
