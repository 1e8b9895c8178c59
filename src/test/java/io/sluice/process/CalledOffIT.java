package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.handoff.HandoffClient;
import io.sluice.handoff.HandoffServer;
import io.sluice.handoff.Hello;
import io.sluice.os.Descriptors;
import io.sluice.testing.AdminApi;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Traffic;
import io.sluice.testing.Until;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upgrades that go wrong: the old process goes on, or the new one does, and traffic with it. */
class CalledOffIT {
  private static final int REQUESTS = 200;

  @TempDir private Path directory;

  private Path socket() {
    return directory.resolve("data/run/upgrade.sock");
  }

  private Hello hello() {
    return new Hello(
        HandoffServer.PROTOCOLS,
        "test",
        ProcessHandle.current().pid(),
        List.of("127.0.0.1:0", "admin 127.0.0.1:0"),
        directory.resolve("data/sluice.db").toString());
  }

  private static void goesOn(Traffic traffic) throws Exception {
    long before = traffic.done();
    Until.holds(
        "answers", () -> traffic.done() > before + REQUESTS || !traffic.failures().isEmpty());
    assertThat(traffic.failures()).isEmpty();
  }

  /** A change is stored: the store is back. */
  private static void canBeChanged(SluiceProcess sluice, int weight) throws Exception {
    AdminApi api = AdminApi.of(sluice);
    AdminApi.Answer answer =
        api.change("PATCH", "/pools/default/backends/b1", "{\"weight\": " + weight + "}");
    assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
  }

  /** Takes over from a process by a real one, under traffic. */
  private static void upgrades(UpgradeScene scene, SluiceProcess old, Traffic traffic)
      throws Exception {
    SluiceProcess next = scene.start("-u").awaitServing();
    goesOn(traffic);
    assertThat(old.exitCode()).as(old.stderr()).isZero();
    canBeChanged(next, 7);
    traffic.stop();
    assertThat(traffic.failures()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aNewProcessThatVanishesAtAnyStepHarmsNothing(int steps) throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess old = scene.start().awaitServing();
      try (Traffic traffic = UpgradeScene.traffic(old)) {
        for (int weight = 1; weight <= 2; weight++) {
          try (HandoffClient client = HandoffClient.connect(socket())) {
            client.ask(hello());
            assertThat(client.listeners()).hasSize(2);
            if (steps > 1) {
              client.ready();
              goesOn(traffic);
            }
            if (steps > 2) {
              client.serving();
            }
            for (int descriptor : client.listeners().values()) {
              Descriptors.close(descriptor);
            }
          }
          old.awaitError("(?s)(the upgrade was called off.*){" + weight + "}");
          goesOn(traffic);
          canBeChanged(old, weight);
        }
        upgrades(scene, old, traffic);
      }
    }
  }

