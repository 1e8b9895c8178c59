package io.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.config.TlsSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsContextsTest {
  @TempDir private Path directory;

  private static void refuses(Path ca, String why) {
    assertThatExceptionOfType(UpstreamConfigurationException.class)
        .isThrownBy(() -> new TlsContexts().of(new TlsSpec(true, null, true, ca, null, null)))
        .withMessageContaining(ca.toString())
        .withMessageContaining(why);
  }

  @Test
  void whatIsNoFileIsNotRead() throws Exception {
    refuses(directory.resolve("none.pem"), "there is no such file");
    refuses(directory, "is not a regular file");
    refuses(Path.of("/dev/zero"), "is not a regular file");
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    refuses(pipe, "is not a regular file");
  }

  @Test
  void somethingHugeIsNotRead() throws IOException {
    Path huge = directory.resolve("huge.pem");
    try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
      file.setLength(1L << 30);
    }
    refuses(huge, "has 1073741824 bytes");
  }

  @Test
  void whatIsNoPemSaysNothingOfItsContent() throws IOException {
    Path secret = Files.writeString(directory.resolve("shadow"), "root:x:secret");
    assertThatExceptionOfType(UpstreamConfigurationException.class)
        .isThrownBy(() -> new TlsContexts().of(new TlsSpec(true, null, true, secret, null, null)))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("root:x"));
  }
}
