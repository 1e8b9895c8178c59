package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.PoolLoad.Grant;
import io.sluice.config.PoolSpec.Retries.Budget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final RetryBudget budget = new RetryBudget();

  /** How many of so many questions at one moment are granted. */
  private int granted(Budget rules, int live, long now, int questions) {
    int n = 0;
    for (int i = 0; i < questions; i++) {
      n += budget.ask(rules, live, now) == Grant.NONE ? 0 : 1;
    }
    return n;
  }

  @Test
  void triesUnderWayNeverExceedTheShare() {
    assertThat(granted(new Budget(0.2, 0), 50, 0, 100)).isEqualTo(10);
  }

  @Test
  void aShareOfFewRequestsIsNone() {
    assertThat(granted(new Budget(0.2, 0), 4, 0, 10)).isZero();
    assertThat(granted(new Budget(0.2, 0), 5, 0, 10)).isEqualTo(1);
  }

  @Test
  void aDecidedTryMakesRoomForAnother() {
    Budget rules = new Budget(0.1, 0);
    assertThat(granted(rules, 10, 0, 5)).isEqualTo(1);
    budget.done();
    assertThat(granted(rules, 10, 0, 5)).isEqualTo(1);
  }

  @Test
  void theFloorAllowsItsNumberAtOnceAndThenEvenly() {
    Budget rules = new Budget(0, 10);
    long start = Long.MAX_VALUE - SECOND; // System.nanoTime may overflow at any moment
    assertThat(granted(rules, 1000, start, 100)).isEqualTo(10);
    assertThat(granted(rules, 1000, start + SECOND / 20, 100)).isZero();
    assertThat(granted(rules, 1000, start + SECOND / 10, 100)).isEqualTo(1);
    assertThat(granted(rules, 1000, start + SECOND / 2, 100)).isEqualTo(4);
    assertThat(granted(rules, 1000, start + 100 * SECOND, 100)).isEqualTo(10);
  }

  @Test
  void overAnyTimeTheFloorAllowsOneBucketAndWhatFlowsIn() {
    Budget rules = new Budget(0, 7);
    int n = 0;
    for (long now = 0; now <= 10 * SECOND; now += SECOND / 100) {
      n += granted(rules, 0, now, 3);
    }
    assertThat(n).isEqualTo(7 + 70);
  }

  @Test
  void theFloorComesOnTopOfTheShare() {
    Budget rules = new Budget(0.5, 3);
    List<Grant> grants = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      grants.add(budget.ask(rules, 4, 0));
    }
    assertThat(grants)
        .containsExactly(
            Grant.SHARE, Grant.SHARE, Grant.FLOOR, Grant.FLOOR, Grant.FLOOR, Grant.NONE);
  }

  @Test
  void nothingIsAllowedByAnEmptyBudget() {
    assertThat(granted(new Budget(0, 0), 1000, 0, 10)).isZero();
  }

  @Test
  void threadsTogetherGetNoMoreThanOne() throws Exception {
    Budget rules = new Budget(0.3, 100);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<Integer>> askers = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        askers.add(() -> granted(rules, 1000, 5, 1000));
      }
      int sum = 0;
      for (Future<Integer> asker : threads.invokeAll(askers)) {
        sum += asker.get();
      }
      assertThat(sum).isEqualTo(300 + 100);
    }
  }
}
