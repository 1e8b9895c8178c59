package io.sluice.control;

import static io.sluice.control.DrainScene.WAIT;
import static io.sluice.control.DrainScene.by;
import static io.sluice.control.DrainScene.get;
import static io.sluice.control.DrainScene.refused;
import static io.sluice.testkit.RouteSetup.route;
import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.Kind;
import io.sluice.control.Operation.Load;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import io.sluice.store.Revision;
import io.sluice.store.SqliteStore;
import io.sluice.testkit.Await;
import io.sluice.testkit.Edits;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drains and removals of a real proxy with real traffic. */
class DrainOperationsIT {
  private static final Duration LONG = Duration.ofHours(1);

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

  private DrainScene scene() throws IOException {
    return scene(pool -> pool);
  }

  private DrainScene scene(UnaryOperator<PoolSpec> change) throws IOException {
    return new DrainScene(store.operations(), change);
  }

  @Test
  void underLoadNoRequestFailsAndTheBackendGetsNoMore() throws Exception {
    try (DrainScene scene = scene();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicBoolean enough = new AtomicBoolean();
      AtomicInteger answered = new AtomicInteger();
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        clients.add(
            threads.submit(
                () -> {
                  try (RawClient client = scene.proxy.connect()) {
                    while (!enough.get()) {
                      assertThat(client.exchange(get("/")).status()).isEqualTo(200);
                      answered.incrementAndGet();
                    }
                  }
                  return null;
                }));
      }
      Await.until(() -> answered.get() > 200, "there is load");
      Operation begun = scene.drain(WAIT);
      assertThat(begun.state()).isEqualTo(State.RUNNING);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      Operation done = scene.await(begun.id(), State.DONE);
      assertThat(done.load()).isEqualTo(new Load(0, 0));
      var mark = scene.a.mark();
      int until = answered.get() + 200;
      Await.until(() -> answered.get() > until, "there is load on b alone");
      enough.set(true);
      for (Future<?> client : clients) {
        client.get();
      }
      assertThat(scene.a.requestsSince(mark)).isEmpty();
      Revision revision = scene.proxy.dataPlane().reconciler().inForce().revision();
      assertThat(revision.source()).isEqualTo("drain");
      assertThat(revision.author()).isEqualTo("alice");
      assertThat(revision.reason()).isEqualTo("patch");
    }
  }

  @Test
  void itIsWatchedUntilItIsEmpty() throws Exception {
    try (DrainScene scene = scene();
        RawClient first = scene.onA(get("/held?1"));
        RawClient second = scene.onA(get("/held?2"))) {
      Operation begun = scene.drain(WAIT);
      assertThat(begun.initial()).isEqualTo(new Load(2, 0));
      assertThat(begun.author()).isEqualTo("alice");
      scene.held.release("/held?1");
      assertThat(first.read().body()).isEqualTo("/held?1");
      Await.until(
          () -> scene.told.stream().anyMatch(o -> o.load().equals(new Load(1, 0))),
          "one request is left");
      assertThat(scene.now(begun.id()).state()).isEqualTo(State.RUNNING);
      scene.held.release("/held?2");
      assertThat(second.read().body()).isEqualTo("/held?2");
      Operation done = scene.await(begun.id(), State.DONE);
      assertThat(done.initial()).isEqualTo(new Load(2, 0));
      assertThat(done.endedAt()).isNotNull();
      assertThat(scene.states(begun.id())).containsExactly(State.RUNNING, State.DONE);
      assertThat(scene.operations.list()).containsExactly(done);
    }
  }

  @Test
  void aTunnelKeepsItOpenUntilTheDeadlineCloses() throws Exception {
    try (DrainScene scene = scene();
        RawClient tunnel = scene.tunnelOnA()) {
      assertThat(scene.proxy.backend("a").tunnels()).isEqualTo(1);
      Operation begun = scene.drain(new Wanted(false, LONG, AtDeadline.CLOSE, null));
      assertThat(begun.initial()).isEqualTo(new Load(0, 1));
      tunnel.send("still");
      assertThat(Wire.text(tunnel.in().readNBytes(5))).isEqualTo("still");
      assertThat(scene.now(begun.id()).state()).isEqualTo(State.RUNNING);
      scene.pass(LONG);
      assertThat(tunnel.readToEnd()).isEmpty();
      scene.await(begun.id(), State.DONE);
      assertThat(scene.proxy.backend("a").tunnels()).isZero();
      assertThat(scene.proxy.backend("a").requests()).isZero();
      assertThat(scene.proxy.awaitReport("/echo").status()).isEqualTo(101);
    }
  }

  @Test
  void whatIsInFlightAtTheDeadlineIsTriedElsewhereOrGets503OrIsCut() throws Exception {
    try (DrainScene scene = scene()) {
      scene.a.on(
          "/begun",
          c -> {
            c.request();
            c.send(head("HTTP/1.1 200 OK", "Content-Length: 10") + "half:");
            c.awaitEnd();
          });
      scene.a.on(
          "/moved",
          c -> {
            c.request();
            c.awaitEnd();
          });
      String post = head("POST /held HTTP/1.1", "Host: t", "Content-Length: 0");
      try (RawClient begun = scene.onA(get("/begun"));
          RawClient posting = scene.onA(post);
          RawClient getting = scene.onA(get("/moved"))) {
        assertThat(begun.readHead("GET").status()).isEqualTo(200);
        Operation drain = scene.drain(new Wanted(false, LONG, AtDeadline.CLOSE, null));
        assertThat(drain.initial()).isEqualTo(new Load(3, 0));
        scene.pass(LONG);
        assertThat(getting.read().value("X-Backend")).isEqualTo("b");
        Response refused = posting.read();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.value("Retry-After")).isNotEmpty();
        assertThat(begun.readToEnd()).isEqualTo("half:");
        scene.await(drain.id(), State.DONE);
        assertThat(scene.requests("a")).isZero();
      } finally {
        scene.held.release("/held");
      }
    }
  }

  @Test
  void aCancelledDrainMakesItsBackendReady() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(WAIT);
      Operation cancelled = DrainScene.get(scene.operations.cancel(begun.id(), by("bob")));
      assertThat(cancelled.state()).isEqualTo(State.CANCELLED);
      assertThat(cancelled.error()).isNull();
      assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
      assertThat(scene.proxy.dataPlane().reconciler().inForce().revision().author())
          .isEqualTo("bob");
      assertThat(DrainScene.get(scene.operations.cancel(begun.id(), by("eve"))))
          .isEqualTo(cancelled);
      assertThat(DrainScene.get(scene.operations.cancel("op-unknown", by("eve")))).isNull();
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
    }
  }

  @Test
  void afterRevertAfterTheBackendIsReadyAgain() throws Exception {
    try (DrainScene scene = scene()) {
      Operation begun = scene.drain(new Wanted(false, null, AtDeadline.WAIT, LONG));
      scene.await(begun.id(), State.DONE);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      scene.pass(LONG);
      scene.awaitAdminState("a", AdminState.READY);
      assertThat(scene.proxy.dataPlane().reconciler().inForce().revision().author())
          .isEqualTo("system");
    }
  }

  @Test
  void anotherDrainTakesTheRevertOfTheOneBefore() throws Exception {
    try (DrainScene scene = scene()) {
      Operation first = scene.drain(new Wanted(false, null, AtDeadline.WAIT, LONG));
      scene.await(first.id(), State.DONE);
      Operation second = scene.drain(WAIT);
      assertThat(second.id()).isNotEqualTo(first.id());
      scene.await(second.id(), State.DONE);
      scene.pass(LONG);
      scene.awaitLooks();
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
    }
  }

  @Test
  void aCancellationThatComesBehindARemovalFindsItsEnd() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(WAIT);
      CountDownLatch gate = new CountDownLatch(1);
      scene.proxy.store().hold(gate);
      CompletableFuture<Reconciler.Outcome> removal =
          CompletableFuture.supplyAsync(() -> scene.proxy.change(Edits.removeBackend("web", "a")));
      scene.proxy.store().awaitHeld();
      CompletableFuture<Operation> cancelled = scene.operations.cancel(begun.id(), by("bob"));
      gate.countDown();
      assertThat(removal.join().changed()).isTrue();
      assertThat(DrainScene.get(cancelled).state()).isEqualTo(State.FAILED);
      assertThat(scene.now(begun.id()).error()).startsWith("the backend was removed by system");
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
    }
  }

  @Test
  void aRemovalDrainsFirst() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation begun = scene.drain(new Wanted(true, LONG, AtDeadline.CLOSE, null));
      assertThat(begun.kind()).isEqualTo(Kind.REMOVE);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
      scene.await(begun.id(), State.DONE);
      assertThat(scene.proxy.dataPlane().backend("web", "a")).isNull();
      assertThat(scene.proxy.once(get("/")).status()).isEqualTo(200);
    }
  }

  @Test
  void anotherDrainOfTheSameBackendIsTheSameOperation() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      var both =
          List.of(
              scene.operations.drain("web", "a", WAIT, by("alice"), false),
              scene.operations.drain(
                  "web", "a", new Wanted(false, LONG, AtDeadline.WAIT, null), by("bob"), false));
      Operation first = DrainScene.get(both.getFirst());
      Operation second = DrainScene.get(both.getLast());
      assertThat(second.id()).isEqualTo(first.id());
      assertThat(second.deadline()).isNotNull();
      assertThat(scene.operations.list()).hasSize(1);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
      scene.await(first.id(), State.DONE);
    }
  }

  @Test
  void whatOthersWantEndsIt() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Operation first = scene.drain(WAIT);
      DrainScene.get(scene.operations.adminState("web", "a", AdminState.MAINT, by("bob"), false));
      Operation cancelled = scene.await(first.id(), State.CANCELLED);
      assertThat(cancelled.error()).contains("set to maint by bob");
      Operation second = scene.drain(WAIT);
      assertThat(second.id()).isGreaterThan(first.id());
      scene.proxy.change(Edits.removeBackend("web", "a"));
      assertThat(scene.await(second.id(), State.FAILED).error()).contains("was removed by");
      assertThat(scene.operations.list()).extracting(Operation::id).first().isEqualTo(second.id());
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
    }
  }

  @Test
  void anotherDocumentForAllOfItEndsWhatItDoesNotKnow() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      PoolSpec spare = PoolSpec.of("spare", List.of(ProxySetup.backend("x", 1, 1)));
      Operation begun = scene.drain(WAIT);
      scene.proxy.change(
          now -> new Snapshot(List.of(spare), List.of(route("default").toPool("spare"))));
      assertThat(scene.await(begun.id(), State.FAILED).error())
          .isEqualTo("the backend was removed by system, as of revision 3");
      assertThat(scene.now(begun.id()).endedAt()).isNotNull();
      Await.until(
          () -> String.valueOf(store.operations().find(begun.id())).contains("FAILED"),
          "that is stored");
      scene.held.release("/held?1");
      assertThat(holding.read().body()).isEqualTo("/held?1");
    }
  }

  @Test
  void aDocumentThatKeepsTheDrainKeepsTheOperationAndOneFromBeforeEndsIt() throws Exception {
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      Snapshot before = scene.proxy.dataPlane().reconciler().inForce().snapshot();
      Operation begun = scene.drain(new Wanted(false, null, AtDeadline.WAIT, LONG));
      scene.proxy.change(Edits.add("web", ProxySetup.backend("c", 1, 1)));
      assertThat(scene.now(begun.id()).state()).isEqualTo(State.RUNNING);
      scene.proxy.change(now -> before);
      assertThat(scene.await(begun.id(), State.CANCELLED).error())
          .isEqualTo("the backend was set to ready by system, as of revision 4");
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
    }
  }

  @Test
  void guardsAndMistakesRefuseItAndLeaveNothing() throws Exception {
    try (DrainScene scene = scene()) {
      scene.proxy.change(Edits.backend("web", "b", b -> b.withAdminState(AdminState.MAINT)));
      ChangeException guarded =
          refused(scene.operations.drain("web", "a", WAIT, by("alice"), false));
      assertThat(guarded.code()).isEqualTo("last-backend");
      ChangeException unknown =
          refused(scene.operations.drain("web", "x", WAIT, by("alice"), false));
      assertThat(unknown.kind()).isEqualTo(ChangeException.Kind.NOT_FOUND);
      Wanted wrong = new Wanted(true, Duration.ofSeconds(-1), AtDeadline.CLOSE, LONG);
      assertThat(refused(scene.operations.drain("web", "a", wrong, by("x"), false)).violations())
          .extracting(v -> v.pointer())
          .containsExactly("/deadline", "/revertAfter");
      assertThat(scene.operations.list()).isEmpty();
      Await.until(() -> store.operations().all().isEmpty(), "nothing is stored");
      Operation forced =
          DrainScene.get(scene.operations.drain("web", "a", WAIT, by("alice"), true));
      scene.await(forced.id(), State.DONE);
    }
  }

  @Test
  void aDrainOfSomethingElseThanWasSeenDoesNotBegin() throws Exception {
    ChangeException stale =
        ChangeException.of(ChangeException.Kind.STALE, "stale", "it is another one by now");
    ConfigChange.Check disappointed =
        inForce -> {
          throw stale;
        };
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      assertThat(
              refused(scene.operations.drain("web", "a", WAIT, by("alice"), false, disappointed)))
          .isSameAs(stale);
      assertThat(scene.operations.list()).isEmpty();
      assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
      Operation begun = scene.drain(new Wanted(false, LONG, AtDeadline.WAIT, null));
      Wanted shorter = new Wanted(false, Duration.ZERO, AtDeadline.WAIT, null);
      assertThat(
              refused(scene.operations.drain("web", "a", shorter, by("bob"), false, disappointed)))
          .isSameAs(stale);
      scene.held.release("/held?1");
      assertThat(holding.read().status()).isEqualTo(200);
      assertThat(scene.await(begun.id(), State.DONE).deadline()).isEqualTo(begun.deadline());
    }
  }

  @Test
  void whenTheOthersFailItIsSuspendedUntilTheyAreWell() throws Exception {
    HealthCheckSpec often =
        HealthCheckSpec.DEFAULT.withInterval(Duration.ofMillis(50)).withRiseAndFall(1, 1);
    try (DrainScene scene = scene(p -> p.withHealthCheck(often))) {
      Await.until(() -> scene.proxy.backend("b").up(), "b is up");
      try (RawClient holding = scene.onA(get("/held?1"))) {
        Operation begun = scene.drain(WAIT);
        scene.b().close();
        Operation suspended = scene.await(begun.id(), State.SUSPENDED);
        assertThat(suspended.error()).isEqualTo("no other backend of pool web takes requests");
        assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
        assertThat(scene.proxy.once(get("/")).status()).isEqualTo(200);
        scene.restartB();
        scene.await(begun.id(), State.RUNNING);
        assertThat(scene.adminState("a")).isEqualTo(AdminState.DRAIN);
        scene.held.release("/held?1");
        assertThat(holding.read().status()).isEqualTo(200);
        scene.await(begun.id(), State.DONE);
        assertThat(scene.states(begun.id()))
            .containsExactly(State.RUNNING, State.SUSPENDED, State.RUNNING, State.DONE);
      }
    }
  }

  @Test
  void aRestartGoesOnWithWhatRuns() throws Exception {
    Operation begun;
    try (DrainScene scene = scene();
        RawClient holding = scene.onA(get("/held?1"))) {
      begun = scene.drain(new Wanted(true, LONG, AtDeadline.CLOSE, null));
      Await.until(() -> store.operations().find(begun.id()) != null, "it is stored");
      scene.proxy.close(); // while the request is in flight
      assertThat(holding.readToEnd()).isEmpty();
      scene.held.release("/held?1");
    }
    store.close();
    store = SqliteStore.open(directory.resolve("sluice.db"), 100);
    try (RunningProxy again =
        new ProxySetup()
            .pool(
                "web",
                List.of(
                    ProxySetup.backend("a", 1, 1).withAdminState(AdminState.DRAIN),
                    ProxySetup.backend("b", 2, 1)))
            .start()) {
      Operations operations = again.dataPlane().operations(store.operations());
      assertThat(operations.find(begun.id()))
          .usingRecursiveComparison()
          .ignoringFields("load", "ratePerSecond")
          .isEqualTo(begun);
      Await.until(() -> operations.list().getFirst().state() == State.DONE, "it is done");
      assertThat(operations.list().getFirst().initial()).isEqualTo(new Load(1, 0));
      assertThat(again.dataPlane().backend("web", "a")).isNull();
    }
  }

  @Test
  void anOperationWhoseBeginWasCutOffIsCalledOffAtTheStart() throws Exception {
    DrainProgress cut =
        DrainProgress.begin(
            "op-1", "web", "a", WAIT, new DrainProgress.Origin("alice", null), Instant.EPOCH);
    new OperationJournal(store.operations()).save(cut.stored()).join();
    store.operations().save("op-2", "{ broken");
    try (DrainScene scene = scene()) {
      assertThat(scene.await("op-1", State.CANCELLED).error()).contains("set to ready");
      assertThat(scene.operations.list()).hasSize(1);
      assertThat(scene.adminState("a")).isEqualTo(AdminState.READY);
    }
  }
}
