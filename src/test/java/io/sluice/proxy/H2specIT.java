package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The conformance suite h2spec 2.2.0 finds nothing to complain about. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class H2specIT {
  private static final String ARCHIVE = "/h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
  private static final int MOST_SECONDS = 120;

  @TempDir private static Path directory;

  @BeforeAll
  void unpack() throws Exception {
    Path archive = directory.resolve("h2spec.tar.gz");
    try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(ARCHIVE))) {
      Files.copy(in, archive);
    }
    run(List.of("tar", "-xzf", archive.toString(), "-C", directory.toString()));
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "run", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
    return Files.readString(output, StandardCharsets.UTF_8);
  }

  private static String h2spec(int port, String... more) throws Exception {
    List<String> command =
        Stream.concat(
                Stream.of(
                    directory.resolve("h2spec").toString(),
                    "-h",
                    "127.0.0.1",
                    "-p",
                    String.valueOf(port),
                    "-o",
                    "5"),
                Stream.of(more))
            .toList();
    return run(command);
  }

  @Test
  void priorKnowledgeOnAPlainConnection() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        RunningProxy proxy = RunningProxy.to(backend)) {
      assertThat(h2spec(proxy.port())).contains("145 tests, 145 passed, 0 skipped, 0 failed");
    }
  }
}
