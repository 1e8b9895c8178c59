package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.packaging.Chart.Rendered;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Alerts and dashboard ask for what Sluice measures, in words that Prometheus understands. */
class ChartRulesTest {
  private static final String VALUES =
      """
      networkPolicy: {enabled: false}
      admin: {existingSecret: s}
      metrics: {prometheusRule: {enabled: true}, dashboard: {enabled: true}}
      """;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Labels that Prometheus adds to what it scrapes, and the histogram's. */
  private static final Set<String> ADDED = Set.of("job", "namespace", "pod", "le");

  @TempDir private Path directory;
  private Rendered rendered;

  @BeforeEach
  void render() throws IOException {
    rendered = Chart.in(directory).render(VALUES);
  }

  private List<JsonNode> alerts() {
    List<JsonNode> alerts = new ArrayList<>();
    rendered.one("PrometheusRule", "web-sluice").at("/spec/groups/0/rules").forEach(alerts::add);
    return alerts;
  }

  /** Every expression of the dashboard, with Grafana's variables replaced. */
  private List<String> panels() {
    JsonNode dashboard =
        JSON.readTree(
            rendered.one("ConfigMap", "web-sluice-dashboard").at("/data/sluice.json").asString());
    List<String> expressions = new ArrayList<>();
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        expressions.add(
            target
                .path("expr")
                .asString()
                .replace("$__rate_interval", "5m")
                .replaceAll("\\$(job|pool)", ".*"));
      }
    }
    return expressions;
  }

  private List<String> expressions() {
    return Stream.concat(alerts().stream().map(a -> a.path("expr").asString()), panels().stream())
        .toList();
  }

  /** The documented metrics, each with its labels. */
  private static Map<String, Set<String>> documented() throws IOException {
    Map<String, Set<String>> metrics = new HashMap<>();
    Matcher row =
        Pattern.compile("(?m)^\\| `(sluice_\\w+)` \\| (\\w+) \\|([^|]*)\\|")
            .matcher(Files.readString(Path.of("docs/reference/metrics.md")));
    while (row.find()) {
      String name = row.group(1) + (row.group(2).equals("histogram") ? "_bucket" : "");
      Set<String> labels = new TreeSet<>(ADDED);
      Pattern.compile("`(\\w+)`")
          .matcher(row.group(3))
          .results()
          .forEach(l -> labels.add(l.group(1)));
      metrics.put(name, labels);
    }
    return metrics;
  }

  @Test
  void everyMetricAndLabelIsADocumentedOne() throws IOException {
    Map<String, Set<String>> documented = documented();
    Set<String> used = new TreeSet<>();
    for (String expression : expressions()) {
      Set<String> possible = new TreeSet<>();
      for (MatchResult metric :
          Pattern.compile("(sluice_\\w+)\\{([^}]*)}").matcher(expression).results().toList()) {
        Set<String> labels = documented.get(metric.group(1));
        assertThat(labels).as(metric.group(1)).isNotNull();
        used.add(metric.group(1));
        possible.addAll(labels);
        assertThat(labels)
            .as(metric.group())
            .containsAll(names("(\\w+)(?:=~?|!=)\"", metric.group(2)));
      }
      for (MatchResult by :
          Pattern.compile("by \\(([^)]*)\\)").matcher(expression).results().toList()) {
        assertThat(possible).as(expression).containsAll(names("(\\w+)", by.group(1)));
      }
    }
    assertThat(used).hasSizeGreaterThan(15);
  }

  private static List<String> names(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(m -> m.group(1)).toList();
  }

  @Test
  void everyAlertSaysWhatIsWrongAndHowBadItIs() {
    assertThat(alerts()).hasSize(10);
    for (JsonNode alert : alerts()) {
      assertThat(alert.path("alert").asString()).startsWith("Sluice");
      assertThat(alert.at("/labels/severity").asString()).isIn("critical", "warning", "info");
      assertThat(alert.at("/annotations/summary").asString()).isNotEmpty().doesNotEndWith(".");
      assertThat(alert.at("/annotations/description").asString()).endsWith(".");
    }
  }

  @Test
  void theDashboardIsCompleteAndItsPanelsDoNotOverlap() {
    JsonNode dashboard =
        JSON.readTree(
            rendered.one("ConfigMap", "web-sluice-dashboard").at("/data/sluice.json").asString());
    Set<Integer> ids = new TreeSet<>();
    Set<String> cells = new TreeSet<>();
    for (JsonNode panel : dashboard.path("panels")) {
      assertThat(ids.add(panel.path("id").asInt())).isTrue();
      assertThat(panel.path("title").asString()).isNotEmpty();
      JsonNode place = panel.path("gridPos");
      for (int x = 0; x < place.path("w").asInt(); x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          String cell = (place.path("x").asInt() + x) + "," + (place.path("y").asInt() + y);
          assertThat(cells.add(cell)).as(panel.path("title") + " at " + cell).isTrue();
        }
      }
    }
    assertThat(dashboard.at("/templating/list")).hasSize(3);
  }

  @Test
  void prometheusUnderstandsEveryExpressionAndTheAlertsFireWhenTheyShould() throws Exception {
    String promtool = promtool();
    Files.writeString(directory.resolve("rules.yaml"), rules());
    Path cases = Path.of("src/test/resources/packaging/alerts-test.yaml");
    Files.copy(cases, directory.resolve("alerts-test.yaml"));

    assertThat(run(promtool, "check", "rules", "rules.yaml")).contains("SUCCESS");
    assertThat(run(promtool, "test", "rules", "alerts-test.yaml")).contains("SUCCESS");
  }

  /** The alerts, and the dashboard's expressions as rules so that promtool parses them. */
  private String rules() {
    List<Object> rules = new ArrayList<>();
    alerts().forEach(alert -> rules.add(JSON.convertValue(alert, Map.class)));
    List<String> panels = panels();
    for (int i = 0; i < panels.size(); i++) {
      rules.add(Map.of("record", "panel:" + i, "expr", panels.get(i)));
    }
    return new Yaml().dump(Map.of("groups", List.of(Map.of("name", "sluice", "rules", rules))));
  }

  private static String promtool() {
    String found =
        Stream.of((System.getenv("PATH") + ":/usr/bin").split(":", -1))
            .map(path -> Path.of(path, "promtool"))
            .filter(Files::isExecutable)
            .map(Path::toString)
            .findFirst()
            .orElse("");
    if (found.isEmpty()) {
      String sentence = "promtool is missing: no alert was tried; install the package prometheus";
      assertThat(System.getenv("CI")).as(sentence).isNull();
      System.err.println("SKIPPED: " + sentence);
      assumeTrue(false, sentence);
    }
    return found;
  }

  private String run(String... command) throws Exception {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(command[1] + " ends").isTrue();
    String text = Files.readString(output);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
