package io.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code docs/how-to/write-an-extension.md}, run as they stand there. */
class ExtensionsIT {
  private static final Path PAGE = Path.of("docs", "how-to", "write-an-extension.md");
  private static final Pattern COMMANDS = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  private static final Pattern CONFIGURATION = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path checkout;

  /** A directory that looks like a built checkout and can be written to. */
  @BeforeEach
  void link() throws IOException {
    Path target = Files.createDirectory(checkout.resolve("target"));
    Files.createSymbolicLink(target.resolve("classes"), ExtensionJar.sluiceClasses());
    Files.createSymbolicLink(checkout.resolve("docs"), Path.of("docs").toAbsolutePath());
  }

  private static List<String> commands() throws IOException {
    return COMMANDS.matcher(Files.readString(PAGE)).results().map(r -> r.group(1)).toList();
  }

  private void run(String commands) throws Exception {
    ProcessBuilder shell = new ProcessBuilder("sh", "-eu", "-c", commands);
    shell.directory(checkout.toFile());
    Path java = Path.of(System.getProperty("java.home"), "bin");
    shell.environment().merge("PATH", java.toString(), (path, bin) -> bin + ":" + path);
    Path output = checkout.resolve("output");
    Process process = shell.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    assertThat(Files.readString(output)).isEmpty();
  }

  @Test
  void theCommandsInACheckoutMakeAnExtension() throws Exception {
    run(commands().get(0));
    try (Extensions extensions = Extensions.load(checkout.resolve("extensions"))) {
      assertThat(extensions.filterNames()).containsExactly("api-key");
      assertThat(extensions.balancerNames()).containsExactly("first-available", "round-robin");
    }
  }

  /** Step 3 of the page: its configuration on the real process, backends and ports the test's. */
  @Test
  void theConfiguredExtensionActsOnRealRequests() throws Exception {
    run(commands().get(0));
    Files.writeString(checkout.resolve("api-keys"), "shop 5fb1c1e2c0a84f0e\n");
    try (ScriptedBackend first = ScriptedBackend.start("first");
        ScriptedBackend second = ScriptedBackend.start("second");
        SluiceProcess sluice = SluiceProcess.serving(checkout, configuration(first, second))) {
      sluice.awaitError("extensions: balancer 'first-available' from ./extensions/example.jar");
      sluice.awaitError("extensions: filter 'api-key' from ./extensions/example.jar");
      assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(403);
      for (int i = 0; i < 4; i++) {
        assertThat(Http.get(sluice.proxy(), "X-API-Key", "5fb1c1e2c0a84f0e").statusCode())
            .isEqualTo(200);
      }
      assertThat(first.requestsSince(Map.of()))
          .hasSize(4)
          .allSatisfy(r -> assertThat(r.value("X-Client-Name")).isEqualTo("shop"))
          .allSatisfy(r -> assertThat(r.values("X-API-Key")).isEmpty());
      assertThat(second.requestsSince(Map.of())).isEmpty();
    }
  }

  private static String configuration(ScriptedBackend first, ScriptedBackend second)
      throws IOException {
    Matcher page = CONFIGURATION.matcher(Files.readString(PAGE));
    assertThat(page.find()).as("a yaml block in " + PAGE).isTrue();
    return page.group(1)
            .replace("127.0.0.1:8081", "127.0.0.1:" + first.port())
            .replace("127.0.0.1:8082", "127.0.0.1:" + second.port())
        + "  listeners: [{address: '127.0.0.1:0'}]\n  admin: {address: '127.0.0.1:0'}\n";
  }

  @Test
  void theCommandsWithOnlyTheJarCompileTheExample() throws Exception {
    String jar = System.getProperty("sluice.jar");
    assumeTrue(jar != null && Files.exists(Path.of(jar)), "Sluice's jar has been built");
    Files.createSymbolicLink(checkout.resolve("target/sluice.jar"), Path.of(jar));
    Files.delete(checkout.resolve("target/classes"));
    run(commands().get(1));
    assertThat(checkout.resolve("target/extension-example/com/example/sluice/ApiKeyFilter.class"))
        .exists();
  }
}
