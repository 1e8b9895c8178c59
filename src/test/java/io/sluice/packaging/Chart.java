package io.sluice.packaging;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The chart as Helm's own code renders it, without a cluster. Rendered is a copy in which the test
 * hook is an object like any other and the notes are a ConfigMap {@code notes}: Helm's template
 * call gives neither.
 */
final class Chart {
  static final Path SOURCE = Path.of("helm", "sluice");
  static final String RELEASE = "web";
  static final String NAMESPACE = "edge";

  /** The versions of Kubernetes that the chart is for. */
  static final List<String> VERSIONS =
      List.of("1.30.0", "1.31.0", "1.32.0", "1.33.0", "1.34.0", "1.35.0");

  static final String NEWEST = "1.35.0";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path copy;

  /** What was rendered already, by version and values. */
  private final Map<List<String>, Rendered> rendered = new HashMap<>();

  private Chart(Path copy) {
    this.copy = copy;
  }

  /**
   * @param directory empty, to work in
   */
  static Chart in(Path directory) throws IOException {
    Path copy = directory.resolve("sluice");
    try (Stream<Path> files = Files.walk(SOURCE)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(SOURCE.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.writeString(target, Files.readString(file).replace("helm.sh/hook", "was-hook"));
      }
    }
    Files.copy(copy.resolve("templates/NOTES.txt"), copy.resolve("files/NOTES.txt"));
    Files.writeString(
        copy.resolve("templates/notes.yaml"),
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: notes}
        data:
          notes: |
            {{- tpl (.Files.Get "files/NOTES.txt") . | nindent 4 }}
        """);
    return new Chart(copy);
  }

  /** Rendered for the newest Kubernetes. */
  Rendered render(String values) throws IOException {
    return render(values, NEWEST);
  }

  /**
   * @param values as in a file given to Helm
   * @throws IllegalStateException with Helm's message when it refuses
   */
  Rendered render(String values, String kubernetes) throws IOException {
    Rendered known = rendered.get(List.of(kubernetes, values));
    if (known != null) {
      return known;
    }
    Path file = Files.writeString(copy.resolveSibling("values-under-test.yaml"), values);
    String text =
        new Helm(copy)
            .template()
            .withName(RELEASE)
            .withNamespace(NAMESPACE)
            .withKubeVersion(kubernetes)
            .withValuesFile(file)
            .call();
    Rendered fresh = new Rendered(text, objects(text));
    rendered.put(List.of(kubernetes, values), fresh);
    return fresh;
  }

  /** Every document of a text; a key given twice is an error. */
  static List<JsonNode> objects(String yaml) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    List<JsonNode> objects = new ArrayList<>();
    for (Object document : new Yaml(options).loadAll(yaml)) {
      if (document != null) {
        objects.add(JSON.valueToTree(document));
      }
    }
    return objects;
  }

  /** What came of some values. */
  record Rendered(String text, List<JsonNode> objects) {

    List<JsonNode> all(String kind) {
      return objects.stream().filter(o -> o.path("kind").asString("").equals(kind)).toList();
    }

    /** The only object of this kind and name. */
    JsonNode one(String kind, String name) {
      List<JsonNode> found = all(kind).stream().filter(o -> name(o).equals(name)).toList();
      if (found.size() != 1) {
        throw new AssertionError(
            "%d objects %s %s in%n%s".formatted(found.size(), kind, name, text));
      }
      return found.getFirst();
    }

    boolean has(String kind) {
      return !all(kind).isEmpty();
    }

    /** The Deployment or StatefulSet. */
    JsonNode workload() {
      return has("Deployment") ? one("Deployment", "web-sluice") : one("StatefulSet", "web-sluice");
    }

    JsonNode pod() {
      return workload().at("/spec/template/spec");
    }

    JsonNode container() {
      return pod().at("/containers/0");
    }

    /** The configuration file that Sluice reads. */
    String application() {
      return one("ConfigMap", "web-sluice").at("/data/application.yaml").asString();
    }

    String notes() {
      return one("ConfigMap", "notes").at("/data/notes").asString();
    }

    static String name(JsonNode object) {
      return object.at("/metadata/name").asString("");
    }
  }
}
