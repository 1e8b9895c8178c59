package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.ScriptedBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/sluice} as it is installed: the script in bin, the jar in lib. */
class LauncherIT {
  @TempDir Path directory;
  private Path launcher = Path.of("");

  @BeforeEach
  void install() throws Exception {
    Path installed = Files.createDirectories(directory.resolve("opt/sluice"));
    Files.createDirectories(installed.resolve("lib"));
    Files.createSymbolicLink(installed.resolve("lib/sluice.jar"), SluiceProcess.jar());
    launcher = Files.createDirectories(installed.resolve("bin")).resolve("sluice");
    Files.copy(SluiceProcess.home().resolve("bin/sluice"), launcher);
  }

  private SluiceProcess launch(Map<String, String> environment, String... command)
      throws Exception {
    return SluiceProcess.command(directory, environment, List.of(command));
  }

  private Map<String, String> ownJava() {
    return Map.of("JAVA_HOME", System.getProperty("java.home"));
  }

  @Test
  void itRunsTheInstalledJar() throws Exception {
    try (SluiceProcess sluice = launch(ownJava(), launcher.toString(), "-V")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stdout()).startsWith("Sluice ");
      assertThat(sluice.stderr()).isEmpty();
    }
  }

  /** Its classes and files are in jars inside of a jar, which some libraries do not expect. */
  @Test
  void theJarAloneServes() throws Exception {
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
      String java = System.getProperty("java.home") + "/bin/java";
      List<String> command =
          List.of(
              java,
              "-Xmx256m",
              "--enable-native-access=ALL-UNNAMED",
              "--sun-misc-unsafe-memory-access=allow",
              "-jar",
              SluiceProcess.jar().toString(),
              "-c",
              file.toString());
      try (SluiceProcess sluice =
          SluiceProcess.command(directory, AdminApi.ENVIRONMENT, command).awaitServing()) {
        assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(200);
        assertThat(AdminApi.of(sluice).get("/pools").path("total").asInt()).isEqualTo(1);
        assertThat(Http.get(sluice.admin().resolve("/actuator/health/readiness")).statusCode())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void itWorksThroughRelativeSymbolicLinks() throws Exception {
    Path first = Files.createDirectories(directory.resolve("a")).resolve("one");
    Files.createSymbolicLink(first, Path.of("../opt/sluice/bin/sluice"));
    Files.createSymbolicLink(directory.resolve("two"), Path.of("a/one"));
    try (SluiceProcess sluice = launch(ownJava(), "./two", "-V")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stdout()).startsWith("Sluice ");
    }
  }

  @Test
  void anOlderJavaHomeIsPassedOver() throws Exception {
    Path old = Files.createDirectories(directory.resolve("jdk17/bin"));
    Files.writeString(old.resolve("java"), "#!/bin/sh\nexit 99\n");
    assertThat(old.resolve("java").toFile().setExecutable(true)).isTrue();
    Files.writeString(directory.resolve("jdk17/release"), "JAVA_VERSION=\"17.0.15\"\n");
    String path = System.getProperty("java.home") + "/bin:" + System.getenv("PATH");
    Map<String, String> environment =
        Map.of("JAVA_HOME", directory.resolve("jdk17").toString(), "PATH", path);
    try (SluiceProcess sluice = launch(environment, launcher.toString(), "-V")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stdout()).startsWith("Sluice ");
    }
  }

  @Test
  void theUsersOptionsWin() throws Exception {
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "SLUICE_JAVA_OPTS",
            "-XX:+UseParallelGC -Xmx99m -XX:+PrintFlagsFinal");
    try (SluiceProcess sluice = launch(environment, launcher.toString(), "-V")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stdout())
          .containsPattern("UseParallelGC +:?= true")
          .containsPattern("UseCompactObjectHeaders +:?= true");
      // 99 MiB, rounded up to whole regions of 2 MiB.
      assertThat(sluice.stdout()).containsPattern("MaxHeapSize +:?= 104857600");
    }
  }

  @Test
  void theWorkingDirectoryStaysTheUsers() throws Exception {
    try (SluiceProcess sluice = launch(ownJava(), launcher.toString(), "-t")) {
      assertThat(sluice.exitCode()).isEqualTo(2);
      assertThat(sluice.stderr())
          .contains("there is no " + directory.toRealPath().resolve("application.yaml"));
    }
  }

  @Test
  void aHomeWithoutAJarIsNamed() throws Exception {
    Map<String, String> environment = Map.of("SLUICE_HOME", directory.toString());
    try (SluiceProcess sluice = launch(environment, launcher.toString(), "-V")) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      assertThat(sluice.stderr())
          .contains("SLUICE_HOME")
          .contains(directory.resolve("lib/sluice.jar").toString());
    }
  }

  @Test
  void inACheckoutAFreshJarIsNotBuiltAgain() throws Exception {
    String script = SluiceProcess.home().resolve("bin/sluice").toString();
    try (SluiceProcess sluice = launch(ownJava(), script, "-V")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stderr()).isEmpty();
    }
  }

  @Test
  void inACheckoutAnOldJarIsBuiltAgain() throws Exception {
    Path checkout = Files.createDirectories(directory.resolve("checkout"));
    Files.createDirectories(checkout.resolve("src/main"));
    Files.writeString(checkout.resolve("pom.xml"), "<project/>");
    Files.createDirectories(checkout.resolve("bin"));
    Files.copy(launcher, checkout.resolve("bin/sluice"));
    Path wrapper = checkout.resolve("mvnw");
    Files.writeString(
        wrapper, "#!/bin/sh\necho \"building with $*\"\nmkdir target\ncp \"$THE_JAR\" target/\n");
    assertThat(wrapper.toFile().setExecutable(true)).isTrue();
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME",
            System.getProperty("java.home"),
            "THE_JAR",
            SluiceProcess.jar().toString());
    String script = checkout.resolve("bin/sluice").toString();
    try (SluiceProcess sluice = launch(environment, script, "-V")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stdout()).as("the build talks on stderr").startsWith("Sluice ");
      assertThat(sluice.stderr())
          .contains("sluice: building ")
          .contains("building with -q -DskipTests package");
    }
  }
}
