package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health.State;
import io.sluice.config.BackendSpec.AdminState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An ejected backend gets one request, and no other, before it is back. */
class ProbeTest {
  private final TestPool pool = new TestPool(TestPool.spec("a", "b", "c"));

  @BeforeEach
  void eject() {
    pool.ejected("c");
  }

  private boolean offer(String name) {
    return pool.pool().offerProbe(pool.backendNamed(name));
  }

  @Test
  void oneRequestGoesToTheBackendThatIsProbed() {
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
    assertThat(offer("c")).isTrue();
    assertThat(pool.pool().isProbeOffered(pool.backendNamed("c"))).isTrue();
    assertThat(pool.picks(11)).isEqualTo(Map.of("a", 5, "b", 5, "c", 1));
    assertThat(pool.pool().isProbeOffered(pool.backendNamed("c"))).isFalse();
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
  }

  @Test
  void oneBackendIsProbedAfterTheOther() {
    pool.ejected("b");
    assertThat(offer("c")).isTrue();
    assertThat(offer("b")).isFalse();
    assertThat(pool.picks(5)).isEqualTo(Map.of("a", 4, "c", 1));
    assertThat(offer("b")).isTrue();
  }

  @Test
  void anOfferCanBeTakenBackByItsOwnBackendOnly() {
    assertThat(offer("c")).isTrue();
    pool.pool().withdrawProbe(pool.backendNamed("a"));
    assertThat(pool.pool().isProbeOffered(pool.backendNamed("c"))).isTrue();
    pool.pool().withdrawProbe(pool.backendNamed("c"));
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
  }

  @Test
  void aBackendThatIsDownOrDrainingIsNotProbed() {
    offer("c");
    pool.health("c", State.DOWN);
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
    pool.health("c", State.UP);
    pool.update(
        TestPool.spec("a", "b", "c")
            .withBackends(
                List.of(
                    TestPool.backend("a"),
                    TestPool.backend("b"),
                    TestPool.backend("c").withAdminState(AdminState.DRAIN))));
    assertThat(pool.picks(10)).isEqualTo(Map.of("a", 5, "b", 5));
  }

  @Test
  void whenAllAreEjectedTheProbeIsTheOnlyWayIn() {
    pool.ejected("a");
    pool.ejected("b");
    offer("c");
    assertThat(pool.picks(3)).isEqualTo(Map.of("c", 1, "none", 2));
  }
}
