package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.SluiceProcess.Way;
import io.sluice.testing.Until;
import io.sluice.testkit.ScriptedBackend;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals to the real process, both as the launcher starts it and as the JVM handles them. */
@Timeout(300)
class SignalsIT {
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

  private String yaml(String more) {
    return """
    sluice:
      listeners: [{address: "127.0.0.1:0"}]
      admin: {address: "127.0.0.1:0"}
      %s
      bootstrap:
        pools: [{id: default, backends: ["127.0.0.1:%d"]}]
    """
        .formatted(more, backend.port());
  }

  private static int count(String text, String part) {
    return text.split(part, -1).length - 1;
  }

  @Test
  void whoSentItIsLogged() throws Exception {
    try (SluiceProcess sluice = SluiceProcess.serving(Way.LAUNCHED, directory, yaml(""))) {
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.stderr())
          .containsPattern(
              "SIGTERM from process \\d+( \\(\\S+\\)|, which cannot be seen any more,) of (user|uid) \\S+")
          .contains("every request was finished");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSecondSigtermSaysThatTheStopIsUnderWayAndSigintEndsIt(Way way) throws Exception {
    try (SluiceProcess sluice =
        SluiceProcess.serving(way, directory, yaml("shutdown: {lame-duck: 1h}"))) {
      sluice.kill("TERM");
      sluice.awaitError("stopping: 0 requests in flight");
      sluice.kill("TERM");
      sluice.awaitError("SIGTERM from .*: the stop is under way already; SIGINT ends it at once");
      sluice.kill("INT");
      assertThat(sluice.exitCode()).isEqualTo(130);
      assertThat(sluice.stderr()).contains("SIGINT: ended at once");
    }
  }

  @ParameterizedTest
  @EnumSource
  void sighupOpensTheAccessLogAgain(Way way) throws Exception {
    Path log = directory.resolve("access.log");
    try (SluiceProcess sluice =
        SluiceProcess.serving(way, directory, yaml("access-log: {target: %s}".formatted(log)))) {
      Http.get(sluice.proxy().resolve("/first"));
      Until.holds("the first line", () -> Files.readString(log).contains("/first"));
      Path rotated = directory.resolve("access.log.1");
      Files.move(log, rotated);
      sluice.kill("HUP");
      sluice.awaitError("reloaded: access log opened again; the configuration file is not read");
      Http.get(sluice.proxy().resolve("/second"));
      Until.holds("the second line", () -> Files.readString(log).contains("/second"));
      assertThat(Files.readString(log)).doesNotContain("/first");
      assertThat(Files.readString(rotated)).contains("/first").doesNotContain("/second");
    }
  }

  @ParameterizedTest
  @EnumSource
  void sighupReadsTheFileWhereItRulesAndSaysEachTimeWhatIsWrong(Way way) throws Exception {
    String good = yaml("mode: declarative");
    try (ScriptedBackend other = ScriptedBackend.start("other");
        SluiceProcess sluice = SluiceProcess.serving(way, directory, good)) {
      exchange(good.replace("default", "default, wait: 1"));
      sluice.awaitError("cannot be used; revision 1 stays in force");
      for (int i = 1; i <= 2; i++) {
        int wanted = i;
        sluice.kill("HUP");
        Until.holds(
            "reload " + i,
            () ->
                count(sluice.stderr(), "reloaded: .*the configuration file cannot be used")
                    == wanted);
        assertThat(count(sluice.stderr(), "cannot be used; revision 1 stays in force"))
            .as("complaints")
            .isGreaterThan(wanted);
      }
      exchange(good.replace(":" + backend.port(), ":" + other.port()));
      sluice.kill("HUP");
      sluice.awaitError("reloaded: .*what the configuration file says is in force");
      assertThat(Http.get(sluice.proxy()).headers().firstValue("X-Backend")).contains("other");
    }
  }

  private void exchange(String text) throws Exception {
    Path next = Files.writeString(directory.resolve("next.yaml"), text);
    Files.move(
        next,
        directory.resolve("sluice.yaml"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void sigquitReachesAProcessThatTheLauncherHasStarted() throws Exception {
    try (SluiceProcess sluice = SluiceProcess.serving(Way.LAUNCHED, directory, yaml(""))) {
      sluice.kill("QUIT");
      sluice.awaitError("SIGQUIT from process \\d+");
      assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(200);
      assertThat(sluice.stdout()).as("no thread dump").doesNotContain("Full thread dump");
    }
  }

  @Test
  void sigusr2TakesItsPlaceInAnother() throws Exception {
    try (SluiceProcess sluice = SluiceProcess.serving(Way.PLAIN, directory, yaml(""))) {
      // Its handler comes with the others', a moment after the start of the process.
      Until.holds(
          "the handler of SIGUSR2",
          () -> handled(sluice.pid(), 12) && sluice.stderr().contains("serves"));
      sluice.kill("USR2");
      sluice.awaitError("SIGUSR2 from an unknown process");
      assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(200);
    }
  }

  private static boolean handled(long pid, int signal) throws Exception {
    return mask(pid, "SigCgt", signal);
  }

  private static boolean mask(long pid, String name, int signal) throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith(name + ":")) {
        long mask = Long.parseUnsignedLong(line.substring(name.length() + 1).strip(), 16);
        return (mask & 1L << signal - 1) != 0;
      }
    }
    return false;
  }

  @Test
  void flightRecorderAndItsOwnSignalsAreNotTakenForAnOperator() throws Exception {
    Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml(""));
    Path recording = directory.resolve("recording.jfr");
    try (SluiceProcess sluice =
        SluiceProcess.run(
                Way.LAUNCHED,
                directory,
                AdminApi.ENVIRONMENT,
                List.of("-XX:StartFlightRecording=settings=profile,filename=" + recording),
                "-c",
                file.toString())
            .awaitServing()) {
      for (int i = 0; i < 200; i++) {
        Http.get(sluice.proxy());
      }
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.stderr()).doesNotContain("SIGUSR2");
      assertThat(recording).as("written by the JVM's own hook").isNotEmptyFile();
    }
  }

  @Test
  void jcmdStillShowsThreads() throws Exception {
    try (SluiceProcess sluice = SluiceProcess.serving(Way.LAUNCHED, directory, yaml(""))) {
      Process jcmd =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  Long.toString(sluice.pid()),
                  "Thread.print")
              .redirectErrorStream(true)
              .start();
      String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(jcmd.waitFor()).as(said).isZero();
      assertThat(said).contains("sluice-signals", "sluice-loop-");
    }
  }

  @Test
  void sigtermBeforeAnythingIsServedIsNotLost() throws Exception {
    Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml(""));
    try (SluiceProcess sluice =
        SluiceProcess.run(
            Way.LAUNCHED, directory, AdminApi.ENVIRONMENT, List.of(), "-c", file.toString())) {
      Until.holds("java with its signals blocked", () -> isJavaWithBlockedSigterm(sluice));
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
    }
  }

  private static boolean isJavaWithBlockedSigterm(SluiceProcess sluice) throws Exception {
    Path process = Path.of("/proc/" + sluice.pid());
    return Files.readString(process.resolve("comm")).strip().equals("java")
        && mask(sluice.pid(), "SigBlk", 15);
  }

  /** Opening a pipe that nobody reads keeps a start waiting. */
  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aStartThatHangsEndsAllTheSame(String signal) throws Exception {
    Path pipe = directory.resolve("pipe.log");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    String hanging = yaml("access-log: {target: %s}".formatted(pipe));
    Path file = Files.writeString(directory.resolve("sluice.yaml"), hanging);
    try (SluiceProcess sluice =
        SluiceProcess.run(
            Way.LAUNCHED, directory, AdminApi.ENVIRONMENT, List.of(), "-c", file.toString())) {
      Until.holds(
          "the store, which is opened shortly before",
          () -> Files.exists(directory.resolve("data/sluice.db")));
      sluice.kill(signal);
      assertThat(sluice.exitCode()).isEqualTo(signal.equals("TERM") ? 0 : 130);
      assertThat(sluice.stderr()).contains("SIG" + signal + " from process");
    }
  }

  @Test
  void aCommandThatWaitsCanBeInterruptedAlthoughTheLauncherBlocksSignals() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
        SluiceProcess command =
            SluiceProcess.run(
                Way.LAUNCHED,
                directory,
                Map.of("SLUICE_URL", "http://127.0.0.1:" + silent.getLocalPort()),
                List.of(),
                "status");
        Socket connection = silent.accept()) {
      assertThat(connection.isConnected()).isTrue();
      command.kill("INT");
      assertThat(command.exitCode()).isEqualTo(130);
    }
  }
}
