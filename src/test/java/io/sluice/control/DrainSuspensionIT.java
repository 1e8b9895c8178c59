package io.sluice.control;

import static io.sluice.control.DrainScene.WAIT;
import static io.sluice.control.DrainScene.by;
import static io.sluice.control.DrainScene.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import io.sluice.store.SqliteStore;
import io.sluice.testkit.Await;
import io.sluice.testkit.Edits;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Drains while the pool needs their backend. The others fail because somebody forces them out of
 * service, unless a test is about checks.
 */
class DrainSuspensionIT {
  private static final Duration LONG = Duration.ofHours(1);
  private static final String ALONE = "no other backend of pool web takes requests";

  @TempDir Path directory;
  private SqliteStore store;

  @BeforeEach
  void open() {
    store = SqliteStore.open(directory.resolve("sluice.db"), 100);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private DrainScene scene(UnaryOperator<PoolSpec> change) throws IOException {
    return new DrainScene(store.operations(), change);
  }

  private static UnaryOperator<Snapshot> state(String backend, AdminState wanted) {
    return Edits.backend("web", backend, x -> x.withAdminState(wanted));
  }

  @Test
  void itIsSuspendedBelowTheMinimumCapacityAndGoesOnAboveIt() throws Exception {
    try (DrainScene scene = scene(p -> p.withMinimumCapacity(0.5));
        RawClient holding = scene.onA(get("/held?1"))) {
      scene.proxy.change(Edits.add("web", ProxySetup.backend("c", 1, 2)));
      Operation begun = scene.drain(WAIT);
      scene.proxy.force(state("c", AdminState.MAINT));
      Operation suspended = scene.await(begun.id(), State.SUSPENDED);
      assertThat(suspended.error())
          .isEqualTo(
              "the other backends of pool web have 25.0 % of its weight, below its minimum-capacity of 50.0 %");
      assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
      assertThat(scene.adminState("b")).as("it would be enough alone").isEqualTo(AdminState.READY);
      scene.proxy.change(state("c", AdminState.READY));
      assertThat(scene.await(begun.id(), State.RUNNING).error()).isNull();
      scene.awaitAdminState("a", AdminState.DRAIN);
      scene.awaitLook(begun.id(), holding, "/held?1");
      scene.await(begun.id(), State.DONE);
      assertThat(scene.states(begun.id()))
          .containsExactly(State.RUNNING, State.SUSPENDED, State.RUNNING, State.DONE);
    }
  }

  @Test
  void ofTwoInOnePoolOnlySoManyAreSuspendedAsItNeeds() throws Exception {
    try (DrainScene scene = scene(p -> p);
        RawClient onA = scene.onA(get("/held?1"));
        RawClient onB = scene.onB(get("/held?2"));
        RawClient more = scene.onB(get("/held?3"))) {
      scene.proxy.change(Edits.add("web", ProxySetup.backend("c", 1, 1)));
      Operation first = scene.drain(WAIT);
      Operation second = scene.drain("b", WAIT, false);
      scene.proxy.force(state("c", AdminState.MAINT));
      scene.await(first.id(), State.SUSPENDED);
      scene.awaitLook(second.id(), onB, "/held?2");
      assertThat(scene.adminState("b")).isEqualTo(AdminState.DRAIN);
      scene.awaitLook(second.id(), more, "/held?3");
      scene.await(second.id(), State.DONE);
      assertThat(scene.states(second.id())).containsExactly(State.RUNNING, State.DONE);
      assertThat(scene.now(first.id()).state()).isEqualTo(State.SUSPENDED);
      scene.held.release("/held?1");
      assertThat(onA.read().status()).isEqualTo(200);
    }
  }

  @Test
  void cancelledWhileSuspendedItsBackendStaysReady() throws Exception {
    try (DrainScene scene = scene(p -> p);
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(WAIT);
      scene.proxy.force(state("b", AdminState.MAINT));
      scene.await(begun.id(), State.SUSPENDED);
      long revision = scene.proxy.dataPlane().reconciler().inForce().revision().number();
      Operation cancelled = DrainScene.get(scene.operations.cancel(begun.id(), by("bob")));
      assertThat(cancelled.state()).isEqualTo(State.CANCELLED);
      assertThat(cancelled.error()).isNull();
      assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
      scene.proxy.change(state("b", AdminState.READY));
      Operation other = scene.drain("b", WAIT, false);
      scene.await(other.id(), State.DONE); // looks go on, and at this one no more
      assertThat(scene.now(begun.id())).isEqualTo(cancelled);
      assertThat(scene.proxy.dataPlane().reconciler().inForce().revision().number())
          .isEqualTo(revision + 2);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
    }
  }

  @Test
  void madeReadyByNameWhileSuspendedItIsCalledOff() throws Exception {
    try (DrainScene scene = scene(p -> p);
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(WAIT);
      scene.proxy.force(state("b", AdminState.MAINT));
      scene.await(begun.id(), State.SUSPENDED);
      DrainScene.get(scene.operations.adminState("web", "a", AdminState.READY, by("bob"), false));
      assertThat(scene.now(begun.id()).state()).isEqualTo(State.CANCELLED);
      assertThat(scene.now(begun.id()).error()).isEqualTo("the backend was set to ready by bob");
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
    }
  }

  @Test
  void aRestartKeepsASuspensionAndWhatIsStillToCome() throws Exception {
    Operation suspended;
    try (DrainScene scene = scene(p -> p);
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(new Wanted(false, LONG, AtDeadline.WAIT, null));
      scene.proxy.force(state("b", AdminState.MAINT));
      suspended = scene.await(begun.id(), State.SUSPENDED);
      scene.proxy.close();
      assertThat(holding.readToEnd()).isEmpty();
      scene.held.release("/held?1");
    }
    store.close();
    open();
    try (DrainScene scene =
            scene(
                p ->
                    p.withBackends(
                        p.backends().stream()
                            .map(x -> x.id().equals("b") ? x.withWeight(0) : x)
                            .toList()));
        RawClient holding = scene.onA(get("/held?2"));
        RawClient more = scene.onA(get("/held?3"))) {
      assertThat(scene.now(suspended.id())).isEqualTo(suspended);
      Await.until(() -> scene.now(suspended.id()).load().requests() == 2, "a look");
      scene.awaitLook(suspended.id(), holding, "/held?2");
      assertThat(scene.now(suspended.id()).state()).isEqualTo(State.SUSPENDED);
      assertThat(scene.now(suspended.id()).error()).isEqualTo(ALONE);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
      scene.proxy.change(Edits.backend("web", "b", x -> x.withWeight(1)));
      scene.await(suspended.id(), State.RUNNING);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      scene.awaitLook(suspended.id(), more, "/held?3");
      Operation done = scene.await(suspended.id(), State.DONE);
      assertThat(done.deadline()).isEqualTo(suspended.deadline());
      assertThat(done.initial()).isEqualTo(suspended.initial());
    }
  }

  @Test
  void whatWasForcedIsNeverSuspended() throws Exception {
    try (DrainScene scene = scene(p -> p);
        RawClient holding = scene.onA(get("/held?1"));
        RawClient more = scene.onA(get("/held?2"))) {
      Operation begun = scene.drain("a", WAIT, true);
      scene.proxy.force(state("b", AdminState.MAINT));
      scene.awaitLook(begun.id(), holding, "/held?1");
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      assertThat(scene.proxy.once(get("/")).status()).isEqualTo(503);
      scene.awaitLook(begun.id(), more, "/held?2");
      scene.await(begun.id(), State.DONE);
      assertThat(scene.states(begun.id())).containsExactly(State.RUNNING, State.DONE);
    }
  }

  @Test
  void whatTookNoRequestsBeforeIsNotMadeReady() throws Exception {
    try (DrainScene scene = scene(p -> p);
        RawClient holding = scene.onA(get("/held?1"));
        RawClient more = scene.onA(get("/held?2"))) {
      scene.proxy.change(state("a", AdminState.MAINT));
      Operation begun = scene.drain(WAIT);
      scene.proxy.force(state("b", AdminState.MAINT));
      scene.awaitLook(begun.id(), holding, "/held?1");
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      scene.awaitLook(begun.id(), more, "/held?2");
      scene.await(begun.id(), State.DONE);
      assertThat(scene.states(begun.id())).containsExactly(State.RUNNING, State.DONE);
    }
  }

  @Test
  void askedForAgainWithForceItGoesOnAtOnce() throws Exception {
    try (DrainScene scene = scene(p -> p);
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(WAIT);
      scene.proxy.force(state("b", AdminState.MAINT));
      scene.await(begun.id(), State.SUSPENDED);
      assertThat(scene.drain("a", WAIT, true).id()).isEqualTo(begun.id());
      scene.await(begun.id(), State.RUNNING);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      scene.awaitLook(begun.id(), holding, "/held?1");
      scene.await(begun.id(), State.DONE);
    }
  }

  @Test
  void aBackendThatCouldNotHelpIsDrainedOn() throws Exception {
    HealthCheckSpec often =
        HealthCheckSpec.DEFAULT.withInterval(Duration.ofMillis(50)).withRiseAndFall(1, 1);
    HealthCheckSpec answered =
        often.withType(HealthCheckSpec.Type.HTTP).withHttp(HealthCheckSpec.Http.DEFAULT);
    try (DrainScene scene = scene(p -> p.withHealthCheck(answered))) {
      Await.until(
          () -> scene.proxy.backend("a").up() && scene.proxy.backend("b").up(), "both are up");
      try (RawClient holding = scene.onA(get("/held?1"));
          RawClient more = scene.onA(get("/held?2"))) {
        scene.a.otherwise(c -> c.send(Wire.head("HTTP/1.1 500 Broken", "Content-Length: 0")));
        Await.until(() -> !scene.proxy.backend("a").up(), "a is down");
        Operation begun = scene.drain(WAIT);
        scene.b().close();
        Await.until(() -> !scene.proxy.backend("b").up(), "b is down");
        scene.awaitLook(begun.id(), holding, "/held?1");
        assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
        scene.awaitLook(begun.id(), more, "/held?2");
        scene.await(begun.id(), State.DONE);
        assertThat(scene.states(begun.id())).containsExactly(State.RUNNING, State.DONE);
      }
    }
  }
}
