package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Three typical sets of values and all that comes of them, so that a review sees what a change of
 * the chart changes in a cluster. Written anew with {@code -Dsluice.chart.write}.
 */
class ChartGoldenTest {
  static final List<String> NAMES = List.of("managed", "declarative", "everything");

  @TempDir private Path directory;

  @ParameterizedTest
  @FieldSource("NAMES")
  void theObjectsAreTheOnesThatWereReviewed(String name) throws IOException {
    String text = Chart.in(directory).render(ChartCase.golden(name)).text();
    Path golden = ChartCase.goldenFile(name);
    if (System.getProperty("sluice.chart.write") != null) {
      Files.writeString(golden, text);
    }
    assertThat(text)
        .as("look at the difference, then write it anew with -Dsluice.chart.write")
        .isEqualTo(Files.readString(golden));
  }
}
