package io.sluice.admin;

import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Schemas (JSON Schema 2020-12) of documents as they are written: what the API says of its forms
 * cannot differ from them.
 */
final class SampleSchemas {
  /** Members whose names are the user's own. */
  private static final Set<String> FREE =
      Set.of("labels", "headers", "set", "add", "options", "expectedShare", "expectedRps");

  private SampleSchemas() {}

  /**
   * The schema that fits all samples.
   *
   * @param samples at least one; a member of one need not be in the others
   */
  static Schema<?> of(String name, List<?> samples) {
    Object first = samples.getFirst();
    if (first instanceof Map<?, ?>) {
      return object(name, samples);
    }
    JsonSchema schema = new JsonSchema();
    if (first instanceof List<?>) {
      List<?> items = samples.stream().flatMap(sample -> ((List<?>) sample).stream()).toList();
      schema.addType("array");
      schema.setItems(items.isEmpty() ? new JsonSchema() : of("", items));
      return schema;
    }
    schema.addType(type(first));
    schema.setFormat(format(first));
    return schema;
  }

  private static Schema<?> object(String name, List<?> samples) {
    JsonSchema schema = new JsonSchema();
    schema.addType("object");
    if (FREE.contains(name)) {
      List<?> values =
          samples.stream().flatMap(sample -> ((Map<?, ?>) sample).values().stream()).toList();
      schema.setAdditionalProperties(values.isEmpty() ? new JsonSchema() : of("", values));
      return schema;
    }
    Set<String> names = new TreeSet<>();
    samples.forEach(sample -> ((Map<?, ?>) sample).keySet().forEach(n -> names.add("" + n)));
    for (String member : names) {
      List<?> values =
          samples.stream()
              .map(sample -> ((Map<?, ?>) sample).get(member))
              .filter(value -> value != null)
              .collect(Collectors.toList());
      schema.addProperty(member, values.isEmpty() ? new JsonSchema() : of(member, values));
    }
    return schema;
  }

  private static String type(@Nullable Object value) {
    return switch (value) {
      case Boolean b -> "boolean";
      case Integer i -> "integer";
      case Long l -> "integer";
      case Number n -> "number";
      case null, default -> "string";
    };
  }

  private static @Nullable String format(@Nullable Object value) {
    if (!(value instanceof String text)) {
      return null;
    }
    if (text.matches("PT[0-9.HMS]+")) {
      return "duration";
    }
    return text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z") ? "date-time" : null;
  }
}
