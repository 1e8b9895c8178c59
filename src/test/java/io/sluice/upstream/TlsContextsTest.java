package io.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.config.TlsSpec;
import io.sluice.testkit.TestCertificates;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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

  @Test
  void certificatesThatEndAreToldOf() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TestCertificates.Issued good = certificates.forName("good.test");
    TestCertificates.Issued old = certificates.expired("old.test");
    Instant now = Instant.now();
    TlsSpec shown = new TlsSpec(true, null, true, null, null, old.asClientCertificate());
    TlsSpec trusted = new TlsSpec(true, null, true, good.cert(), null, null);

    assertThat(Upstreams.certificateDates(shown, now))
        .anyMatch(w -> w.contains("CN=old.test in " + old.cert() + " has expired"));
    assertThat(Upstreams.certificateDates(trusted, now)).noneMatch(w -> w.contains("good.test"));
    assertThat(Upstreams.certificateDates(trusted, now.plus(Duration.ofDays(50))))
        .anyMatch(w -> w.contains("CN=good.test in " + good.cert() + " expires soon"));
    assertThat(Upstreams.certificateDates(trusted, now.minus(Duration.ofDays(20))))
        .anyMatch(w -> w.contains("CN=good.test in " + good.cert() + " is not valid yet"));
  }

  @Test
  void aKeyOfAnotherCertificateIsRefused() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TlsSpec.ClientCertificate mixed =
        new TlsSpec.ClientCertificate(
            certificates.forName("a.test").cert(), certificates.forName("b.test").key());

    assertThatExceptionOfType(UpstreamConfigurationException.class)
        .isThrownBy(() -> new TlsContexts().of(new TlsSpec(true, null, true, null, null, mixed)))
        .withMessageContaining("is not the key of the certificate");
  }
}
