package io.sluice.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.sluice.testing.AdminApi;
import io.sluice.testing.SluiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The scenarios in {@code frontend/browser/scenarios}, each in a Chromium of its own against a
 * program of its own. Without a Chromium (Debian: {@code chromium}) or Node they are skipped, or
 * fail when {@code CI=true}. {@code SLUICE_CHROMIUM} names another browser, {@code
 * -Dsluice.scenario=walk} picks one scenario.
 */
class DashboardIT {
  private static final Path FRONTEND = SluiceProcess.home().resolve("frontend");
  private static final Path SCENARIOS = FRONTEND.resolve("browser/scenarios");
  private static final Pattern SCENE =
      Pattern.compile("^export const scene = \"([a-z]+)\";$", Pattern.MULTILINE);
  private static final List<String> BROWSERS =
      List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");

  static Stream<String> scenarios() throws IOException {
    try (Stream<Path> files = Files.list(SCENARIOS)) {
      String wanted = System.getProperty("sluice.scenario", "");
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(wanted))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void theDashboardDoesWhatItsUsersExpect(String scenario, @TempDir Path directory)
      throws Exception {
    Path chromium = chromium();
    Matcher scene = SCENE.matcher(Files.readString(SCENARIOS.resolve(scenario)));
    assertThat(scene.find()).as("%s says: export const scene = ...", scenario).isTrue();
    try (Stage stage = Stage.set(scene.group(1), directory);
        ControlDesk desk = new ControlDesk(stage)) {
      Path output = directory.resolve("output");
      ProcessBuilder node = new ProcessBuilder("node", "browser/run.mjs", scenario);
      node.directory(FRONTEND.toFile());
      node.environment().put("STAGE_ADMIN", "http://127.0.0.1:" + stage.relay().port());
      node.environment().put("STAGE_PROXY", stage.proxy().toString());
      node.environment().put("STAGE_CONTROL", desk.url());
      node.environment().put("STAGE_PASSWORD", Stage.PASSWORD);
      node.environment().put("STAGE_TOKEN", AdminApi.TOKEN);
      node.environment().put("STAGE_CHROMIUM", chromium.toString());
      node.environment().put("STAGE_SCREENSHOTS", screenshots().toString());
      Process run = node.redirectErrorStream(true).redirectOutput(output.toFile()).start();
      try {
        boolean ended = run.waitFor(3, TimeUnit.MINUTES);
        String text = Files.readString(output);
        assertThat(ended).as("ended by itself: %s", text).isTrue();
        assertThat(run.exitValue()).as("%s%n%s", text, stage.log()).isZero();
      } finally {
        run.descendants().forEach(ProcessHandle::destroyForcibly);
        run.destroyForcibly();
      }
    }
  }

  /** Where pictures go: {@code SLUICE_SCREENSHOTS}, for those of the documentation. */
  private static Path screenshots() {
    String wanted = System.getenv("SLUICE_SCREENSHOTS");
    return wanted == null
        ? SluiceProcess.home().resolve("target/screenshots")
        : SluiceProcess.home().resolve(wanted);
  }

  private static Path chromium() {
    String named = System.getenv("SLUICE_CHROMIUM");
    @Nullable Path found =
        Stream.concat(Stream.ofNullable(named), BROWSERS.stream())
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    if (found == null) {
      String reason =
          "SKIPPED: the dashboard was not tried in a browser; install Debian's chromium or name one"
              + " in SLUICE_CHROMIUM";
      if ("true".equals(System.getenv("CI"))) {
        fail(reason);
      }
      System.err.println(reason);
      Assumptions.abort(reason);
      throw new AssertionError(reason);
    }
    return found;
  }
}
