package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a pool would do tells what it does once it is made so. */
class PoolForecastTest {

  private static PoolSpec weighted(PoolSpec spec, int... weights) {
    List<BackendSpec> backends = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      backends.add(spec.backends().get(i).withWeight(weights[i]));
    }
    return spec.withBackends(backends);
  }

  @Test
  void whatIsKnownOfBackendsThatStayCounts() {
    PoolSpec spec = TestPool.spec("a", "b", "c");
    TestPool pool = new TestPool(spec);
    pool.down("b");
    PoolForecast forecast = pool.pool().forecast(weighted(spec, 3, 5, 1));
    assertThat(forecast.totalWeight()).isEqualTo(9);
    assertThat(forecast.eligibleWeight()).isEqualTo(4);
    assertThat(forecast.shares()).containsOnly(entry("a", 0.75), entry("c", 0.25));
  }

  @Test
  void theSharesAreThoseThatThePoolThenHas() {
    PoolSpec spec = TestPool.spec("a", "b", "c");
    TestPool pool = new TestPool(spec);
    pool.down("c");
    PoolSpec next =
        weighted(spec, 1, 2, 3)
            .withBackends(
                List.of(
                    spec.backends().get(0),
                    spec.backends().get(1).withTier(1).withWeight(2),
                    spec.backends().get(2)));
    PoolForecast forecast = pool.pool().forecast(next);
    pool.update(next);
    pool.pool()
        .shares()
        .forEach(
            (backend, share) ->
                assertThat(share).isCloseTo(forecast.shares().get(backend.id()), within(1e-6)));
    assertThat(pool.pool().shares()).hasSameSizeAs(forecast.shares());
  }

  @Test
  void forecastsChangeNothing() {
    PoolSpec spec = TestPool.spec("a", "b");
    TestPool pool = new TestPool(spec);
    pool.pool().forecast(weighted(spec, 0, 9)).rehearse(new RoundRobin.Factory());
    assertThat(pool.pool().spec()).isEqualTo(spec);
    assertThat(pool.picks(4)).containsOnly(entry("a", 2), entry("b", 2));
  }

  @Test
  void aDrainLowersWhatIsEligibleAndNotTheWhole() {
    PoolSpec spec = TestPool.spec("a", "b");
    TestPool pool = new TestPool(spec);
    PoolSpec next =
        spec.withBackends(
            List.of(
                spec.backends().getFirst().withAdminState(AdminState.DRAIN),
                spec.backends().getLast()));
    assertThat(pool.pool().forecast(next).totalWeight()).isEqualTo(2);
    assertThat(pool.pool().forecast(next).eligibleWeight()).isEqualTo(1);
  }

  @Test
  void anAlgorithmThatFailsOnItsBackendsFailsTheRehearsal() {
    Balancer.Factory fragile =
        new Balancer.Factory() {
          @Override
          public String name() {
            return "fragile";
          }

          @Override
          public Balancer create(PoolSpec of) {
            return eligible -> {
              throw new IllegalStateException("not with these");
            };
          }
        };
    assertThatThrownBy(() -> PoolForecast.of(TestPool.spec("a")).rehearse(fragile))
        .hasMessage("not with these");
  }
}
