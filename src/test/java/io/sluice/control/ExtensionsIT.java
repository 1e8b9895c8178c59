package io.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code docs/how-to/write-an-extension.md}, run as they stand there. */
class ExtensionsIT {
  private static final Path PAGE = Path.of("docs", "how-to", "write-an-extension.md");
  private static final Pattern COMMANDS = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

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
