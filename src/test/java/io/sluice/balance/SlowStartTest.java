package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlowStartTest {
  private static final Duration LENGTH = Duration.ofSeconds(10);

  private static PoolSpec pool(double curve) {
    return TestPool.with(
        TestPool.spec("a", "b"), b -> b.withSlowStart(new BalanceSpec.SlowStart(LENGTH, curve)));
  }

  /** The share of {@code b}'s usual half that it gets. */
  private static double share(TestPool pool) {
    Map<String, Integer> picks = pool.picks(42_000);
    return (double) picks.getOrDefault("b", 0) / picks.getOrDefault("a", 0);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1, 2, 5})
  void aRecoveredBackendsShareFollowsTheCurve(double curve) {
    TestPool pool = new TestPool(pool(curve));
    pool.down("b");
    pool.up("b");
    assertThat(share(pool)).isCloseTo(0.1, Offset.offset(0.001));
    for (int second = 1; second < 10; second++) {
      pool.after(Duration.ofSeconds(1));
      double wanted = Math.max(0.1, Math.pow(second / 10.0, 1 / curve));
      assertThat(share(pool)).as("after %d s", second).isBetween(wanted - 0.051, wanted + 0.001);
    }
    pool.after(Duration.ofSeconds(1));
    assertThat(share(pool)).isEqualTo(1.0);
  }

  @Test
  void theShareNeverFallsOnTheWay() {
    TestPool pool = new TestPool(pool(1));
    pool.down("b");
    pool.up("b");
    double before = share(pool);
    for (int i = 0; i < 100; i++) {
      pool.after(Duration.ofMillis(100));
      double now = share(pool);
      assertThat(now).isGreaterThan(before - 0.001); // picks end within a cycle
      before = now;
    }
    assertThat(before).isEqualTo(1.0);
  }

  @Test
  void whatIsThereFromTheBeginningIsWarm() {
    assertThat(new TestPool(pool(1)).picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
  }

  @Test
  void aNewBackendStartsSlowlyAndTheOthersGoOn() {
    TestPool pool = new TestPool(pool(1));
    PoolSpec more = pool.pool().spec();
    List<BackendSpec> backends = new ArrayList<>(more.backends());
    backends.add(TestPool.backend("c"));
    pool.update(more.withBackends(backends));
    assertThat(pool.picks(210)).isEqualTo(Map.of("a", 100, "b", 100, "c", 10));
    pool.after(LENGTH);
    assertThat(pool.picks(30)).isEqualTo(Map.of("a", 10, "b", 10, "c", 10));
  }

  @Test
  void aBackendThatWasDrainedOrEjectedStartsSlowlyToo() {
    TestPool pool = new TestPool(pool(1));
    pool.ejected("b");
    pool.returned("b");
    assertThat(share(pool)).isCloseTo(0.1, Offset.offset(0.001));
    pool.after(LENGTH);
    PoolSpec ready = pool.pool().spec();
    pool.update(
        ready.withBackends(
            List.of(
                ready.backends().get(0),
                ready.backends().get(1).withAdminState(AdminState.DRAIN))));
    pool.update(ready);
    assertThat(share(pool)).isCloseTo(0.1, Offset.offset(0.001));
  }

  @Test
  void aNewWeightDuringTheStartCountsAtOnce() {
    TestPool pool = new TestPool(pool(1));
    pool.down("b");
    pool.up("b");
    pool.after(Duration.ofSeconds(5));
    PoolSpec spec = pool.pool().spec();
    pool.update(
        spec.withBackends(List.of(spec.backends().get(0), spec.backends().get(1).withWeight(4))));
    assertThat(share(pool)).isCloseTo(2.0, Offset.offset(0.001));
  }

  @Test
  void aBackendThatFailsDuringItsStartBeginsAgain() {
    TestPool pool = new TestPool(pool(1));
    pool.down("b");
    pool.up("b");
    pool.after(Duration.ofSeconds(8));
    pool.down("b");
    pool.up("b");
    assertThat(share(pool)).isCloseTo(0.1, Offset.offset(0.001));
  }

  @Test
  void withoutASlowStartTheWholeShareComesAtOnce() {
    TestPool pool = new TestPool(TestPool.spec("a", "b"));
    pool.down("b");
    pool.up("b");
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
  }
}
