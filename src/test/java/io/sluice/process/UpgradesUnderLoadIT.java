package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Traffic;
import io.sluice.testing.TrafficBackend;
import io.sluice.testing.Until;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A new process takes the place of the old one, again and again, in front of traffic. */
class UpgradesUnderLoadIT {
  /** More or fewer by {@code -Dsluice.upgrades=50}. */
  private static final int UPGRADES = Integer.getInteger("sluice.upgrades", 20);

  private static final int PIECES = 4;

  /** What has to go on being answered in front of each new process. */
  private static final int REQUESTS = 200;

  @TempDir private Path directory;

  private SluiceProcess start(Path file, String... flags) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.addAll(List.of("-c", file.toString()));
    return SluiceProcess.run(
        directory,
        AdminApi.ENVIRONMENT,
        List.of("-Djava.io.tmpdir=" + directory.resolve("tmp")),
        arguments.toArray(String[]::new));
  }

  @Test
  void noRequestFailsAndNothingIsLeftBehind() throws Exception {
    Files.createDirectory(directory.resolve("tmp"));
    List<SluiceProcess> ended = new ArrayList<>();
    try (TrafficBackend backend = TrafficBackend.start()) {
      Path file =
          Files.writeString(
              directory.resolve("sluice.yaml"),
              """
              sluice:
                listeners: [{address: "127.0.0.1:0"}]
                admin: {address: "127.0.0.1:0"}
                access-log: {target: off}
                bootstrap:
                  pools: [{id: default, backends: ["127.0.0.1:%d"]}]
              """
                  .formatted(backend.port()));
      SluiceProcess current = start(file).awaitServing();
      int descriptors = descriptors(current);
      try (Traffic traffic = Traffic.to(current.proxy().getHost(), current.proxy().getPort())) {
        traffic.newConnections().newConnections().keptConnections().keptConnections();
        traffic.slowUploads().slowUploads().webSocket().download(UPGRADES * PIECES);
        for (int i = 0; i < UPGRADES; i++) {
          SluiceProcess next = start(file, "-u");
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
    } finally {
      ended.forEach(SluiceProcess::close);
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
