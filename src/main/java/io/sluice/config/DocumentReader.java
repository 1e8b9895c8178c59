package io.sluice.config;

import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.config.SnapshotDocument.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/** Reads single documents with the readers of the configuration file. */
final class DocumentReader {
  /** Most violations that are reported: a large document can be wrong everywhere. */
  static final int MOST_REPORTED = 1000;

  private DocumentReader() {}

  /** Reads a tree of the API. */
  static <T> T read(@Nullable Object tree, Function<YamlValue, @Nullable T> reader)
      throws InvalidException {
    Problems problems = new Problems("", Naming.API);
    return read(TreeNodes.of(tree, problems), problems, reader);
  }

  /** Reads YAML in the file's form. */
  static <T> T readYaml(String yaml, Function<YamlValue, @Nullable T> reader)
      throws InvalidException {
    Problems problems = new Problems("", Naming.FILE);
    Node root = YamlText.parse(yaml, problems);
    if (!problems.isEmpty()) {
      // No key leads to a place where the text is no YAML.
      throw new InvalidException(
          problems.inOrder().stream()
              .map(
                  found ->
                      new Violation(
                          "",
                          "line "
                              + found.place().line()
                              + ", column "
                              + found.place().column()
                              + ": "
                              + found.message()))
              .toList());
    }
    if (root == null) {
      throw new InvalidException(List.of(new Violation("", "there is nothing in it")));
    }
    return read(root, problems, reader);
  }

  private static <T> T read(
      @Nullable Node root, Problems problems, Function<YamlValue, @Nullable T> reader)
      throws InvalidException {
    T result = root == null ? null : reader.apply(YamlValue.of(root, Place.ROOT, problems));
    if (result == null || !problems.isEmpty()) {
      throw new InvalidException(violations(problems));
    }
    return result;
  }

  private static List<Violation> violations(Problems problems) {
    List<Violation> violations = new ArrayList<>();
    List<Problems.Found> all = problems.inOrder();
    for (Problems.Found found : all.subList(0, Math.min(all.size(), MOST_REPORTED))) {
      violations.add(new Violation(found.place().pointer(), found.message()));
    }
    if (all.size() > MOST_REPORTED) {
      violations.add(new Violation("", "and " + (all.size() - MOST_REPORTED) + " more"));
    }
    return violations;
  }

  static @Nullable Snapshot snapshot(YamlValue value) {
    YamlMapping mapping = value.mapping(KnownKeys.BOOTSTRAP);
    return mapping == null ? null : BootstrapReader.exactly(mapping);
  }

  /** A pool, and that its own backends differ from each other. */
  static @Nullable PoolSpec pool(YamlValue value) {
    YamlMapping mapping = value.mapping(KnownKeys.POOL);
    if (mapping == null) {
      return null;
    }
    PlaceIndex places = new PlaceIndex(value.place());
    PoolSpec pool = PoolReader.read(mapping, "/pools/0", places);
    Snapshot alone = new Snapshot(List.of(pool), List.of());
    for (Violation violation : SnapshotValidator.validate(alone)) {
      mapping.problem(places.of(violation.pointer()), violation.message());
    }
    return pool;
  }

  static @Nullable BackendSpec backend(YamlValue value) {
    return PoolReader.backend(value, "", new PlaceIndex(value.place()));
  }

  static @Nullable RouteSpec route(YamlValue value) {
    YamlMapping mapping = value.mapping(KnownKeys.ROUTE);
    return mapping == null ? null : RouteReader.read(mapping);
  }
}
