package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.ChangeException;
import io.sluice.control.Operation;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import io.sluice.control.PlaneMemory;
import io.sluice.store.History;
import io.sluice.store.Revision;
import io.sluice.testing.Until;
import io.sluice.testkit.Await;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Operations and what was observed, while the store changes hands. */
class DrainHandOverIT extends TwoAppliances {
  // ---------------------------------------------------------------- operations

  private static Operation drain(Appliance appliance, String backend, Wanted wanted) {
    return appliance
        .management()
        .operations()
        .drain("default", backend, wanted, change(), false)
        .join();
  }

  private static Operation now(Appliance appliance, String id) {
    return Objects.requireNonNull(appliance.management().operations().find(id));
  }

  /** A request that a keeps. */
  private RawClient holding(Appliance appliance) throws Exception {
    while (true) {
      RawClient client = connect(appliance);
      open.add(client);
      client.send(Wire.head("GET /held?1 HTTP/1.1", "Host: t"));
      Until.holds("the request", () -> requestsOfA(appliance) > 0 || client.in().available() > 0);
      if (requestsOfA(appliance) > 0) {
        return client;
      }
      client.read();
      client.close();
    }
  }

  private static int requestsOfA(Appliance appliance) {
    return Objects.requireNonNull(appliance.dataPlane().backend("default", "a")).requests();
  }

  @Test
  void aDrainUnderWayGoesOnInTheNextProcessWithItsTimes() throws Exception {
    ScriptedBackend c = ScriptedBackend.start("c");
    open.add(c);
    ConfigurationFile file = file("sluice.yaml", "managed", a, b, c);
    Appliance old = started(file);
    RawClient client = holding(old);
    Operation begun = drain(old, "a", new Wanted(false, HOUR, AtDeadline.WAIT, HOUR.plus(HOUR)));
    assertThat(begun.state()).isEqualTo(State.RUNNING);
    Appliance next = prepared(file, old);

    old.suspend();
    next.takeStore();
    next.dataPlane()
        .carriedElsewhere(
            PlaneMemory.Carried.fromJson(PlaneMemory.Carried.toJson(old.dataPlane().carried())));
    old.retire();

    Operation goesOn = now(next, begun.id());
    assertThat(goesOn.deadline()).isEqualTo(begun.deadline());
    assertThat(goesOn.revertAt()).isEqualTo(begun.revertAt());
    assertThat(goesOn.startedAt()).isEqualTo(begun.startedAt());
    Operation other = drain(next, "c", new Wanted(false, null, AtDeadline.WAIT, null));
    Await.until(() -> now(next, other.id()).state() == State.DONE, "a look at all of them");
    assertThat(now(next, begun.id()).state())
        .as("the old process still carries a request to it")
        .isEqualTo(State.RUNNING);
    assertThat(now(next, begun.id()).load()).isEqualTo(new Operation.Load(1, 0));

    held.release("/held?1");
    assertThat(client.read().status()).isEqualTo(200);
    next.dataPlane().carriedElsewhere(List.of());
    Await.until(() -> now(next, begun.id()).state() == State.DONE, "its end");
    assertThat(now(old, begun.id()).state()).as("not executed twice").isEqualTo(State.RUNNING);
    assertThat(next.management().snapshots().list(Long.MAX_VALUE, 10))
        .extracting(Revision::source)
        .containsExactly("drain", "drain", "bootstrap");
    assertNothingWrongIsLogged();
  }

