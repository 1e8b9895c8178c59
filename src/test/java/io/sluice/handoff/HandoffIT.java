package io.sluice.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.handoff.HandoffServer.Times;
import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import io.sluice.os.UnixStream;
import io.sluice.testing.Until;
import java.io.BufferedReader;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Either side may fail at any step, and the other one knows and goes on. */
@Timeout(120)
class HandoffIT {
  private static final Times TIMES =
      new Times(Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1));
  private static final Hello HELLO =
      new Hello(HandoffServer.PROTOCOLS, "new", 1, List.of(ScriptedGiver.NAME), "/store");

  @TempDir private Path directory;
  private Path path;
  private ScriptedGiver giver;
  private HandoffServer server;

  @BeforeEach
  void start() throws Exception {
    path = directory.resolve("run/upgrade.sock");
    giver = new ScriptedGiver();
    server = HandoffServer.open(path, giver, TIMES, "old");
  }

  @AfterEach
  void stop() throws Exception {
    giver.finish.countDown();
    server.close();
    Descriptors.close(giver.socket);
  }

  private void restart(Times times) throws HandoffException {
    server.close();
    server = HandoffServer.open(path, giver, times, "old");
  }

  private static void closeAll(HandoffClient client) throws OsException {
    for (int descriptor : client.listeners().values()) {
      Descriptors.close(descriptor);
    }
  }

  /** Goes so many steps of the way. */
  private static void go(HandoffClient client, int steps) throws Exception {
    if (steps >= 1) {
      assertThat(client.ask(HELLO).state()).isEqualTo("{\"revision\":1}");
      closeAll(client);
    }
    if (steps >= 2) {
      assertThat(client.ready()).isEqualTo("{\"revision\":2}");
    }
    if (steps >= 3) {
      client.serving();
    }
  }

  private void aFullHandOverWorks() throws Exception {
    try (HandoffClient client = HandoffClient.connect(path)) {
      Offer offer = client.ask(HELLO);
      assertThat(offer.version()).isEqualTo("old");
      assertThat(offer.listeners()).containsExactly(ScriptedGiver.NAME);
      int socket = Objects.requireNonNull(client.listeners().get(ScriptedGiver.NAME));
      assertThat(Descriptors.address(socket)).isEqualTo(Descriptors.address(giver.socket));
      client.ready();
      client.serving();
      client.accepting();
      List<Progress> told = new ArrayList<>();
      giver.finish.countDown();
      assertThat(client.follow(told::add)).isTrue();
      assertThat(told).containsExactly(new Progress(3, 2, "[]"));
      assertThat(client.isAlone()).isFalse();
      Descriptors.close(socket);
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void socketsStateAndStoreChangeHandsInOrder() throws Exception {
    aFullHandOverWorks();
    Until.holds("the old one to end", () -> giver.steps.size() == 5);
    assertThat(giver.steps).containsExactly("offer", "release", "hold", "handed over", "finished");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void whenTheNewOneEndsTheOldOneTakesEverythingBack(int steps) throws Exception {
    try (HandoffClient client = HandoffClient.connect(path)) {
      go(client, steps);
    }
    if (steps > 0) {
      Until.holds("the old one to go on", () -> giver.steps.getLast().startsWith("take back: "));
      assertThat(giver.steps).hasSize(steps + 1);
      assertThat(giver.steps.getLast()).endsWith("has ended");
    }
    giver.steps.clear();
    aFullHandOverWorks();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whenTheNewOneGivesUpItsReasonIsKnown(int steps) throws Exception {
    try (HandoffClient client = HandoffClient.connect(path)) {
      go(client, steps);
      client.fail("its self-probe got no answer");
      Until.holds("the old one to go on", () -> giver.steps.getLast().startsWith("take back: "));
    }
    assertThat(giver.steps.getLast())
        .isEqualTo("take back: the new process gave up: its self-probe got no answer");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aNewOneThatTakesTooLongIsCalledOff(int steps) throws Exception {
    restart(new Times(Duration.ofMinutes(1), Duration.ofMillis(300), Duration.ofMillis(300)));
    try (HandoffClient client = HandoffClient.connect(path)) {
      go(client, steps);
      Until.holds("the old one to go on", () -> giver.steps.getLast().startsWith("take back: "));
      assertThat(giver.steps.getLast()).contains("within 300 ms");
      if (steps < 3) {
        assertThatThrownBy(
                () -> {
                  if (steps == 1) {
                    client.ready();
                  } else {
                    client.serving();
                  }
                })
            .isInstanceOf(HandoffException.class)
            .hasMessageContaining("called it off")
            .hasMessageContaining("within 300 ms");
      }
    }
    restart(TIMES);
    giver.steps.clear();
    aFullHandOverWorks();
  }

  @Test
  void aMistakeOfTheOldOneIsTakenBackToo() throws Exception {
    giver.breaksAtOffer = true;
    try (HandoffClient client = HandoffClient.connect(path)) {
      assertThatThrownBy(() -> client.ask(HELLO))
          .hasMessageContaining("refuses: ")
          .hasMessageContaining("a mistake");
    }
    Until.holds("the old one to go on", () -> giver.steps.getLast().startsWith("take back: "));
    giver.breaksAtOffer = false;
    giver.steps.clear();
    giver.breaksAtRelease = true;
    try (HandoffClient client = HandoffClient.connect(path)) {
      client.ask(HELLO);
      closeAll(client);
      assertThatThrownBy(client::ready).hasMessageContaining("a mistake");
    }
    Until.holds("the old one to go on", () -> giver.steps.getLast().startsWith("take back: "));
    giver.breaksAtRelease = false;
    giver.steps.clear();
    aFullHandOverWorks();
  }

  @Test
  void aRefusalIsToldWithItsReason() throws Exception {
    giver.refuses = true;
    try (HandoffClient client = HandoffClient.connect(path)) {
      assertThatThrownBy(() -> client.ask(HELLO))
          .isInstanceOf(HandoffException.class)
          .hasMessageEndingWith("refuses: it is draining");
    }
  }

  @Test
  void onlyOneTakesOver() throws Exception {
    try (HandoffClient first = HandoffClient.connect(path);
        HandoffClient second = HandoffClient.connect(path)) {
      first.ask(HELLO);
      closeAll(first);
      assertThatThrownBy(() -> second.ask(HELLO)).hasMessageContaining("taking over already");
    }
  }

  @Test
  void aVersionThatIsNotSpokenIsRefused() throws Exception {
    try (HandoffClient client = HandoffClient.connect(path)) {
      Hello later = new Hello(List.of(98, 99), "9.0", 1, List.of(), "/store");
      assertThatThrownBy(() -> client.ask(later)).hasMessageContaining("[98, 99]");
    }
    try (HandoffClient client = HandoffClient.connect(path)) {
      Hello both = new Hello(List.of(1, 99), "9.0", 1, List.of(ScriptedGiver.NAME), "/store");
      assertThat(client.ask(both).protocol()).isEqualTo(1);
      closeAll(client);
    }
  }

  @Test
  void membersOfALaterVersionArePassedOver() throws Exception {
    try (UnixStream stream = UnixStream.connect(path)) {
      stream.send(
          framed(
              """
              {"type": "hello", "protocols": [1, 2], "version": "9", "pid": 1, "listeners": [],
               "store": "/s", "colour": {"of": ["the", "bike", "shed"]}}"""));
      byte[] answer = stream.receive(1 << 16, 4).data();
      assertThat(new String(answer, StandardCharsets.UTF_8)).contains("\"type\":\"offer\"");
    }
  }

  private static byte[] framed(String text) {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
  }

  @Test
  void rubbishHarmsNothingAndLeaksNothing() throws Exception {
    List<byte[]> rubbish =
        List.of(
            "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8),
            new byte[] {0, 0, 0, 0},
            new byte[] {-1, -1, -1, -1},
            new byte[] {0x7f, -1, -1, -1, '{'},
            framed("{"),
            framed("[]"),
            framed("7"),
            framed("{\"type\":\"offer\"}"),
            framed("{\"type\":\"hello\"}"),
            framed("{\"type\":\"hello\",\"protocols\":\"x\",\"listeners\":{}}"),
            framed("{\"type\":\"serving\"}"),
            framed("[".repeat(60_000)),
            new byte[] {0, 0});
    long before = descriptors();
    for (byte[] bytes : rubbish) {
      try (UnixStream stream = UnixStream.connect(path)) {
        stream.send(bytes, giver.socket, giver.socket);
      }
    }
    for (byte[] bytes : rubbish.subList(0, rubbish.size() - 1)) {
      try (UnixStream stream = UnixStream.connect(path)) {
        stream.send(bytes);
        if (bytes.length > 4 && bytes[0] == 0) {
          assertThat(stream.receive(100, 0).data()).isEmpty(); // it is let go
        }
      }
    }
    assertThat(giver.steps).isEmpty();
    Until.holds("the descriptors to be closed", () -> descriptors() <= before);
    aFullHandOverWorks();
  }

  private static long descriptors() throws Exception {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  @Test
  void whoSaysNothingIsLetGoAndKeepsNobodyOff() throws Exception {
    restart(new Times(Duration.ofMillis(200), Duration.ofMinutes(1), Duration.ofMinutes(1)));
    try (UnixStream silent = UnixStream.connect(path);
        UnixStream slow = UnixStream.connect(path)) {
      slow.send(new byte[] {0, 0});
      assertThat(silent.receive(10, 0).data()).isEmpty();
      assertThat(slow.receive(10, 0).data()).isEmpty();
      aFullHandOverWorks();
    }
  }

  @Test
  void itsDirectoryAndSocketAreTheOwnersOnly() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void whatIsPlantedInItsPlaceIsLeftAlone() throws Exception {
    Path target = Files.writeString(directory.resolve("precious"), "keep");
    Path file = Files.writeString(directory.resolve("file.sock"), "keep");
    Path link = Files.createSymbolicLink(directory.resolve("link.sock"), target);
    Path folder = Files.createDirectory(directory.resolve("folder.sock"));
    for (Path planted : List.of(file, link, folder)) {
      assertThatThrownBy(() -> HandoffServer.open(planted, giver, TIMES, "old"))
          .isInstanceOf(HandoffException.class)
          .hasMessageContaining("is no socket");
    }
    assertThat(target).hasContent("keep");
    assertThat(file).hasContent("keep");
    assertThat(link).isSymbolicLink();
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> HandoffServer.open(open.resolve("s"), giver, TIMES, "old"))
        .hasMessageContaining("others may write");
  }

  @Test
  void aLivingProcessKeepsItsPlaceAndADeadOneDoesNot() throws Exception {
    assertThatThrownBy(() -> HandoffServer.open(path, giver, TIMES, "other"))
        .isInstanceOf(HandoffException.class)
        .hasMessageContaining("process " + ProcessHandle.current().pid() + " waits at");
    Path stale = directory.resolve("stale.sock");
    Descriptors.close(Descriptors.listen(java.net.UnixDomainSocketAddress.of(stale), 1, 0600));
    assertThat(stale).exists();
    HandoffServer second = HandoffServer.open(stale, giver, TIMES, "old");
    HandoffClient.connect(stale).close();
    second.close();
    assertThat(stale).doesNotExist();
  }

  @Test
  void aSuccessorsSocketIsNotRemoved() throws Exception {
    Files.delete(path);
    HandoffServer second = HandoffServer.open(path, giver, TIMES, "new");
    server.close();
    assertThat(path).exists();
    second.close();
    assertThat(path).doesNotExist();
  }

  @Test
  void withoutAnybodyToTakeOverFromItIsSaid() {
    assertThatThrownBy(() -> HandoffClient.connect(directory.resolve("nobody")))
        .isInstanceOf(HandoffException.class)
        .hasMessageContaining("no process to take over from")
        .hasMessageContaining("start without -u");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whenTheOldOneIsKilledTheNewOneGoesOnAlone(int steps) throws Exception {
    Path other = directory.resolve("other/upgrade.sock");
    Process old =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                GiverProgram.class.getName(),
                other.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = old.inputReader()) {
      String line = out.readLine();
      while (line != null && !line.equals("waits")) {
        line = out.readLine();
      }
      try (HandoffClient client = HandoffClient.connect(other)) {
        client.ask(HELLO);
        int socket = Objects.requireNonNull(client.listeners().get(ScriptedGiver.NAME));
        if (steps >= 2) {
          client.ready();
        }
        if (steps >= 3) {
          client.serving();
        }
        old.destroyForcibly();
        assertThat(old.waitFor(30, TimeUnit.SECONDS)).isTrue();
        if (steps < 2) {
          assertThat(client.ready()).isNull();
        }
        if (steps < 3) {
          client.serving();
          assertThat(client.isAlone()).isTrue();
        }
        client.accepting();
        assertThat(client.follow(progress -> {})).isFalse();
        try (Socket connection = new Socket()) {
          connection.connect(Descriptors.address(socket)); // it lives on here
          assertThat(connection.isConnected()).isTrue();
        }
        Descriptors.close(socket);
      }
    } finally {
      old.destroyForcibly();
    }
  }
}
