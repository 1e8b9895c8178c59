package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.DocumentBlock;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsBackend;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
  private @Nullable SluiceProcess running;
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
      follow(DocumentBlock.of(replaced("README.md", replacements)));
      assertThat(first.seen()).isNotEmpty().allSatisfy(ReadmeIT::asksForTheName);
      assertThat(second.seen()).isNotEmpty().allSatisfy(ReadmeIT::asksForTheName);
    } finally {
      if (running != null) {
        running.close();
      }
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

  private void follow(List<DocumentBlock> blocks) throws Exception {
    String output = "";
    int commands = 0;
    for (DocumentBlock block : blocks) {
      String where = "README.md:" + block.line();
      switch (block.language()) {
        case "sh" -> {
          commands++;
          output = block.section().equals(TEST_SECTION) ? "" : execute(block);
        }
        case "text" -> {
          String said = isServer(blocks, block) ? "" : output;
          if (said.isEmpty()) {
            expectLines(block);
          } else {
            assertThat(said).as(where).containsPattern(block.expected());
          }
        }
        case "log" -> expectLines(block);
        default -> throw new AssertionError(where + ": nobody executes " + block.language());
      }
    }
    assertThat(commands).as("commands in README.md").isGreaterThan(10);
  }

  /** Whether the block shows what the server that was started last has said. */
  private static boolean isServer(List<DocumentBlock> blocks, DocumentBlock block) {
    return startsServer(blocks.get(blocks.indexOf(block) - 1));
  }

  private static boolean startsServer(DocumentBlock block) {
    return block.language().equals("sh")
        && block.text().matches("(SLUICE_LOG=\\w+ )?bin/sluice( --demo| -c \\S+)?\n");
  }

  /** Runs commands and returns what they print; a server goes to the background. */
  private String execute(DocumentBlock block) throws Exception {
    if (startsServer(block)) {
      stop();
      running = bash("exec env " + block.text()).awaitServing();
      return "";
    }
    if (block.text().contains(" & ")) {
      stop(); // it starts one of its own
    }
    try (SluiceProcess command = bash("exec 2>&1\n" + block.text())) {
      assertThat(command.exitCode()).as("%s\n%s", block, command.stdout()).isZero();
      return command.stdout();
    }
  }

  private SluiceProcess bash(String script) throws Exception {
    return SluiceProcess.command(
        directory, environment, List.of("bash", "-euo", "pipefail", "-c", script));
  }

  private void stop() throws Exception {
    if (running != null) {
      running.kill("TERM");
      assertThat(running.exitCode()).as(running.stderr()).isZero();
      running.close();
      running = null;
    }
  }

  private void expectLines(DocumentBlock block) throws Exception {
    if (running == null) {
      throw new AssertionError("README.md:" + block.line() + ": nothing runs that could say this");
    }
    for (var line : block.expectedLines()) {
      running.awaitAny(line);
    }
  }
}
