package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.sluice.os.Identity;
import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Until;
import io.sluice.testkit.ScriptedBackend;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Root that becomes another user. */
@Timeout(300)
class PrivilegesIT {
  private static final String USER = "nobody";

  /** Of no account; the system needs none for it. */
  private static final int STRANGER = 12_345;

  /** What curl exits with. */
  private static final int COULD_NOT_CONNECT = 7;

  private static final int EMPTY_ANSWER = 52;
  private static final int CONNECTION_RESET = 56;

  /** Nothing else listens there: any address in 127.0.0.0/8 is this machine. */
  private static final String LOW_PORT =
      "127.%d.%d.%d:81"
          .formatted(
              ThreadLocalRandom.current().nextInt(1, 255),
              ThreadLocalRandom.current().nextInt(1, 255),
              ThreadLocalRandom.current().nextInt(1, 255));

  @TempDir Path directory;
  private ScriptedBackend backend;
  private Path installation;
  private int uid;
  private int gid;

  @BeforeEach
  void prepare() throws Exception {
    Identity.Account account = Identity.user(USER);
    if (Identity.uid() != 0 || account == null || account.group() == null) {
      String reason = "SKIPPED: user and group were not checked, which takes root and " + USER;
      System.err.println(reason);
      abort(reason);
    }
    uid = account.id();
    gid = account.group();
    // The checkout may be where that user cannot look.
    installation = directory.resolve("sluice");
    Process copy =
        new ProcessBuilder(
                "cp", "-a", SluiceProcess.installation().toString(), installation.toString())
            .inheritIO()
            .start();
    assertThat(copy.waitFor()).isZero();
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Identity.own(Files.createDirectory(directory.resolve("own")), uid, gid);
    Files.createDirectory(directory.resolve("roots"));
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stopBackend() throws Exception {
    if (backend != null) {
      backend.close();
    }
  }

  private SluiceProcess start(List<String> before, String yaml) throws Exception {
    Files.writeString(directory.resolve("sluice.yaml"), yaml);
    List<String> command = new ArrayList<>(before);
    command.addAll(
        SluiceProcess.javaCommand(SluiceProcess.Way.LAUNCHED, List.of(), "-c", "sluice.yaml"));
    String built = SluiceProcess.installation().toString();
    command.replaceAll(part -> part.replace(built, installation.toString()));
    return SluiceProcess.command(directory, AdminApi.ENVIRONMENT, command);
  }

  private String yaml(String pidFile) {
    return """
    user: %s
    pid_file: %s
    error_log: roots/error.log
    sluice:
      listeners: [{address: "%s"}, {address: "unix:%s/roots/front.sock"}]
      admin: {address: "127.0.0.1:0"}
      store: {path: own/data/sluice.db}
      access-log: {target: own/access.log}
      bootstrap:
        pools: [{id: default, backends: ["127.0.0.1:%d"]}]
    """
        .formatted(USER, pidFile, LOW_PORT, directory, backend.port());
  }

  private SluiceProcess serving(String yaml) throws Exception {
    SluiceProcess sluice = start(List.of(), yaml);
    try {
      sluice.awaitError("sluice: serves http://.*; its log is \\S+/roots/error.log");
      return sluice;
    } catch (AssertionError e) {
      sluice.close();
      throw e;
    }
  }

  @Test
  void rootBindsAndEveryThreadIsTheUserForGood() throws Exception {
    try (SluiceProcess sluice = serving(yaml("own/sluice.pid"))) {
      assertThat(Http.get(URI.create("http://" + LOW_PORT + "/")).statusCode()).isEqualTo(200);
      assertThat(threads(sluice, "Uid")).containsExactly(ids(uid));
      assertThat(threads(sluice, "Gid")).containsExactly(ids(gid));
      assertThat(threads(sluice, "Groups")).containsExactly(Integer.toString(gid));
      assertThat(threads(sluice, "CapPrm")).containsExactly("0000000000000000");
      assertThat(threads(sluice, "CapEff")).containsExactly("0000000000000000");
      for (String file :
          List.of(
              "own/sluice.pid",
              "own/access.log",
              "own/data/sluice.db",
              "roots/error.log",
              "roots/front.sock")) {
        assertThat(Files.getAttribute(directory.resolve(file), "unix:uid"))
            .as("owner of " + file)
            .isEqualTo(uid);
      }
      assertThat(Files.readString(directory.resolve("roots/error.log")))
          .contains("runs as user nobody (uid " + uid, "root's rights are gone");
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
      assertThat(directory.resolve("own/sluice.pid")).doesNotExist();
    }
  }

  private static String ids(int id) {
    return "%d\t%d\t%d\t%d".formatted(id, id, id, id);
  }

  /** What all threads have there. */
  private static Set<String> threads(SluiceProcess sluice, String name) throws Exception {
    Set<String> all = new TreeSet<>();
    int count = 0;
    try (var tasks = Files.list(Path.of("/proc/" + sluice.pid() + "/task"))) {
      for (Path task : tasks.toList()) {
        if (!Files.exists(task.resolve("status"))) {
          continue; // ended meanwhile
        }
        count++;
        Files.readAllLines(task.resolve("status")).stream()
            .filter(line -> line.startsWith(name + ":"))
            .map(line -> line.substring(name.length() + 1).strip())
            .forEach(all::add);
      }
    }
    assertThat(count).as("threads").isGreaterThan(10);
    return all;
  }

  @Test
  void aPidFileThatCannotBeRemovedIsEmptiedAndReplacedByTheNextStart() throws Exception {
    Path file = directory.resolve("roots/sluice.pid");
    for (int i = 0; i < 2; i++) {
      try (SluiceProcess sluice = serving(yaml("roots/sluice.pid"))) {
        assertThat(file).hasContent(Long.toString(sluice.pid()));
        sluice.kill("TERM");
        assertThat(sluice.exitCode()).isZero();
        assertThat(file).isEmptyFile();
      }
    }
  }

  @Test
  void anotherUserGetsNothingAtTheUpgradeSocket() throws Exception {
    String yaml = "upgrade_sock: own/upgrade.sock\n" + yaml("own/sluice.pid");
    try (SluiceProcess sluice = serving(yaml)) {
      Path socket = directory.resolve("own/upgrade.sock");
      assertThat(Files.getPosixFilePermissions(socket))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      assertThat(connectAsStranger(socket)).isEqualTo(COULD_NOT_CONNECT);
      // Even when somebody has opened the file to all, who connects is looked at.
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
      assertThat(connectAsStranger(socket)).isIn(EMPTY_ANSWER, CONNECTION_RESET);
      Until.holds(
          "the warning in the log",
          () ->
              Files.readString(directory.resolve("roots/error.log"))
                  .contains("is another user and is turned away"));
      assertThat(Http.get(URI.create("http://" + LOW_PORT + "/")).statusCode()).isEqualTo(200);
    }
  }

  /** What curl says about a socket when a user that is neither root nor Sluice's calls it. */
  private int connectAsStranger(Path socket) throws Exception {
    Process curl =
        new ProcessBuilder(
                List.of(
                    "setpriv",
                    "--reuid=" + STRANGER,
                    "--regid=" + STRANGER,
                    "--clear-groups",
                    "curl",
                    "--silent",
                    "--max-time",
                    "60",
                    "--unix-socket",
                    socket.toString(),
                    "http://localhost/"))
            .directory(directory.toFile())
            .inheritIO()
            .start();
    return curl.waitFor();
  }

  @Test
  void onlyRootCanBecomeSomebodyElse() throws Exception {
    List<String> asUser = List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups");
    String yaml = yaml("own/sluice.pid").replace("user: " + USER, "user: daemon");
    try (SluiceProcess sluice = start(asUser, yaml.replace("roots/", "own/"))) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      assertThat(sluice.stderr()).contains("only root can become daemon");
    }
  }

