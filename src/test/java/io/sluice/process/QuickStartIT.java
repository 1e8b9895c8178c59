package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.SluiceProcess;
import io.sluice.testing.TrafficBackend;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The quick start typed as written: a daemon, its pid file, and upgrades in both orders. */
@Timeout(300)
class QuickStartIT {
  private static final String SCRIPT = "src/test/resources/quick-start.sh";

  @TempDir private Path directory;

  /** A script that fails in the middle leaves a daemon. */
  @AfterEach
  void endWhatWasLeft() throws Exception {
    Path pid = directory.resolve("load_balancer.pid");
    if (Files.exists(pid)) {
      ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
          .ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private static String freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Integer.toString(socket.getLocalPort());
    }
  }

  @Test
  void itWorksAsTyped() throws Exception {
    Path home = SluiceProcess.home();
    Path said = directory.resolve("said");
    try (TrafficBackend backend = TrafficBackend.start()) {
      ProcessBuilder builder =
          new ProcessBuilder(
                  "sh", home.resolve(SCRIPT).toString(), home.resolve("bin/sluice").toString())
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile());
      builder
          .environment()
          .putAll(
              Map.of(
                  "PORT", freePort(),
                  "ADMIN", freePort(),
                  "BACKEND", Integer.toString(backend.port())));
      Process script = builder.start();
      try {
        assertThat(script.waitFor(240, TimeUnit.SECONDS)).as("the script's end").isTrue();
      } finally {
        script.destroyForcibly();
      }
      String output = Files.readString(said, StandardCharsets.UTF_8);
      Path log = directory.resolve("load_balancer_err.log");
      assertThat(script.exitValue())
          .as(output + (Files.exists(log) ? Files.readString(log) : ""))
          .isZero();
      assertThat(output).contains("done: ");
    }
  }
}
