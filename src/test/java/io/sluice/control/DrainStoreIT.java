package io.sluice.control;

import static io.sluice.control.DrainScene.WAIT;
import static io.sluice.control.DrainScene.by;
import static io.sluice.control.DrainScene.get;
import static io.sluice.control.DrainScene.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.Kind;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import io.sluice.store.SqliteStore;
import io.sluice.store.StoreException;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drains whose revisions or whose own records cannot be stored, and what is kept of them. */
class DrainStoreIT {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration AGAIN = Duration.ofSeconds(5);
  private static final String UNSTORED = "it cannot be stored: the store is broken on purpose";

  @TempDir Path directory;
  private SqliteStore store;
  private BrokenLog log;

  @BeforeEach
  void open() {
    store = SqliteStore.open(directory.resolve("sluice.db"), 100);
    log = new BrokenLog(store.operations());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private DrainScene scene() throws IOException {
    return scene(pool -> pool);
  }

  private DrainScene scene(UnaryOperator<PoolSpec> change) throws IOException {
    return new DrainScene(log, change);
  }

  private static Wanted reverting() {
    return new Wanted(false, null, AtDeadline.WAIT, LONG);
  }

  private static Wanted removing() {
    return new Wanted(true, null, AtDeadline.WAIT, null);
  }

  private static void broken(DrainScene scene, boolean now) {
    scene.proxy.store().fail(now ? StoreException.Kind.FULL : null);
  }

  /** What the store knows of an operation. */
  private String stored(String id) {
    return Objects.requireNonNullElse(log.find(id), "nothing");
  }

  // ---------------------------------------------------------------- revisions

  @Test
  void aRevertThatCannotBeStoredSaysSoAndIsMadeLater() throws Exception {
    try (DrainScene scene = scene()) {
      Operation begun = scene.drain(reverting());
      scene.await(begun.id(), State.DONE);
      scene.freeze();
      broken(scene, true);
      scene.pass(LONG);
      assertThat(scene.awaitError(begun.id(), UNSTORED).state()).isEqualTo(State.DONE);
      broken(scene, false);
      scene.pass(AGAIN.minusMillis(1));
      scene.await(scene.drain("b", WAIT, true).id(), State.DONE); // looks go on
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      scene.pass(Duration.ofMillis(1));
      scene.awaitAdminState("a", AdminState.READY);
      assertThat(scene.awaitError(begun.id(), null).state()).isEqualTo(State.DONE);
      Await.until(
          () -> stored(begun.id()).contains("\"revertPending\":false"), "nothing is to come");
    }
  }

  @Test
  void aRevertOfARunningDrainThatCannotBeStoredEndsItLater() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(reverting());
      broken(scene, true);
      scene.pass(LONG);
      assertThat(scene.awaitError(begun.id(), UNSTORED).state()).isEqualTo(State.RUNNING);
      broken(scene, false);
      scene.pass(AGAIN);
      assertThat(scene.await(begun.id(), State.CANCELLED).error())
          .isEqualTo("revertAfter has passed before it was empty");
      assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
    }
  }

  @Test
  void aRevertThatSomebodyElseMakesMeanwhileIsNotMadeAgain() throws Exception {
    try (DrainScene scene = scene()) {
      Operation begun = scene.drain(reverting());
      scene.await(begun.id(), State.DONE);
      broken(scene, true);
      scene.pass(LONG);
      scene.awaitError(begun.id(), UNSTORED);
      broken(scene, false);
      DrainScene.get(scene.operations.adminState("web", "a", AdminState.MAINT, by("bob"), false));
      scene.awaitError(begun.id(), null);
      scene.pass(AGAIN);
      Operation other = scene.drain("b", WAIT, true);
      scene.await(other.id(), State.DONE); // looks go on
      assertThat(scene.adminState("a")).isEqualTo(AdminState.MAINT);
    }
  }

  @Test
  void aSuspensionAndItsEndAreTriedAgainUntilTheyAreStored() throws Exception {
    HealthCheckSpec often =
        HealthCheckSpec.DEFAULT.withInterval(Duration.ofMillis(50)).withRiseAndFall(1, 1);
    try (DrainScene scene = scene(p -> p.withHealthCheck(often))) {
      Await.until(() -> scene.proxy.backend("b").up(), "b is up");
      try (RawClient holding = scene.onA(get("/held?1"))) {
        Operation begun = scene.drain(WAIT);
        broken(scene, true);
        scene.b().close();
        assertThat(scene.awaitError(begun.id(), UNSTORED).state()).isEqualTo(State.RUNNING);
        assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
        broken(scene, false);
        scene.pass(AGAIN);
        assertThat(scene.await(begun.id(), State.SUSPENDED).error()).startsWith("no other backend");
        broken(scene, true);
        scene.restartB();
        assertThat(scene.awaitError(begun.id(), UNSTORED).state()).isEqualTo(State.SUSPENDED);
        assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
        broken(scene, false);
        scene.pass(AGAIN);
        assertThat(scene.await(begun.id(), State.RUNNING).error()).isNull();
        scene.awaitAdminState("a", AdminState.DRAIN);
        scene.held.release("/held?1");
        assertThat(holding.read().status()).isEqualTo(200);
        scene.await(begun.id(), State.DONE);
      }
    }
  }

  @Test
  void aSuspensionThatCouldNotBeStoredIsForgottenWhenTheOthersAreWell() throws Exception {
    HealthCheckSpec often =
        HealthCheckSpec.DEFAULT.withInterval(Duration.ofMillis(50)).withRiseAndFall(1, 1);
    try (DrainScene scene = scene(p -> p.withHealthCheck(often))) {
      Await.until(() -> scene.proxy.backend("b").up(), "b is up");
      try (RawClient holding = scene.onA(get("/held?1"))) {
        Operation begun = scene.drain(WAIT);
        broken(scene, true);
        scene.b().close();
        scene.awaitError(begun.id(), UNSTORED);
        scene.restartB();
        Await.until(() -> scene.proxy.backend("b").up(), "b is up again");
        scene.pass(AGAIN);
        scene.awaitError(begun.id(), null);
        scene.held.release("/held?1");
        assertThat(holding.read().status()).isEqualTo(200);
        scene.await(begun.id(), State.DONE);
        assertThat(scene.states(begun.id())).containsExactly(State.RUNNING, State.DONE);
      }
    }
  }

  @Test
  void aRemovalThatCannotBeStoredIsMadeLater() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(removing());
      broken(scene, true);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
      assertThat(scene.awaitError(begun.id(), UNSTORED).state()).isEqualTo(State.RUNNING);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      broken(scene, false);
      scene.pass(AGAIN);
      assertThat(scene.await(begun.id(), State.DONE).error()).isNull();
      assertThat(scene.proxy.dataPlane().backend("web", "a")).isNull();
    }
  }

  @Test
  void aRemovalThatIsRefusedFails() throws Exception {
    DrainProgress running =
        DrainProgress.begin(
            "op-1", "web", "a", removing(), new DrainProgress.Origin("alice", null), Instant.now());
    new OperationJournal(log).save(running.stored()).join();
    try (DrainScene scene =
        new DrainScene(
            log,
            p ->
                p.withBackends(
                    List.of(
                        p.backends().getFirst().withAdminState(AdminState.DRAIN),
                        p.backends().getLast())),
            ProxySetup::declarative)) {
      Operation failed = scene.await("op-1", State.FAILED);
      assertThat(failed.kind()).isEqualTo(Kind.REMOVE);
      assertThat(failed.error()).contains("the configuration file owns pools");
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
    }
  }

  @Test
  void aCancellationThatCannotBeStoredIsRefusedAndTheDrainGoesOn() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(WAIT);
      broken(scene, true);
      ChangeException refused = refused(scene.operations.cancel(begun.id(), by("bob")));
      assertThat(refused.code()).isEqualTo("store-full");
      assertThat(scene.now(begun.id()).state()).isEqualTo(State.RUNNING);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
      scene.await(begun.id(), State.DONE);
    }
  }

  // ---------------------------------------------------------------- the operations themselves

  @Test
  void aDrainThatCannotBeStoredDoesNotBegin() throws Exception {
    try (DrainScene scene = scene()) {
      log.full(true);
      assertThat(refused(scene.begin("a", WAIT, false)).code()).isEqualTo("store-full");
      assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
      assertThat(scene.operations.list()).isEmpty();
      log.full(false);
      broken(scene, true);
      assertThat(refused(scene.begin("a", WAIT, false)).code()).isEqualTo("store-full");
      assertThat(scene.operations.list()).isEmpty();
      Await.until(() -> log.all().isEmpty(), "nothing is stored");
      broken(scene, false);
      scene.await(scene.drain(WAIT).id(), State.DONE);
    }
  }

  @Test
  void anotherDeadlineThatCannotBeStoredIsNone() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(new Wanted(false, LONG, AtDeadline.WAIT, null));
      log.full(true);
      Wanted sooner = new Wanted(true, Duration.ZERO, AtDeadline.CLOSE, null);
      assertThat(refused(scene.begin("a", sooner, false)).code()).isEqualTo("store-full");
      Operation now = scene.now(begun.id());
      assertThat(now.deadline()).isEqualTo(begun.deadline());
      assertThat(now.kind()).isEqualTo(Kind.DRAIN);
      log.full(false);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
      scene.await(begun.id(), State.DONE);
      assertThat(scene.proxy.dataPlane().backend("web", "a")).isNotNull();
    }
  }

  @Test
  void anotherDeadlineIsStored() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      scene.drain(WAIT);
      Operation now = scene.drain(new Wanted(false, LONG, AtDeadline.CLOSE, null));
      DrainProgress stored =
          new OperationJournal(log)
              .load().stream().map(DrainProgress::of).findFirst().orElseThrow();
      assertThat(stored.operation().deadline()).isEqualTo(now.deadline());
      assertThat(stored.operation().atDeadline()).isEqualTo(AtDeadline.CLOSE);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
      scene.await(now.id(), State.DONE);
    }
  }

  @Test
  void anEndThatCannotBeStoredIsAnEndAllTheSameAndComesAgainAfterARestart() throws Exception {
    Operation begun;
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      begun = scene.drain(WAIT);
      Await.until(() -> stored(begun.id()).contains("\"requests\":1"), "its begin is stored");
      log.full(true);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
      scene.await(begun.id(), State.DONE);
    }
    log.full(false);
    try (DrainScene scene =
        scene(
            p ->
                p.withBackends(
                    List.of(
                        p.backends().getFirst().withAdminState(AdminState.DRAIN),
                        p.backends().getLast())))) {
      assertThat(scene.now(begun.id()).state()).isEqualTo(State.RUNNING);
      scene.await(begun.id(), State.DONE);
    }
  }

  @Test
  void theLastHundredThatHaveEndedAreKeptAndAllOfWhichSomethingIsToCome() throws Exception {
    List<String> ended = new ArrayList<>();
    try (OperationJournal journal = new OperationJournal(log)) {
      journal.save(done("op-0000000", LONG).stored()).join();
      for (int i = 1; i <= 103; i++) {
        String id = "op-0000%03d".formatted(i);
        ended.add(id);
        journal.save(done(id, null).stored()).join();
      }
    }
    try (DrainScene scene =
        scene(
            p ->
                p.withBackends(
                    List.of(
                        p.backends().getFirst().withAdminState(AdminState.DRAIN),
                        p.backends().getLast(),
                        ProxySetup.backend("c", 1, 1))))) {
      List<String> kept = new ArrayList<>(ended.subList(3, 103));
      Await.until(() -> ids(scene).size() == 101, "it is trimmed at the start");
      assertThat(ids(scene).getLast()).isEqualTo("op-0000000");
      assertThat(ids(scene).subList(0, 100)).containsExactlyElementsOf(kept.reversed());
      Operation newest = scene.drain("b", WAIT, true);
      scene.await(newest.id(), State.DONE);
      Await.until(() -> ids(scene).size() == 101, "and with each that ends");
      kept.removeFirst();
      kept.addFirst("op-0000000");
      kept.addLast(newest.id());
      assertThat(ids(scene)).containsExactlyElementsOf(kept.reversed());
      Await.until(() -> log.all().size() == 101, "in the store too");
      assertThat(log.all().keySet()).containsExactlyInAnyOrderElementsOf(kept);
      DrainScene.get(scene.operations.adminState("web", "a", AdminState.READY, by("bob"), false));
      Await.until(
          () -> !ids(scene).contains("op-0000000"), "with nothing to come it is the oldest");
      assertThat(ids(scene)).hasSize(100);
    }
  }

  private static DrainProgress done(String id, @Nullable Duration revertAfter) {
    Instant now = Instant.now();
    DrainProgress progress =
        DrainProgress.begin(
            id,
            "web",
            "a",
            new Wanted(false, null, AtDeadline.WAIT, revertAfter),
            new DrainProgress.Origin("alice", null),
            now);
    progress.end(State.DONE, null, now);
    return progress;
  }

  private static List<String> ids(DrainScene scene) {
    return scene.operations.list().stream().map(Operation::id).toList();
  }
}
