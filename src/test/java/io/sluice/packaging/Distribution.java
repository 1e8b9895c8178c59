package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.sluice.testing.SluiceProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What {@code packaging/build} has made of this checkout. */
final class Distribution {
  private Distribution() {}

  /** The only file in target/dist with such an ending; the test is skipped, loudly, without one. */
  static Path file(String ending) throws IOException {
    Path dist = SluiceProcess.jar().resolveSibling("dist");
    List<Path> found = List.of();
    if (Files.isDirectory(dist)) {
      try (Stream<Path> files = Files.list(dist)) {
        found = files.filter(file -> file.toString().endsWith(ending)).toList();
      }
    }
    if (found.isEmpty()) {
      missing("there is no *" + ending + " in " + dist + "; run ./mvnw verify without -Dit.test");
    }
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  /** Something is not there: skips the test with the reason, or fails where all must be there. */
  static void missing(String reason) {
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(reason);
    }
    skip(reason);
  }

  /** Skips the test, loudly. */
  static void skip(String reason) {
    System.err.println("SKIPPED: " + reason);
    abort(reason);
  }

  /**
   * The test needs root and mounts of its own; it is skipped, loudly, where that is not allowed.
   */
  static void needsMounts(String untested) throws IOException, InterruptedException {
    Process mount =
        new ProcessBuilder("unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt")
            .redirectErrorStream(true)
            .start();
    String said = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (mount.waitFor() != 0) {
      skip(untested + ", which takes root and a mount namespace: " + said.strip());
    }
  }

  /** Runs a command to its end; returns what it said on both outputs. Fails when it does. */
  static String said(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(command), said).isZero();
    return said;
  }
}
