package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Backend;
import io.sluice.balance.Health.State;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.ScriptedBackend;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of health and checks when the configuration changes. */
class ChangesIT {
  private ScriptedBackend live;
  private int dead;
  private CheckedPool pool;

  @BeforeEach
  void start() throws Exception {
    live = ScriptedBackend.start();
    dead = Ports.closed();
    pool = CheckedPool.of(CheckedPool.OFTEN, live.port(), dead);
    pool.await(1, State.UP);
    pool.await(2, State.DOWN);
  }

  @AfterEach
  void stop() throws Exception {
    pool.close();
    live.close();
  }

  private PoolSpec spec() {
    return pool.pool().spec();
  }

  @Test
  void backendsThatStayKeepHealthAndHistory() throws Exception {
    HealthStatus before = pool.status(2);
    pool.update(
        spec()
            .withBackends(
                List.of(
                    CheckedPool.backend("b0", live.port()),
                    spec().backends().get(1).withWeight(7))));
    pool.await(1, State.UP);
    assertThat(pool.backend(2).id()).isEqualTo("b2");
    assertThat(pool.backend(2).health().since()).isEqualTo(before.health().since());
    assertThat(pool.status(2).counts().failed()).isGreaterThanOrEqualTo(before.counts().failed());
    assertThat(pool.status(2).counts().transitions()).isEqualTo(1);
  }

  @Test
  void backendsThatGoAreCheckedNoMore() throws Exception {
    Backend gone = pool.backend(1);
    pool.update(spec().withBackends(List.of(spec().backends().get(1))));
    assertThat(pool.checker().status(gone)).isNull();
    int connections = (int) Await.rest(() -> live.connections().size());
    pool.awaitChecks(1, 3);
    assertThat(live.connections()).hasSize(connections);
  }

  @Test
  void aChangedCheckIsMadeAtOnce() throws Exception {
    pool.update(
        spec()
            .withHealthCheck(
                CheckedPool.OFTEN
                    .withInterval(Duration.ofHours(1))
                    .withType(HealthCheckSpec.Type.HTTP)));
    Await.until(
        () -> live.connections().stream().anyMatch(c -> c.received().startsWith("GET / ")),
        "the new check is made");
    assertThat(pool.backend(1).health().state()).isEqualTo(State.UP);
  }

  @Test
  void inMaintenanceABackendIsNotCheckedAndNothingIsKnownOfIt() throws Exception {
    pool.update(withState(AdminState.MAINT));
    Await.until(
        () -> pool.backend(1).health().state() == State.UNKNOWN, "its health is unknown again");
    assertThat(pool.backend(1).health().reason()).isEqualTo("in maintenance");
    long checks = pool.checks(1);
    pool.awaitChecks(2, 3);
    assertThat(pool.checks(1)).isEqualTo(checks);
    pool.update(withState(AdminState.READY));
    pool.await(1, State.UP);
    assertThat(pool.status(1).transitions().stream().map(HealthTransition::to))
        .containsExactly(State.UP, State.UNKNOWN, State.UP);
  }

  @Test
  void whileItDrainsABackendIsChecked() throws Exception {
    pool.update(withState(AdminState.DRAIN));
    pool.awaitChecks(1, 2);
    assertThat(pool.backend(1).health().state()).isEqualTo(State.UP);
  }

  private PoolSpec withState(AdminState state) {
    return spec()
        .withBackends(
            List.of(
                spec().backends().getFirst().withAdminState(state), spec().backends().getLast()));
  }

  @Test
  void withoutChecksABackendIsNoLongerDown() throws Exception {
    pool.update(spec().withHealthCheck(null));
    Await.until(
        () -> pool.backend(2).health().state() == State.UNKNOWN, "nothing is known any more");
    assertThat(pool.checker().status(pool.backend(2))).isNull();
  }
}
