package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.ScriptedBackend;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cache of {@code bin/sluice --make-cache}: made, used, and left aside when it does not fit.
 */
class StartCacheIT {
  /** One with a cache; tests that break something do so in a copy. */
  @TempDir static Path shared;

  @TempDir Path directory;

  @BeforeAll
  static void install() throws Exception {
    Path built = SluiceProcess.installation();
    Path jar = SluiceProcess.jar(); // the installation is made of it
    Path cache = built.resolve("lib/sluice.aot");
    said("cp", "-a", built.toString(), shared.resolve("sluice").toString());
    boolean fresh =
        Files.exists(cache)
            && Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(jar)) > 0;
    if (!fresh) {
      // Takes as long as several starts, on a busy machine longer than a test waits for anything.
      assertThat(said(shared.resolve("sluice/bin/sluice").toString(), "--make-cache")).isEmpty();
    }
  }

  /** What a command says, however long it takes; fails when it does. */
  private static String said(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static SluiceProcess launch(
      Path directory, Map<String, String> environment, Path installation, String... arguments)
      throws Exception {
    Map<String, String> all = new HashMap<>(environment);
    all.putIfAbsent("JAVA_HOME", System.getProperty("java.home"));
    List<String> command = new ArrayList<>();
    command.add(installation.resolve("bin/sluice").toString());
    command.addAll(List.of(arguments));
    return SluiceProcess.command(directory, all, command);
  }

  /** A start that ends at once: there is no such configuration. */
  private boolean takesClassesFromTheCache(Path installation, String options) throws Exception {
    Path classes = directory.resolve("classes.txt");
    String log = "-Xlog:class+load:file=" + classes;
    Map<String, String> environment = Map.of("SLUICE_JAVA_OPTS", options + " " + log);
    try (SluiceProcess sluice = launch(directory, environment, installation, "-c", "none.yaml")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isEqualTo(2);
      assertThat(sluice.stdout()).isEmpty();
      assertThat(sluice.stderr().lines()).hasSize(1).allMatch(l -> l.contains("does not exist"));
    }
    return takenFromTheCache(classes);
  }

  private static boolean takenFromTheCache(Path classes) throws Exception {
    List<String> each =
        Files.readAllLines(classes).stream()
            .filter(line -> line.contains(" io.sluice.process.CommandLine source:"))
            .toList();
    assertThat(each).hasSize(1);
    return each.getFirst().contains("shared objects file");
  }

  /** A copy in which files may be replaced, not written to: they are linked. */
  private Path copy() throws Exception {
    Path copy = directory.resolve("copy");
    said("cp", "-al", shared.resolve("sluice").toString(), copy.toString());
    return copy;
  }

  @Test
  void aStartTakesClassesFromIt() throws Exception {
    assertThat(takesClassesFromTheCache(shared.resolve("sluice"), "")).isTrue();
    assertThat(takesClassesFromTheCache(shared.resolve("sluice"), "-Xmx1g -Dany=thing -ea"))
        .isTrue();
  }

  @Test
  void bothPlanesServeWithIt() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start()) {
      Path file =
          Files.writeString(
              directory.resolve("sluice.yaml"),
              """
              sluice:
                listeners: [{address: "127.0.0.1:0"}]
                admin: {address: "127.0.0.1:0"}
                bootstrap:
                  pools: [{id: default, backends: ["127.0.0.1:%d"]}]
              """
                  .formatted(backend.port()));
      try (SluiceProcess sluice =
          launch(directory, AdminApi.ENVIRONMENT, shared.resolve("sluice"), "-c", file.toString())
              .awaitServing()) {
        assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(200);
        assertThat(AdminApi.of(sluice).get("/pools").path("total").asInt()).isEqualTo(1);
        sluice.kill("TERM");
        assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      }
    }
  }

  @Test
  void itMayBeMovedWithTheInstallation() throws Exception {
    assertThat(takesClassesFromTheCache(copy(), "")).isTrue();
  }

  @Test
  void aJarThatHasChangedIsNotTakenFromIt() throws Exception {
    Path jar = copy().resolve("lib/sluice.jar");
    Path changed = Files.copy(jar, directory.resolve("changed.jar"));
    Files.setLastModifiedTime(changed, FileTime.from(Instant.now().minusSeconds(1000)));
    Files.move(changed, jar, StandardCopyOption.REPLACE_EXISTING);
    assertThat(takesClassesFromTheCache(directory.resolve("copy"), "")).isFalse();
  }

  @Test
  void aCacheWithoutSenseIsLeftAside() throws Exception {
    Path copy = copy();
    Path cache = copy.resolve("lib/sluice.aot");
    byte[] whole = Files.readAllBytes(cache);
    for (byte[] content :
        List.of(
            new byte[0],
            "rubbish".getBytes(StandardCharsets.US_ASCII),
            Arrays.copyOf(whole, whole.length / 2))) {
      Files.delete(cache);
      Files.write(cache, content);
      assertThat(takesClassesFromTheCache(copy, "")).as("%d bytes", content.length).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:-UseCompactObjectHeaders",
        "-XX:+UseZGC",
        "-Xshare:auto",
        "-Xshare:off",
        "-XX:AOTMode=off",
      })
  void optionsThatItDoesNotFitWinOverIt(String option) throws Exception {
    assertThat(takesClassesFromTheCache(shared.resolve("sluice"), option)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-h", "-V"})
  void anAnswerIsQuickerWithoutIt(String flag) throws Exception {
    Path classes = directory.resolve("classes.txt");
    Map<String, String> environment =
        Map.of("SLUICE_JAVA_OPTS", "-Xlog:class+load:file=" + classes);
    try (SluiceProcess sluice = launch(directory, environment, shared.resolve("sluice"), flag)) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
    }
    assertThat(takenFromTheCache(classes)).isFalse();
    assertThat(Files.readString(classes))
        .as("what it does not need")
        .doesNotContain("org.springframework", "io.netty", "ch.qos.logback", "org.slf4j");
  }

  // ---------------------------------------------------------------- made by a java of the test's

  /** An installation without a cache, and a java that does what a script says. */
  private Path installationWithJava(String script) throws Exception {
    Path installation = directory.resolve("small");
    Files.createDirectories(installation.resolve("bin"));
    Files.createDirectories(installation.resolve("lib"));
    Files.copy(SluiceProcess.home().resolve("bin/sluice"), installation.resolve("bin/sluice"));
    Files.writeString(installation.resolve("lib/sluice.jar"), "no jar");
    Path java = Files.createDirectories(directory.resolve("jdk/bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/bin/sh
        for argument; do
            case "$argument" in -XX:AOTCacheOutput=*) out="${argument#*=}" ;; esac
        done
        """
            + script);
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(directory.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    return installation;
  }

  private Map<String, String> thatJava() {
    return Map.of(
        "JAVA_HOME",
        directory.resolve("jdk").toString(),
        "MEET",
        directory.resolve("meet").toString());
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void twoThatMakeItAtOnceLeaveOneWholeCache() throws Exception {
    Path installation =
        installationWithJava(
            """
            mkdir -p "$MEET"
            : >"$MEET/$$"
            until [ "$(ls "$MEET" | wc -l)" -ge 2 ]; do :; done
            yes $$ | head -n 50000 >"$out"
            """);
    try (SluiceProcess one = launch(directory, thatJava(), installation, "--make-cache");
        SluiceProcess other = launch(directory, thatJava(), installation, "--make-cache")) {
      assertThat(one.exitCode()).as(one::stderr).isZero();
      assertThat(other.exitCode()).as(other::stderr).isZero();
    }
    List<String> cache = Files.readAllLines(installation.resolve("lib/sluice.aot"));
    assertThat(cache).hasSize(50_000).containsOnly(cache.getFirst());
    assertThat(names(installation.resolve("lib"))).containsExactly("sluice.aot", "sluice.jar");
  }

  @Test
  void aRehearsalThatFailsLeavesTheOldOneAndTellsWhy() throws Exception {
    Path installation =
        installationWithJava("echo half >\"$out\"\necho 'No space left on device'\nexit 1\n");
    Path cache = Files.writeString(installation.resolve("lib/sluice.aot"), "the old one");
    try (SluiceProcess maker = launch(directory, thatJava(), installation, "--make-cache")) {
      assertThat(maker.exitCode()).isEqualTo(1);
      assertThat(maker.stderr())
          .contains("No space left on device", "sluice: the cache was not made, see above");
    }
    assertThat(cache).hasContent("the old one");
    assertThat(names(installation.resolve("lib"))).containsExactly("sluice.aot", "sluice.jar");
  }

  /** Java ends with 0 when it could not write. */
  @Test
  void aRehearsalThatLeavesNothingHasFailed() throws Exception {
    Path installation = installationWithJava("exit 0\n");
    try (SluiceProcess maker = launch(directory, thatJava(), installation, "--make-cache")) {
      assertThat(maker.exitCode()).isEqualTo(1);
      assertThat(maker.stderr()).contains("sluice: the cache was not made");
    }
    assertThat(names(installation.resolve("lib"))).containsExactly("sluice.jar");
  }

  @Test
  void whoMayNotWriteThereIsToldWhoMay() throws Exception {
    Path installation = installationWithJava("exit 0\n");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(
        installation.resolve("lib"), PosixFilePermissions.fromString("r-xr-xr-x"));
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      assumeThat(Path.of("/usr/bin/setpriv")).exists();
      command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    command.addAll(List.of(installation.resolve("bin/sluice").toString(), "--make-cache"));
    try (SluiceProcess maker = SluiceProcess.command(directory, thatJava(), command)) {
      assertThat(maker.exitCode()).isEqualTo(1);
      assertThat(maker.stderr())
          .isEqualTo(
              "sluice: cannot write to %s; run this as the owner of the installation\n"
                  .formatted(installation.toRealPath().resolve("lib")));
    }
  }
}