  @Test
  void theUserItselfNeedsNothing() throws Exception {
    List<String> asUser = List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups");
    String yaml = yaml("own/sluice.pid").replace("roots/", "own/").replace(LOW_PORT, "127.0.0.1:0");
    try (SluiceProcess sluice = start(asUser, yaml)) {
      sluice.awaitError("sluice: serves http");
      assertThat(threads(sluice, "Uid")).containsExactly(ids(uid));
    }
  }

  @Test
  void anAddressThatIsTakenIsToldBeforeAnythingIsGivenUp() throws Exception {
    try (SluiceProcess first = serving(yaml("own/sluice.pid"));
        SluiceProcess second =
            start(List.of(), yaml("own/other.pid").replace("sluice.db", "other.db"))) {
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.stderr())
          .contains("sluice: cannot listen on " + LOW_PORT + ": it is already in use");
      assertThat(Http.get(URI.create("http://" + LOW_PORT + "/")).statusCode()).isEqualTo(200);
      assertThat(first.pid()).isPositive();
    }
  }

  @Test
  void anUnknownGroupIsNamed() throws Exception {
    String yaml = yaml("own/sluice.pid").replace("user:", "group: nowhere\nuser:");
    try (SluiceProcess sluice = start(List.of(), yaml)) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      assertThat(sluice.stderr()).contains("there is no group nowhere");
    }
  }
}
