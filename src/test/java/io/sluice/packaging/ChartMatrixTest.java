package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every kind of values with every version of Kubernetes gives objects that an API server takes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChartMatrixTest {
  private Chart chart;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    chart = Chart.in(directory);
  }

  static Stream<Arguments> matrix() throws IOException {
    return ChartCase.all().entrySet().stream()
        .flatMap(
            one ->
                Chart.VERSIONS.stream()
                    .map(version -> Arguments.of(one.getKey(), version, one.getValue())));
  }

  @ParameterizedTest(name = "{0}, Kubernetes {1}")
  @MethodSource("matrix")
  void everyObjectIsAcceptedStrictly(String name, String version, String values)
      throws IOException {
    List<JsonNode> objects = chart.render(values, version).objects();

    List<String> problems = new ArrayList<>();
    objects.forEach(object -> problems.addAll(StrictModel.problems(object)));
    assertThat(problems).isEmpty();
    assertThat(
            objects.stream()
                .map(
                    o ->
                        o.path("kind")
                            + " "
                            + o.at("/metadata/namespace").asString("")
                            + "/"
                            + Chart.Rendered.name(o)))
        .doesNotHaveDuplicates()
        .hasSizeGreaterThan(4);
  }

  @Test
  void helmsLintHasNothingToSay() {
    LintResult result = new Helm(Chart.SOURCE).lint().strict().call();

    assertThat(result.isFailed()).as(String.valueOf(result.getMessages())).isFalse();
    assertThat(result.getMessages()).allMatch(m -> m.contains("icon is recommended"));
  }

  @Test
  void anOlderKubernetesIsRefused() {
    assertThat(catchThrowable(() -> chart.render("{}", "1.29.9")))
        .hasMessageContaining("incompatible with Kubernetes v1.29.9");
  }

  @Test
  void whatAnApiServerRefusesIsNoticedHere() {
    Map<String, String> wrong =
        Map.of(
            "unknownThing", "spec: {unknownThing: 1, ports: [], selector: {}}",
            "nodePort", "spec: {ports: [{port: 1, nodePort: many}], selector: {}}",
            "has no port", "spec: {ports: [{name: a}], selector: {}}",
            "has no selector", "spec: {ports: []}");
    JsonMapper json = JsonMapper.builder().build();
    wrong.forEach(
        (message, spec) -> {
          String text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n" + spec;
          JsonNode object = json.valueToTree(Chart.objects(text).getFirst());
          assertThat(StrictModel.problems(object)).singleElement().asString().contains(message);
        });
    JsonNode monitor =
        Chart.objects(
                "apiVersion: m/v1\nkind: ServiceMonitor\nmetadata: {name: a}\n"
                    + "spec: {selector: {}, endpoints: [{port: a, intervall: 3s}]}")
            .getFirst();
    assertThat(StrictModel.problems(monitor))
        .containsExactly("m/v1/ServiceMonitor a: unknown field /spec/endpoints/*/intervall");
  }
}
