package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The comparison rig works: its tools are there, every proxy accepts its configuration, answers and
 * applies its header rules. No load is made and no figure is judged.
 */
class BenchIT {
  private static final Path HOME = Path.of(System.getProperty("sluice.home", ".")).toAbsolutePath();

  /** Exit code of the rig when a tool is not installed. */
  private static final int TOOLS_MISSING = 3;

  private static final int WRONG_USAGE = 2;

  private record Outcome(int exitCode, String output) {}

  @Test
  void everyProxyOfTheComparisonAnswersAsConfigured(@TempDir Path directory) throws Exception {
    Outcome outcome = compare(directory, "--self-check", "--body", "0,130,65536");
    skipWithoutTools(outcome);
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains("well: limit, nginx, haproxy, sluice");
  }

  @Test
  void aGoalThatNamesNoProxyIsRefused(@TempDir Path directory) throws Exception {
    Outcome outcome = compare(directory, "--goal", "1.0xnobody:130");
    assertThat(outcome.exitCode()).as(outcome.output()).isEqualTo(WRONG_USAGE);
    assertThat(outcome.output()).contains("1.0xnobody:130", "limit, nginx, haproxy");
  }

  private static void skipWithoutTools(Outcome outcome) {
    if (outcome.exitCode() == TOOLS_MISSING && System.getenv("CI") == null) {
      String reason = "SKIPPED: the comparison was not checked. " + outcome.output();
      System.err.println(reason);
      abort(reason);
    }
  }

  private static Outcome compare(Path directory, String... arguments)
      throws IOException, InterruptedException {
    Path output = directory.resolve("compare.out");
    ProcessBuilder builder =
        new ProcessBuilder("python3", HOME.resolve("bench/compare").toString());
    builder.command().addAll(java.util.List.of(arguments));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      boolean ended = process.waitFor(2, TimeUnit.MINUTES);
      String text = Files.readString(output);
      assertThat(ended).as("bench/compare ended; so far it said: " + text).isTrue();
      return new Outcome(process.exitValue(), text);
    } finally {
      process.destroy();
    }
  }
}
