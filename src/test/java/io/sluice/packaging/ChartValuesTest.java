package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.packaging.ChartValues.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Values, their schema and their table say the same. */
class ChartValuesTest {
  private static final Path README = Chart.SOURCE.resolve("README.md");
  private static final String BEGIN = "<!-- values, written by ChartValuesTest -->\n\n";
  private static final String END = "\n<!-- end of values -->";

  private static JsonNode schema() throws IOException {
    return JsonMapper.builder()
        .build()
        .readTree(Files.readString(Chart.SOURCE.resolve("values.schema.json")));
  }

  private static JsonNode defaults() throws IOException {
    return Chart.objects(Files.readString(Chart.SOURCE.resolve("values.yaml"))).getFirst();
  }

  /** Where the schema speaks of a value. */
  private static JsonNode at(JsonNode schema, String path) {
    JsonNode node = schema;
    for (String step : path.replace("[]", ".[]").split("\\.", -1)) {
      node = step.equals("[]") ? node.path("items") : node.path("properties").path(step);
    }
    return node;
  }

  @Test
  void theSchemaDescribesEveryValueInTheWordsOfValuesYaml() throws IOException {
    JsonNode schema = schema();
    Map<String, String> texts =
        ChartValues.described().stream().collect(Collectors.toMap(Value::path, Value::text));

    assertThat(texts).hasSizeGreaterThan(100);
    texts.forEach(
        (path, text) ->
            assertThat(at(schema, path).path("description").asString("")).as(path).isEqualTo(text));
  }

  @Test
  void everyDefaultHasACommentUnlessItsParentIsPassedOnAsAWhole() throws IOException {
    List<String> missing = new ArrayList<>();
    List<String> described = ChartValues.described().stream().map(Value::path).toList();
    undescribed(defaults(), "", schema(), described, missing);
    assertThat(missing).isEmpty();
  }

  private static void undescribed(
      JsonNode node, String path, JsonNode schema, List<String> described, List<String> missing) {
    JsonNode known = schema.path("properties");
    if (!node.isObject() || known.isMissingNode()) {
      return;
    }
    node.properties()
        .forEach(
            field -> {
              String at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
              if (!described.contains(at) && !at.startsWith("probes.")) {
                missing.add(at);
              }
              undescribed(field.getValue(), at, known.path(field.getKey()), described, missing);
            });
  }

  @Test
  void everyObjectOfTheSchemaIsClosedOrSomebodyElsesToDefine() throws IOException {
    List<String> wrong = new ArrayList<>();
    closed(schema(), "", wrong);
    assertThat(wrong).isEmpty();
  }

  private static void closed(JsonNode schema, String path, List<String> wrong) {
    JsonNode properties = schema.path("properties");
    boolean ours = path.isEmpty() || !path.equals(".config.sluice");
    if (!properties.isMissingNode()
        && ours
        && schema.path("additionalProperties").asBoolean(true)) {
      wrong.add(path + " takes any property");
    }
    properties
        .properties()
        .forEach(
            property -> {
              String at = path + "." + property.getKey();
              if (property.getValue().path("description").asString("").isEmpty()) {
                wrong.add(at + " has no description");
              }
              closed(property.getValue(), at, wrong);
            });
    if (schema.has("items")) {
      closed(schema.path("items"), path + "[]", wrong);
    }
  }

  /** Written anew with {@code -Dsluice.chart.write}. */
  @Test
  void theReadmeHasTheTableOfValues() throws IOException {
    String text = Files.readString(README);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    assertThat(begin).isGreaterThan(BEGIN.length());
    String wanted = text.substring(0, begin) + ChartValues.table() + text.substring(end);
    if (System.getProperty("sluice.chart.write") != null) {
      Files.writeString(README, wanted);
    }
    assertThat(Files.readString(README))
        .as("write it anew with -Dsluice.chart.write")
        .isEqualTo(wanted);
  }

  /** The chart belongs to the program it is beside. */
  @Test
  void theChartIsForThisVersion() throws IOException {
    JsonNode about = Chart.objects(Files.readString(Chart.SOURCE.resolve("Chart.yaml"))).getFirst();
    String pom = Files.readString(Path.of("pom.xml"));

    assertThat(pom)
        .contains(
            "<artifactId>sluice</artifactId>\n  <version>" + about.path("appVersion").asString());
  }
}
