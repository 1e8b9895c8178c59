package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Ejection;
import io.sluice.balance.Health;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code frontend/src/state.test.ts} holds the same rule for the other side. */
class ShownStateTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final BackendSpec SPEC = BackendSpec.of(new Address.Tcp("127.0.0.1", 1));
  private static final Health UP = new Health(Health.State.UP, null, NOW.minusSeconds(60));
  private static final Health DOWN =
      new Health(Health.State.DOWN, "refused", NOW.minusSeconds(240));
  private static final Ejection EJECTED = new Ejection(NOW.plusSeconds(21), "5 × 502", 1);

  @Test
  void whoIsDownAndEjectedIsDown() {
    assertThat(shown(SPEC, live(DOWN, EJECTED)))
        .isEqualTo(new ShownState(ShownState.Kind.DOWN, "down · 4 min"));
    assertThat(ShownState.why(List.of(live(DOWN, EJECTED)))).isEqualTo("refused");
  }

  @Test
  void anEjectionShowsForHowLong() {
    assertThat(shown(SPEC, live(UP, EJECTED)))
        .isEqualTo(new ShownState(ShownState.Kind.EJECTED, "ejected · 21 s"));
    assertThat(ShownState.why(List.of(live(UP, EJECTED)))).isEqualTo("5 × 502");
  }

  @Test
  void whatAnOperatorWantsWinsOverWhatIsObserved() {
    assertThat(shown(SPEC.withAdminState(AdminState.DRAIN), live(DOWN, EJECTED)))
        .isEqualTo(new ShownState(ShownState.Kind.DRAIN, "drained"));
  }

  @Test
  void theWorstOfSeveralAddressesGivesTheShapeAndTheReason() {
    List<BackendStatus> live =
        List.of(live(UP, EJECTED), live(UP, Ejection.NONE), live(DOWN, EJECTED));
    assertThat(ShownState.of(SPEC, live, true, NOW, new Formats(() -> NOW)))
        .isEqualTo(new ShownState(ShownState.Kind.DOWN, "1 of 3 up"));
    assertThat(ShownState.why(live)).isEqualTo("refused");
  }

  @Test
  void addressesThatEndOrAreNotReadyAreCountedAndGiveNoShape() {
    BackendStatus up = live(UP, Ejection.NONE);
    BackendStatus ending = live(DOWN, Ejection.NONE, AdminState.DRAIN);
    assertThat(ShownState.of(SPEC, List.of(up, ending), true, NOW, new Formats(() -> NOW)))
        .isEqualTo(new ShownState(ShownState.Kind.UP, "1 of 2 up"));
    assertThat(shown(SPEC, ending)).isEqualTo(new ShownState(ShownState.Kind.DOWN, "0 of 1 up"));
  }

  private static ShownState shown(BackendSpec spec, BackendStatus live) {
    return ShownState.of(spec, List.of(live), true, NOW, new Formats(() -> NOW));
  }

  private static BackendStatus live(Health health, Ejection ejection) {
    return live(health, ejection, AdminState.READY);
  }

  private static BackendStatus live(Health health, Ejection ejection, AdminState state) {
    return new BackendStatus(
        "web",
        "web-1",
        "127.0.0.1:1",
        0,
        health.state() == Health.State.UP,
        health,
        ejection,
        null,
        state,
        false,
        0,
        0);
  }
}
