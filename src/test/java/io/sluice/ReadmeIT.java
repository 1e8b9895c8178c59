package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.DocumentBlock;
import io.sluice.testing.DocumentRun;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsBackend;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Does what README.md says, command by command, and sees what it promises. Only what would collide
 * with others on the machine or leave it is replaced: the two ports, and the two public backends by
 * ones of the test's own, which check SNI and whose authority Java is told to trust.
 */
class ReadmeIT {
  private static final String TEST_SECTION = "Test";

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();

  @Test
  void everyCommandOfTheReadmeDoesWhatItSays() throws Exception {
    TestCertificates authority = new TestCertificates(directory);
    TestCertificates.Issued certificate = authority.forName("one.one.one.one");
    try (TlsBackend first = TlsBackend.start("first", certificate);
        TlsBackend second = TlsBackend.start("second", certificate);
        ServerSocket port = new ServerSocket(0);
        ServerSocket adminPort = new ServerSocket(0)) {
      Map<String, String> replacements =
          Map.of(
              "6188", String.valueOf(port.getLocalPort()),
              "6189", String.valueOf(adminPort.getLocalPort()),
              "1.1.1.1:443", "127.0.0.1:" + first.port(),
              "1-1-1-1-443", "127-0-0-1-" + first.port(),
              "1.0.0.1:443", "127.0.0.1:" + second.port(),
              "1-0-0-1-443", "127-0-0-1-" + second.port());
      port.close();
      adminPort.close();
      Files.writeString(
          directory.resolve("application.yaml"), replaced("application.yaml", replacements));
      Files.createSymbolicLink(directory.resolve("bin"), SluiceProcess.home().resolve("bin"));
      environment.put(
          "SLUICE_JAVA_OPTS",
          "-Dsluice.demo.port=%s -Dsluice.demo.admin-port=%s -Djavax.net.ssl.trustStore=%s"
              .formatted(
                  replacements.get("6188"), replacements.get("6189"), trustStore(authority)));
      try (DocumentRun run =
          new DocumentRun("README.md", directory, environment, Set.of(TEST_SECTION))) {
        run.follow(DocumentBlock.of(replaced("README.md", replacements)), 11);
      }
      assertThat(first.seen()).isNotEmpty().allSatisfy(ReadmeIT::asksForTheName);
      assertThat(second.seen()).isNotEmpty().allSatisfy(ReadmeIT::asksForTheName);
    }
  }

  /** Java's own roots are replaced by the test's, so that the file can stay as it is. */
  private Path trustStore(TestCertificates authority) throws Exception {
    KeyStore store = KeyStore.getInstance("JKS");
    store.load(null, null);
    store.setCertificateEntry("authority", authority.authority().getCertificate());
    Path file = directory.resolve("roots.jks");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, "changeit".toCharArray());
    }
    return file;
  }

  private static void asksForTheName(TlsBackend.Seen seen) {
    assertThat(seen.sni()).isEqualTo("one.one.one.one");
    assertThat(seen.host()).isEqualTo("one.one.one.one");
  }

  private static String replaced(String file, Map<String, String> replacements) throws Exception {
    String text = Files.readString(SluiceProcess.home().resolve(file));
    for (Map.Entry<String, String> replacement : replacements.entrySet()) {
      text = text.replace(replacement.getKey(), replacement.getValue());
    }
    return text;
  }
}
