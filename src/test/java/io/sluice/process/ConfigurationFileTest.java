package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFileTest {
  @TempDir Path directory;

  @Test
  void aMissingFileIsWrongUsageAndNamed() {
    Path file = directory.resolve("nope.yaml");
    assertFails(file, ExitCode.USAGE, "the configuration file " + file + " does not exist");
  }

  @Test
  void aDirectoryIsWrongUsage() {
    assertFails(
        directory, ExitCode.USAGE, "the configuration file " + directory + " is a directory");
  }

  @Test
  void bytesThatAreNoTextAreAnInvalidConfiguration() throws Exception {
    Path file = Files.write(directory.resolve("a.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertFails(file, ExitCode.FAILED, "the configuration file " + file + " is not UTF-8 text");
  }

  private static void assertFails(Path file, ExitCode code, String message) {
    assertThatExceptionOfType(StartException.class)
        .isThrownBy(() -> ConfigurationFile.read(file.toString()))
        .withMessage(message)
        .satisfies(e -> assertThat(e.code()).isEqualTo(code));
  }
}
