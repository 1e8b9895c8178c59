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
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code -d} with the real process, its pid file and its log. */
@Timeout(300)
class DaemonIT {
  private static final String IN_THE_BACKGROUND =
      "sluice: process (\\d+) in the background serves (http://[^,; ]+)[^;]*; admin (http://\\S+)";

  @TempDir Path directory;
  private ScriptedBackend backend;
  private Path pidFile;
  private Path log;

  /** Every process that was in the background; ended with the test. */
  private final List<ProcessHandle> background = new ArrayList<>();

  @BeforeEach
  void prepare() throws Exception {
    backend = ScriptedBackend.start();
    pidFile = directory.resolve("sluice.pid");
    log = directory.resolve("error.log");
  }

  @AfterEach
  void endAll() throws Exception {
    for (ProcessHandle process : background) {
      process.destroyForcibly();
      process.onExit().join();
    }
    backend.close();
  }

  private String yaml(int port, String more) {
    return """
    pid_file: sluice.pid
    error_log: error.log
    sluice:
      listeners: [{address: "127.0.0.1:%d"}]
      admin: {address: "127.0.0.1:0"}
      access-log: {target: access.log}
      %s
      bootstrap:
        pools: [{id: default, backends: ["127.0.0.1:%d"]}]
    """
        .formatted(port, more, backend.port());
  }

  private SluiceProcess start(Way way, Map<String, String> environment, String yaml)
      throws Exception {
    Files.writeString(directory.resolve("sluice.yaml"), yaml);
    return SluiceProcess.run(way, directory, environment, List.of(), "-d", "-c", "sluice.yaml");
  }

  /** A process that went to the background. */
  private record Started(ProcessHandle process, URI proxy) {
    private boolean serves() throws Exception {
      return Http.get(proxy).statusCode() == 200;
    }

    private void kill(String signal) throws Exception {
      Process kill =
          new ProcessBuilder("sh", "-c", "kill -s " + signal + " " + process.pid()).start();
      assertThat(kill.waitFor()).isZero();
    }

    private Path proc(String name) {
      return Path.of("/proc/" + process.pid(), name);
    }
  }

  private Started started(SluiceProcess parent) throws Exception {
    MatchResult said = parent.awaitOutput(IN_THE_BACKGROUND);
    ProcessHandle process = ProcessHandle.of(Long.parseLong(said.group(1))).orElseThrow();
    background.add(process);
    assertThat(parent.exitCode()).as(parent::stderr).isZero();
    return new Started(process, URI.create(said.group(2) + "/"));
  }

  @ParameterizedTest
  @EnumSource
  void theParentWaitsUntilTheChildServesAndTheChildIsOnItsOwn(Way way) throws Exception {
    try (SluiceProcess parent = start(way, AdminApi.ENVIRONMENT, yaml(0, ""))) {
      Started child = started(parent);
      assertThat(child.serves()).isTrue();
      assertThat(pidFile).hasContent(Long.toString(child.process.pid()));
      assertThat(Files.readString(log))
          .contains("serves " + child.proxy.toString().replaceFirst("/$", ""), "main");
      assertThat(Files.readString(child.proc("stat")).replaceFirst(".*\\) ", "").split(" "))
          .as("state, parent, group, session, terminal")
          .contains(Long.toString(child.process.pid()), "0");
      assertThat(Files.readSymbolicLink(child.proc("cwd"))).isEqualTo(directory.toRealPath());
      assertStreams(child);
      child.kill("TERM");
      child.process.onExit().join();
      assertThat(pidFile).doesNotExist();
      assertThat(Files.readString(log)).contains("SIGTERM from process", "every request was");
    }
  }

  private void assertStreams(Started child) throws Exception {
    assertThat(Files.readSymbolicLink(child.proc("fd/0"))).hasToString("/dev/null");
    assertThat(Files.readSymbolicLink(child.proc("fd/1"))).isEqualTo(log.toRealPath());
    assertThat(Files.readSymbolicLink(child.proc("fd/2"))).isEqualTo(log.toRealPath());
    try (var descriptors = Files.list(child.proc("fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.isSymbolicLink(descriptor)) {
          assertThat(Files.readSymbolicLink(descriptor).toString())
              .doesNotStartWith("pipe:")
              .doesNotStartWith("/dev/pts")
              .doesNotStartWith("/dev/tty");
        }
      }
    }
  }

  @Test
  void theFirstPasswordIsShownAtTheTerminalAndNotLogged() throws Exception {
    try (SluiceProcess parent = start(Way.LAUNCHED, Map.of(), yaml(0, ""))) {
      String password =
          parent.awaitOutput("log in as admin with the password (\\S+) \\(shown only").group(1);
      Started child = started(parent);
      assertThat(child.serves()).isTrue();
      assertThat(Files.readString(log)).doesNotContain(password).doesNotContain("password");
    }
  }

