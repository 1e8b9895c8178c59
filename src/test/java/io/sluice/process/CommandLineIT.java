package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.SluiceProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandLineIT {
  private static final String GOOD =
      """
      sluice:
        listeners: [{address: 127.0.0.1:0}]
        admin: {address: 127.0.0.1:0}
        bootstrap:
          pools:
            - {id: default, backends: [127.0.0.1:9]}
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"-h", "-V"})
  void helpAndVersionAreAnsweredWithoutSpring(String flag) throws Exception {
    Path classes = directory.resolve("classes");
    // In the cache of starts, which the launcher leaves out here, everything counts as loaded.
    List<String> jvm = List.of("-XX:AOTMode=off", "-Xlog:class+load=info:file=" + classes);
    try (SluiceProcess sluice = SluiceProcess.run(directory, Map.of(), jvm, flag)) {
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.stdout()).startsWith("Sluice ").doesNotContain("development");
      assertThat(sluice.stderr()).isEmpty();
    }
    assertThat(Files.readAllLines(classes))
        .anyMatch(line -> line.contains("io.sluice.process.CommandLine"))
        .noneMatch(
            line ->
                line.contains(" org.springframework.")
                    && !line.contains(" org.springframework.boot.loader."));
  }

  @Test
  void theHelpNamesTheFlags() throws Exception {
    try (SluiceProcess sluice = SluiceProcess.run(directory, "--help")) {
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.stdout()).contains("--conf", "--test", "--demo", "SLUICE_LOG");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--tset", "-u --demo", "file.yaml", "-c", "--demo -c file.yaml"})
  void wrongUsageEndsWith2AndASentence(String line) throws Exception {
    assertEnds(2, "; see -h\n", line.split(" "));
  }

  @Test
  void aMissingFileEndsWith2AndItsName() throws Exception {
    assertEnds(2, "the configuration file nope.yaml does not exist", "-c", "nope.yaml");
  }

  @Test
  void withoutAFileTheOneInTheWorkingDirectoryIsAskedFor() throws Exception {
    assertEnds(2, "there is no " + directory.toRealPath().resolve("application.yaml"));
  }

  @Test
  void withoutAFileTheOneInTheWorkingDirectoryIsRead() throws Exception {
    Files.writeString(directory.resolve("application.yaml"), GOOD);
    try (SluiceProcess sluice = SluiceProcess.run(directory, "-t")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stdout()).isEqualTo("configuration application.yaml is valid\n");
    }
  }

  @Test
  void aGoodFileIsValid() throws Exception {
    Path file = Files.writeString(directory.resolve("good.yaml"), GOOD);
    try (SluiceProcess sluice = SluiceProcess.run(directory, "-t", "-c", file.toString())) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stdout()).isEqualTo("configuration " + file + " is valid\n");
      assertThat(sluice.stderr()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-t", "serve"})
  void everyProblemOfABadFileIsPrintedWithItsPlace(String mode) throws Exception {
    Files.writeString(
        directory.resolve("bad.yaml"),
        GOOD.replace("listeners", "listners") + "    routes: [{id: a, pool: nowhere}]\n");
    String[] arguments =
        mode.equals("-t") ? new String[] {"-t", "-c", "bad.yaml"} : new String[] {"-c", "bad.yaml"};
    try (SluiceProcess sluice = SluiceProcess.run(directory, arguments)) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      assertThat(sluice.stderr().lines())
          .hasSize(2)
          .anyMatch(line -> line.startsWith("bad.yaml:2:3 ") && line.contains("listeners"))
          .anyMatch(line -> line.startsWith("bad.yaml:7:") && line.contains("nowhere"));
      assertThat(sluice.stdout()).isEmpty();
    }
  }

  @Test
  void aStartRefusesWhatTheCheckRefuses() throws Exception {
    Files.writeString(directory.resolve("bad.yaml"), "pid_file: none/sluice.pid\n" + GOOD);
    List<String> said = new ArrayList<>();
    for (String[] arguments :
        List.of(new String[] {"-t", "-c", "bad.yaml"}, new String[] {"-c", "bad.yaml"})) {
      try (SluiceProcess sluice = SluiceProcess.run(directory, arguments)) {
        assertThat(sluice.exitCode()).isEqualTo(1);
        said.add(sluice.stderr());
      }
    }
    assertThat(said.get(0)).startsWith("bad.yaml:1:11 pid_file: there is no directory ");
    assertThat(said.get(1)).isEqualTo(said.get(0));
  }

  @Test
  void problemsForProgramsAreJson() throws Exception {
    Files.writeString(directory.resolve("bad.yaml"), "pid_file: none/sluice.pid\n" + GOOD);
    try (SluiceProcess sluice =
        SluiceProcess.run(directory, "-t", "-c", "bad.yaml", "--format", "json")) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      assertThat(sluice.stderr()).isEmpty();
      JsonNode problem = new JsonMapper().readTree(sluice.stdout()).get(0);
      assertThat(problem.propertyNames())
          .containsExactly("file", "line", "column", "key", "message", "severity");
      assertThat(problem.path("file").asString()).isEqualTo("bad.yaml");
      assertThat(problem.path("line").asInt()).isEqualTo(1);
      assertThat(problem.path("column").asInt()).isEqualTo(11);
      assertThat(problem.path("key").asString()).isEqualTo("pid_file");
      assertThat(problem.path("severity").asString()).isEqualTo("error");
    }
  }

  @Test
  void warningsDoNotMakeAFileInvalid() throws Exception {
    Files.writeString(
        directory.resolve("good.yaml"),
        GOOD.replace("127.0.0.1:0}\n  boot", "127.0.0.1:0, password-file: none}\n  boot"));
    try (SluiceProcess sluice = SluiceProcess.run(directory, "-t", "-c", "good.yaml")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      assertThat(sluice.stdout()).isEqualTo("configuration good.yaml is valid\n");
      assertThat(sluice.stderr()).contains("good.yaml:3:", "password-file: warning: cannot read");
    }
  }

  @Test
  void anUnknownLogLevelEndsWith2() throws Exception {
    try (SluiceProcess sluice =
        SluiceProcess.run(directory, Map.of("SLUICE_LOG", "loud"), List.of(), "--demo")) {
      assertThat(sluice.exitCode()).isEqualTo(2);
      assertThat(sluice.stderr())
          .isEqualTo("sluice: SLUICE_LOG is 'loud'; it takes ERROR, WARN, INFO, DEBUG, TRACE\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sluice dr,drain",
    "sluice --ups,''",
    "sluice --up,--upgrade",
    "sluice run --res,--reset-state",
    "sluice -t --format j,json",
    "sluice -c goo,good.yaml",
    "sluice token c,create",
    "sluice token create --r,--role",
    "sluice status -o ya,yaml",
  })
  void bashCompletesCommandsFlagsAndFiles(String typed, String completed) throws Exception {
    Files.writeString(directory.resolve("good.yaml"), GOOD);
    Path script = directory.resolve("completion.sh");
    try (SluiceProcess sluice = SluiceProcess.run(directory, "completion")) {
      assertThat(sluice.exitCode()).as(sluice::stderr).isZero();
      Files.writeString(script, sluice.stdout());
    }
    // compopt belongs to a real key press; there is none here.
    String press =
        """
        source completion.sh; compopt() { :; }
        COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _complete_sluice; echo "${COMPREPLY[*]}"
        """
            .formatted(typed);
    try (SluiceProcess bash =
        SluiceProcess.command(directory, Map.of(), List.of("bash", "-c", press))) {
      assertThat(bash.exitCode()).isZero();
      assertThat(bash.stdout().strip()).isEqualTo(completed);
    }
  }

  private void assertEnds(int code, String message, String... arguments) throws Exception {
    try (SluiceProcess sluice = SluiceProcess.run(directory, arguments)) {
      assertThat(sluice.exitCode()).isEqualTo(code);
      assertThat(sluice.stderr()).startsWith("sluice: ").contains(message);
      assertThat(sluice.stderr().lines()).hasSize(1);
      assertThat(sluice.stdout()).isEmpty();
    }
  }
}
