package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The reference pages name what the code has, no more and no less. */
class ReferenceTest {
  private static final Path REFERENCE = Path.of("docs", "reference");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  /** Cells of the page's first table, without head and rule. */
  private static List<List<String>> table(String page) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    for (String line : Files.readAllLines(REFERENCE.resolve(page))) {
      if (line.startsWith("|")) {
        rows.add(Arrays.stream(line.substring(1).split("\\|", -1)).map(String::strip).toList());
      } else if (!rows.isEmpty()) {
        break;
      }
    }
    return rows.subList(2, rows.size());
  }

  private static Set<String> codes(String cell) {
    return CODE.matcher(cell)
        .results()
        .map(r -> r.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyMetricIsDocumentedWithItsTypeAndLabels() throws IOException {
    List<String> documented =
        table("metrics.md").stream()
            .map(row -> row.get(0) + " " + row.get(1) + " " + codes(row.get(2)))
            .toList();
    List<String> real =
        Arrays.stream(Metric.values())
            .map(
                m ->
                    "`"
                        + m.shownName()
                        + "` "
                        + m.descriptor().getType().name().toLowerCase(Locale.ROOT)
                        + " "
                        + new TreeSet<>(m.labels()))
            .toList();
    assertThat(documented).isEqualTo(real);
  }

  @Test
  void everyBucketIsDocumented() throws IOException {
    String page = Files.readString(REFERENCE.resolve("metrics.md")).replaceAll("\\s+", " ");
    String bounds =
        Arrays.stream(PoolTraffic.boundsInSeconds())
            .filter(Double::isFinite)
            .mapToObj(bound -> Double.toString(bound).replaceAll("\\.0$", ""))
            .collect(Collectors.joining(", "));
    assertThat(page).contains("in seconds: " + bounds + " and infinity.");
  }

  @Test
  void everyFieldOfTheAccessLogIsDocumentedInItsOrder() throws IOException {
    assertThat(table("access-log.md").stream().map(row -> row.get(0)))
        .containsExactlyElementsOf(
            Arrays.stream(LogField.values()).map(field -> "`" + field.key() + "`").toList());
  }

  @Test
  void theLimitsOfTheAccessLogAreDocumented() throws IOException {
    assertThat(Files.readString(REFERENCE.resolve("access-log.md")))
        .contains(
            "method %d, host %d, path %d, request id %d bytes"
                .formatted(
                    LogLine.MAX_METHOD,
                    LogLine.MAX_HOST,
                    LogLine.MAX_TARGET,
                    LogLine.MAX_REQUEST_ID))
        .contains(
            "cut at %d characters, an error at %d"
                .formatted(EncodedTexts.MAX_LENGTH, LogLine.MAX_ERROR))
        .contains("a queue of %d MiB".formatted(LogQueue.BYTES >> 20))
        .contains("every %d ms".formatted(LogWriter.PAUSE_MILLIS));
  }
}
