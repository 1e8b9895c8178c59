package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.HttpText;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Traffic;
import io.sluice.testing.TrafficBackend;
import io.sluice.testing.Until;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A new process takes the place of the old one, again and again, in front of traffic. */
class UpgradesUnderLoadIT {
  /** More or fewer by {@code -Dsluice.upgrades=50}. */
  private static final int UPGRADES = Integer.getInteger("sluice.upgrades", 20);

  private static final String BACKEND = "/pools/default/backends/b1";
  private static final int PIECES = 4;

  /** What has to go on being answered in front of each new process. */
  private static final int REQUESTS = 200;

  @TempDir private Path directory;

  @Test
  void noRequestFailsAndNothingIsLeftBehind() throws Exception {
    List<SluiceProcess> ended = new ArrayList<>();
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      TrafficBackend backend = scene.backend;
      SluiceProcess current = scene.start().awaitServing();
      int descriptors = descriptors(current);
      try (Traffic traffic = Traffic.to(current.proxy().getHost(), current.proxy().getPort())) {
        traffic.newConnections().newConnections().keptConnections().keptConnections();
        traffic.slowUploads().slowUploads().webSocket().download(UPGRADES * PIECES);
        for (int i = 0; i < UPGRADES; i++) {
          SluiceProcess next = scene.start("-u");
          ended.add(current);
          current = next;
          next.awaitServing();
          backend.letPiecesGo(PIECES);
          long before = traffic.done();
          Until.holds(
              "answers behind upgrade " + i,
              () -> traffic.done() > before + REQUESTS || !traffic.failures().isEmpty());
          assertThat(traffic.failures()).as("after upgrade " + (i + 1)).isEmpty();
        }
        traffic.stop();
        assertThat(traffic.failures()).isEmpty();
      }
      for (SluiceProcess old : ended) {
        assertThat(old.exitCode()).as(old.stderr()).isZero();
      }
      backend.close(); // and with it the connections that are kept to it
      SluiceProcess last = current;
      Until.holds("no more descriptors than at first", () -> descriptors(last) <= descriptors);
      last.kill("TERM");
      assertThat(last.exitCode()).isZero();
      assertThat(files("tmp")).isEmpty();
      assertThat(files("data"))
          .containsExactlyInAnyOrder(
              "sluice.db", "sluice.db.backup", "sluice.db.history", "sluice.db.lock");
    }
  }

  @Test
  void aDrainGoesOnAndWaitsForWhatTheOldProcessStillCarries() throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess old = scene.start().awaitServing();
      try (Traffic traffic = Traffic.to(old.proxy().getHost(), old.proxy().getPort())) {
        traffic.download(2);
        AdminApi before = AdminApi.of(old);
        Until.holds("a download", () -> before.get(BACKEND).at("/status/active").asInt() == 1);
        before.change("POST", BACKEND + "/drain?force=true", null);
        SluiceProcess next = scene.start("-u").awaitServing();
        AdminApi after = AdminApi.of(next);
        Until.holds(
            "a look at the old process's load",
            () -> operation(after).path("remaining").path("requests").asInt() == 1);
        assertThat(operation(after).path("state").asString()).isEqualTo("running");
        scene.backend.letPiecesGo(2);
        traffic.stop();
        assertThat(traffic.failures()).isEmpty();
        Until.holds(
            "the drain's end", () -> "done".equals(operation(after).path("state").asString()));
      }
      assertThat(old.exitCode()).as(old.stderr()).isZero();
    }
  }

  private static JsonNode operation(AdminApi api) throws Exception {
    return api.all("/operations").getFirst();
  }

  @Test
  void whoSpeaksToTheOldManagementPlaneGetsAnAnswer() throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess old = scene.start().awaitServing();
      try (Socket client = new Socket(old.admin().getHost(), old.admin().getPort())) {
        client.setSoTimeout((int) Until.DEADLINE.toMillis());
        SluiceProcess next = scene.start("-u");
        old.awaitError("lifecycle: draining");
        client
            .getOutputStream()
            .write(
                "GET /actuator/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        HttpText answer = Objects.requireNonNull(HttpText.read(client.getInputStream()));
        assertThat(answer.first()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(answer.field("connection")).isEqualTo("close");
        next.awaitServing();
      }
      assertThat(old.exitCode()).as(old.stderr()).isZero();
    }
  }

  private static int descriptors(SluiceProcess process) throws Exception {
    try (Stream<Path> open = Files.list(Path.of("/proc", "" + process.pid(), "fd"))) {
      return Math.toIntExact(open.count());
    }
  }

  private List<String> files(String where) throws Exception {
    try (Stream<Path> all = Files.walk(directory.resolve(where))) {
      return all.filter(Files::isRegularFile).map(p -> String.valueOf(p.getFileName())).toList();
    }
  }
}