  @Test
  void aChildThatFailsSaysWhyAtTheTerminalAndGivesItsCode() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
        SluiceProcess parent =
            start(Way.LAUNCHED, AdminApi.ENVIRONMENT, yaml(taken.getLocalPort(), ""))) {
      assertThat(parent.exitCode()).isEqualTo(1);
      assertThat(parent.stderr())
          .startsWith("sluice: cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .contains("in use");
      assertThat(parent.stderr().lines()).hasSize(1);
      assertThat(Files.readString(log)).contains("in use");
      assertThat(pidFile).doesNotExist();
    }
  }

  @Test
  void whatIsWrongInTheFileIsShownWithItsPlace() throws Exception {
    try (SluiceProcess parent = start(Way.PLAIN, Map.of(), yaml(0, "listener: []"))) {
      assertThat(parent.exitCode()).isEqualTo(1);
      assertThat(parent.stderr()).startsWith("sluice.yaml:7:3 sluice.listener: unknown key");
    }
  }

  @Test
  void aMissingFileIsWrongUsage() throws Exception {
    try (SluiceProcess parent = SluiceProcess.run(directory, "-d", "-c", "nope.yaml")) {
      assertThat(parent.exitCode()).isEqualTo(2);
      assertThat(parent.stderr()).contains("the configuration file nope.yaml does not exist");
    }
  }

  @Test
  void aSecondInstanceIsRefusedByNameAndTheFirstServesOn() throws Exception {
    try (SluiceProcess parent = start(Way.LAUNCHED, AdminApi.ENVIRONMENT, yaml(0, ""))) {
      Started first = started(parent);
      String before = Files.readString(log);
      try (SluiceProcess second = start(Way.LAUNCHED, AdminApi.ENVIRONMENT, yaml(0, ""))) {
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.stderr())
            .isEqualTo(
                "sluice: Sluice already runs as pid %d (pid_file %s); stop it, or take over by -u\n"
                    .formatted(first.process.pid(), pidFile.toRealPath()));
      }
      assertThat(first.serves()).isTrue();
      assertThat(pidFile).hasContent(Long.toString(first.process.pid()));
      assertThat(Files.readString(log)).isEqualTo(before);
    }
  }

  @Test
  void whatAKilledOneHasLeftIsReplaced() throws Exception {
    try (SluiceProcess parent = start(Way.LAUNCHED, AdminApi.ENVIRONMENT, yaml(0, ""))) {
      Started first = started(parent);
      first.process.destroyForcibly();
      first.process.onExit().join();
      assertThat(pidFile).exists();
    }
    try (SluiceProcess parent = start(Way.LAUNCHED, AdminApi.ENVIRONMENT, yaml(0, ""))) {
      Started second = started(parent);
      assertThat(second.serves()).isTrue();
      assertThat(pidFile).hasContent(Long.toString(second.process.pid()));
    }
  }

  @Test
  void sighupOpensItsLogAgain() throws Exception {
    try (SluiceProcess parent = start(Way.LAUNCHED, AdminApi.ENVIRONMENT, yaml(0, ""))) {
      Started child = started(parent);
      Path rotated = Files.move(log, directory.resolve("error.log.1"));
      child.kill("HUP");
      Until.holds(
          "the new log",
          () ->
              Files.exists(log)
                  && Files.readString(log).contains("reloaded: error_log opened again"));
      assertThat(Files.readString(rotated)).contains("serves").doesNotContain("reloaded");
      assertStreams(child);
    }
  }

  /** Opening a pipe that nobody reads keeps a start waiting. */
  private String hanging() throws Exception {
    Path pipe = directory.resolve("pipe.log");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return yaml(0, "").replace("target: access.log", "target: " + pipe);
  }

  private void awaitHanging() throws Exception {
    Until.holds(
        "the store, which is opened shortly before",
        () -> Files.exists(directory.resolve("data/sluice.db")));
  }

  private ProcessHandle childOf(SluiceProcess parent) {
    Optional<ProcessHandle> child =
        ProcessHandle.of(parent.pid()).orElseThrow().descendants().findFirst();
    child.ifPresent(background::add);
    return child.orElseThrow();
  }

  @Test
  void aChildThatIsKilledBeforeItServesIsTold() throws Exception {
    try (SluiceProcess parent = start(Way.LAUNCHED, AdminApi.ENVIRONMENT, hanging())) {
      awaitHanging();
      ProcessHandle child = childOf(parent);
      child.destroyForcibly();
      assertThat(parent.exitCode()).isEqualTo(1);
      assertThat(parent.stderr())
          .contains(
              "sluice: process %d in the background was ended by signal 9 before it served"
                  .formatted(child.pid()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoeverGivesUpWaitingEndsTheChildToo(Way way) throws Exception {
    try (SluiceProcess parent = start(way, AdminApi.ENVIRONMENT, hanging())) {
      awaitHanging();
      ProcessHandle child = childOf(parent);
      parent.kill("INT");
      assertThat(parent.exitCode()).isEqualTo(130);
      child.onExit().join();
      assertThat(pidFile).doesNotExist();
    }
  }

  /** The launching terminal is closed by the end of the program that owns its other side. */
  @Test
  void theEndOfTheTerminalDoesNotReachIt() throws Exception {
    Files.writeString(directory.resolve("sluice.yaml"), yaml(0, ""));
    List<String> command =
        new ArrayList<>(List.of("python3", "-c", "import pty,sys; pty.spawn(sys.argv[1:])"));
    command.addAll(SluiceProcess.javaCommand(Way.LAUNCHED, List.of(), "-d", "-c", "sluice.yaml"));
    try (SluiceProcess terminal = SluiceProcess.command(directory, AdminApi.ENVIRONMENT, command)) {
      Started child = started(terminal);
      assertThat(child.serves()).isTrue();
      assertStreams(child);
    }
  }
}