  @Test
  void aDrainIsExecutedByTheOldProcessWhenTheUpgradeIsCalledOff() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance old = started(file);
    RawClient client = holding(old);
    Operation begun = drain(old, "a", new Wanted(true, null, AtDeadline.WAIT, null));
    Appliance next = prepared(file, old);
    old.suspend();
    held.release("/held?1");
    assertThat(client.read().status()).isEqualTo(200);
    assertThat(now(old, begun.id()).state()).as("nobody looks").isEqualTo(State.RUNNING);
    next.close();
    old.resume();
    Await.until(() -> now(old, begun.id()).state() == State.DONE, "its end");
    assertThat(old.dataPlane().backend("default", "a")).isNull();
    assertNothingWrongIsLogged();
  }

  @Test
  void whatTheNextProcessHasDoneForADrainIsNotDoneAgainByTheOldOne() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance old = started(file);
    RawClient client = holding(old);
    Operation begun = drain(old, "a", new Wanted(true, null, AtDeadline.WAIT, null));
    Appliance next = prepared(file, old);
    old.suspend();
    next.takeStore();
    Await.until(() -> now(next, begun.id()).state() == State.DONE, "done by the next one");
    next.suspend();
    old.resume();
    assertThat(now(old, begun.id()).state()).isEqualTo(State.DONE);
    assertThat(old.management().snapshots().list(Long.MAX_VALUE, 10)).hasSize(3);
    assertThat(old.dataPlane().backend("default", "a")).isNull();
    held.release("/held?1");
    assertThat(client.read().status()).isEqualTo(200);
    assertNothingWrongIsLogged();
  }

  @Test
  void whatTheOldProcessStillCarriesIsClosedAtTheDrainsDeadline() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance old = started(file);
    RawClient client = holding(old);
    drain(old, "a", new Wanted(false, Duration.ofSeconds(3), AtDeadline.CLOSE, null));
    Appliance next = prepared(file, old);
    old.suspend();
    next.takeStore();
    old.retire();
    assertThat(client.read().value("X-Backend")).as("tried elsewhere then").isEqualTo("b");
    held.release("/held?1");
  }

  @Test
  void callsThatWaitAreAnsweredBeforeTheStoreIsGivenUp() throws Exception {
    ConfigurationFile file = file("sluice.yaml", "managed", a, b);
    Appliance old = started(file);
    try (ExecutorService clients = Executors.newFixedThreadPool(3)) {
      CountDownLatch over = new CountDownLatch(1);
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        all.add(clients.submit(() -> drainAndReady(old, over)));
      }
      for (int i = 0; i < 10; i++) {
        old.suspend();
        old.resume();
      }
      over.countDown();
      for (Future<Integer> each : all) {
        assertThat(each.get()).isPositive();
      }
    }
    assertNothingWrongIsLogged();
  }

  private static int drainAndReady(Appliance appliance, CountDownLatch over) {
    int made = 0;
    while (over.getCount() > 0 || made == 0) {
      try {
        drain(appliance, "a", new Wanted(false, null, AtDeadline.WAIT, null));
        appliance
            .management()
            .operations()
            .adminState("default", "a", AdminState.READY, change(), true)
            .join();
        made++;
      } catch (CompletionException e) {
        assertThat(e.getCause())
            .isInstanceOfSatisfying(
                ChangeException.class,
                refused ->
                    assertThat(refused.kind())
                        .isIn(
                            ChangeException.Kind.HANDED_OVER,
                            ChangeException.Kind.GUARDED,
                            ChangeException.Kind.CONFLICT));
      }
    }
    return made;
  }

  // ---------------------------------------------------------------- what was observed

  @Test
  void whatTrafficWasLikeAndHowBackendsWereIsKeptOverAHandOver() throws Exception {
    String checked =
        "- id: default\n        health-check: {interval: 50ms, unhealthy-interval: 50ms}";
    ConfigurationFile plain = file("sluice.yaml", "managed", a, b);
    Path path = directory.resolve("sluice.yaml");
    Files.writeString(path, plain.yaml().replace("- id: default", checked));
    ConfigurationFile file = ConfigurationFile.read(path.toString());
    Appliance old = started(file);
    for (int i = 0; i < 5; i++) {
      servedBy(old);
    }
    Await.until(
        () -> old.management().statistics().rps("default") > 0, "the second that has ended");
    Appliance next = prepared(file, old);
    old.suspend();
    b.close();
    for (Appliance each : List.of(old, next)) {
      Await.until(
          () -> !Objects.requireNonNull(each.dataPlane().backend("default", "b")).up(),
          "both see that b is down");
    }
    next.takeStore();
    History history = next.management().history();
    assertThat(history.minutes("total", Instant.EPOCH)).isNotEmpty();
    Until.holds(
        "the change that both have seen", () -> !history.transitions("default", "b", 10).isEmpty());
    next.suspend();
    old.resume();
    assertThat(
            old.management().history().transitions("default", "b", 10).stream()
                .filter(each -> each.to().equals("down")))
        .as("stored once")
        .hasSize(1);
    assertNoProblemsBut("is down after");
  }
}
