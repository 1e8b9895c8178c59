package io.sluice.store;

import static io.sluice.store.Snapshots.NONE;
import static io.sluice.store.Snapshots.backend;
import static io.sluice.store.Snapshots.pool;
import static io.sluice.store.Snapshots.route;
import static io.sluice.store.Snapshots.with;
import static io.sluice.store.Snapshots.withRoutes;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangeSummaryTest {
  private static final Snapshot TWO = Snapshots.of(2, 2);
  private static final PoolSpec P0 = TWO.pools().getFirst();
  private static final BackendSpec B0 = P0.backends().getFirst();
  private static final BackendSpec B1 = P0.backends().getLast();

  private static String of(PoolSpec changed) {
    return ChangeSummary.of(TWO, with(TWO, changed));
  }

  @Test
  void aBackendOfOnePoolIsNamed() {
    List<BackendSpec> three = new ArrayList<>(P0.backends());
    three.add(backend("b2", 9000));
    assertThat(of(P0.withBackends(three))).isEqualTo("pool p0: backend b2 added");
    assertThat(of(P0.withBackends(List.of(B1)))).isEqualTo("pool p0: backend b0 removed");
    assertThat(of(P0.withBackends(List.of(B1, B0))))
        .isEqualTo("pool p0: order of backends changed");
    assertThat(of(P0.withBackends(List.of(B0.withWeight(5), B1))))
        .isEqualTo("pool p0: backend b0 weight 1 to 5");
    assertThat(of(P0.withBackends(List.of(B0.withAdminState(AdminState.DRAIN), B1))))
        .isEqualTo("pool p0: backend b0 set to drain");
    assertThat(of(P0.withBackends(List.of(B0.withTier(2), B1))))
        .isEqualTo("pool p0: backend b0 changed");
  }

  @Test
  void settingsOfAPoolAreToldBesideItsBackends() {
    assertThat(of(P0.withAlgorithm("random"))).isEqualTo("pool p0: settings changed");
    assertThat(of(P0.withAlgorithm("random").withBackends(List.of(B0))))
        .isEqualTo("pool p0: settings changed, backend b1 removed");
  }

  @Test
  void manyAreCounted() {
    Snapshot before = withRoutes(Snapshots.of(3, 1), route("a", "p0"), route("b", "p0"));
    Snapshot after = withRoutes(Snapshots.of(3, 2), route("a", "p0"));
    assertThat(ChangeSummary.of(before, after)).isEqualTo("3 pools changed, route b removed");
    assertThat(ChangeSummary.of(NONE, before)).isEqualTo("3 pools added, 2 routes added");
    assertThat(ChangeSummary.of(before, NONE)).isEqualTo("3 pools removed, 2 routes removed");
    assertThat(ChangeSummary.of(TWO, with(TWO, pool("new", 1)))).isEqualTo("pool new added");
  }

  @Test
  void orderCountsAsAChange() {
    Snapshot reversed = new Snapshot(TWO.pools().reversed(), List.of());
    assertThat(ChangeSummary.of(TWO, reversed)).isEqualTo("order of pools changed");
    assertThat(ChangeSummary.of(TWO, Snapshots.of(2, 2))).isEqualTo("nothing changed");
  }
}