  @Test
  void whileTheStoreIsAwayAChangeIsRefusedAndAskedAgainLater() throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess old = scene.start().awaitServing();
      AdminApi api = AdminApi.of(old);
      try (HandoffClient client = HandoffClient.connect(socket())) {
        client.ask(hello());
        client.ready();
        AdminApi.Answer refused =
            api.call("PATCH", "/pools/default/backends/b1", "{\"weight\": 3}", "If-Match", "*");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().path("code").asString()).isEqualTo("upgrade-in-progress");
        assertThat(refused.header("Retry-After")).isNotEmpty();
        for (int descriptor : client.listeners().values()) {
          Descriptors.close(descriptor);
        }
      }
      old.awaitError("the upgrade was called off");
      canBeChanged(old, 3);
    }
  }

  @Test
  void aNewProcessThatNeverGetsReadyIsCalledOff() throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory, "upgrade: {ready: 1s}")) {
      SluiceProcess old = scene.start().awaitServing();
      try (Traffic traffic = UpgradeScene.traffic(old);
          HandoffClient client = HandoffClient.connect(socket())) {
        client.ask(hello());
        for (int descriptor : client.listeners().values()) {
          Descriptors.close(descriptor);
        }
        old.awaitError("the upgrade was called off: .* was not ready within 1 s");
        assertThatThrownBy(client::ready).hasMessageContaining("called it off");
        goesOn(traffic);
        traffic.stop();
        assertThat(traffic.failures()).isEmpty();
      }
    }
  }

  @Test
  void aNewProcessThatCannotServeSaysWhyAndTheOldOneGoesOn() throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess old = scene.start().awaitServing();
      try (Traffic traffic = UpgradeScene.traffic(old)) {
        Path invalid =
            Files.writeString(directory.resolve("invalid.yaml"), "sluice: {threads: many}\n");
        SluiceProcess unread = scene.start(invalid, "-u");
        assertThat(unread.exitCode()).isEqualTo(1);
        assertThat(unread.stderr()).contains("sluice.threads");

        Path elsewhere =
            Files.writeString(
                directory.resolve("elsewhere.yaml"),
                Files.readString(scene.file)
                    + "  store: {path: other/sluice.db}\nupgrade_sock: data/run/upgrade.sock\n");
        SluiceProcess stranger = scene.start(elsewhere, "-u");
        assertThat(stranger.exitCode()).isEqualTo(3);
        assertThat(stranger.stderr()).contains("give both the same sluice.store.path");

        Path taken =
            Files.writeString(
                directory.resolve("taken.yaml"),
                Files.readString(scene.file)
                    .replace(
                        "listeners: [",
                        "listeners: [{address: \"127.0.0.1:%d\"}, "
                            .formatted(scene.backend.port())));
        SluiceProcess unbound = scene.start(taken, "-u");
        assertThat(unbound.exitCode()).isEqualTo(3);
        assertThat(unbound.stderr()).contains("the upgrade is called off: cannot listen on");

        goesOn(traffic);
        canBeChanged(old, 2);
        upgrades(scene, old, traffic);
      }
    }
  }

  @Test
  void withNobodyToTakeOverFromItIsSaid() throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess alone = scene.start("-u");
      assertThat(alone.exitCode()).isEqualTo(3);
      assertThat(alone.stderr()).contains("no process to take over from").doesNotContain("\tat ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"taking-over", "probing", "taking-store"})
  void aNewProcessThatIsKilledHarmsNothing(String phase) throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess old = scene.start().awaitServing();
      try (Traffic traffic = UpgradeScene.traffic(old)) {
        SluiceProcess killed = scene.start("-u");
        killed.awaitError("lifecycle: " + phase);
        killed.kill("KILL");
        assertThat(killed.exitCode()).isEqualTo(137);
        if (old.stderr().contains("lifecycle: draining")) {
          return; // the kill came when the hand-over was done: it has killed a serving process
        }
        old.awaitError("the upgrade was called off");
        goesOn(traffic);
        canBeChanged(old, 2);
        upgrades(scene, old, traffic);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"taking-over", "probing", "taking-store", "serving"})
  void whenTheOldProcessIsKilledTheNewOneServes(String phase) throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess old = scene.start().awaitServing();
      canBeChanged(old, 5);
      SluiceProcess next;
      try (Traffic carried = UpgradeScene.traffic(old)) {
        next = scene.start("-u");
        next.awaitError("lifecycle: " + phase); // from its offer on the new one has the sockets
        old.kill("KILL");
        next.awaitServing();
        carried.stop();
        // what the killed one carried is lost with it; nobody was turned away
        assertThat(carried.failures()).hasSizeLessThanOrEqualTo(3);
        assertThat(carried.failures()).noneMatch(failure -> failure.contains("refused"));
      }
      try (Traffic traffic = UpgradeScene.traffic(next)) {
        goesOn(traffic);
        canBeChanged(next, 6);
        traffic.stop();
        assertThat(traffic.failures()).isEmpty();
      }
    }
  }
}
