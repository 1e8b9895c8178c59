package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.SluiceProcess.Way;
import io.sluice.testkit.ScriptedBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What systemd is told, by a program that listens where systemd would. */
@Timeout(300)
class NotifyIT {

  /** Prints each message as one line; Java has no datagrams on Unix sockets. */
  private static final String LISTEN =
      """
      import socket, sys
      at = sys.argv[1]
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind('\\0' + at[1:] if at.startswith('@') else at)
      print('listening', flush=True)
      while True:
          print('message ' + s.recv(65536).decode().replace('\\n', '|'), flush=True)
      """;

  @TempDir Path directory;
  private ScriptedBackend backend;

  @BeforeEach
  void startBackend() throws Exception {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stopBackend() throws Exception {
    backend.close();
  }

  private SluiceProcess listener(String address) throws Exception {
    SluiceProcess listener =
        SluiceProcess.command(directory, Map.of(), List.of("python3", "-c", LISTEN, address));
    listener.awaitOutput("listening");
    return listener;
  }

  private SluiceProcess start(Map<String, String> environment) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("sluice.yaml"),
            """
            grace_period_seconds: 600
            sluice:
              listeners: [{address: "127.0.0.1:0"}]
              admin: {address: "127.0.0.1:0"}
              bootstrap:
                pools: [{id: default, backends: ["127.0.0.1:%d"]}]
            """
                .formatted(backend.port()));
    Map<String, String> all = new HashMap<>(AdminApi.ENVIRONMENT);
    all.putAll(environment);
    return SluiceProcess.run(Way.LAUNCHED, directory, all, List.of(), "-c", file.toString());
  }

  private String address(String kind) {
    return kind.equals("path")
        ? directory.resolve("notify").toString()
        : "@sluice-test-" + ProcessHandle.current().pid() + "-" + directory.getFileName();
  }

  @ParameterizedTest
  @ValueSource(strings = {"path", "abstract"})
  void itIsToldOfReadyReloadingAndStopping(String kind) throws Exception {
    String address = address(kind);
    try (SluiceProcess systemd = listener(address);
        SluiceProcess sluice = start(Map.of("NOTIFY_SOCKET", address))) {
      systemd.awaitOutput(
          "message READY=1\\|MAINPID=%d\\|STATUS=serves http://127.0.0.1:\\d+; admin http://\\S+"
              .formatted(sluice.pid()));
      sluice.awaitServing();
      sluice.kill("HUP");
      systemd.awaitOutput(
          "message RELOADING=1\\|MONOTONIC_USEC=[1-9]\\d*\\|STATUS=reloading\\n"
              + "message READY=1\\|MAINPID=\\d+\\|STATUS=serves .*; reloaded: access log");
      sluice.kill("TERM");
      // grace 600 s, closing 5 s
      systemd.awaitOutput(
          "message STOPPING=1\\|STATUS=stopping: 0 requests in flight"
              + "\\|EXTEND_TIMEOUT_USEC=605000000\\n");
      assertThat(sluice.exitCode()).isZero();
      assertThat(systemd.stdout()).as("nobody asked for it").doesNotContain("WATCHDOG");
    }
  }

  @Test
  void theWatchdogIsFedAsLongAsEveryLoopMoves() throws Exception {
    String address = address("path");
    try (SluiceProcess systemd = listener(address);
        SluiceProcess sluice = start(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "300000"))) {
      systemd.awaitOutput("(message WATCHDOG=1\\n){3}");
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
    }
  }

  @Test
  void aWatchdogForAnotherProcessIsNotFed() throws Exception {
    String address = address("path");
    try (SluiceProcess systemd = listener(address);
        SluiceProcess sluice =
            start(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "1000", "WATCHDOG_PID", "1"))) {
      sluice.awaitServing();
      for (int i = 0; i < 20; i++) {
        Http.get(sluice.proxy());
      }
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
      systemd.awaitOutput("message STOPPING=1");
      assertThat(systemd.stdout()).doesNotContain("WATCHDOG");
    }
  }

  @Test
  void whereNobodyListensItIsSaidOnceAndServesAllTheSame() throws Exception {
    try (SluiceProcess sluice =
        start(Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString()))) {
      sluice.awaitServing();
      assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(200);
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.stderr()).containsOnlyOnce("systemd cannot be told at NOTIFY_SOCKET=");
    }
  }
}
