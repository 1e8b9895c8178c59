package io.sluice.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * The values of the chart with what the comments above them say, in the order of {@code
 * values.yaml}.
 */
final class ChartValues {
  private static final Pattern KEY = Pattern.compile("( *)(- )?([A-Za-z0-9_]+):.*");
  private static final Pattern COMMENT = Pattern.compile(" *# ?(.*)");

  /**
   * One key.
   *
   * @param path as Helm's {@code --set} takes it; {@code []} stands for each element of a list
   * @param text what it is
   */
  record Value(String path, String text) {}

  private record Level(int indent, String name) {}

  private ChartValues() {}

  /** Every key that has a comment of its own. */
  static List<Value> described() throws IOException {
    List<Value> values = new ArrayList<>();
    Deque<Level> levels = new ArrayDeque<>();
    StringBuilder text = new StringBuilder();
    for (String line : Files.readAllLines(Chart.SOURCE.resolve("values.yaml"))) {
      Matcher comment = COMMENT.matcher(line);
      Matcher key = KEY.matcher(line);
      if (comment.matches()) {
        text.append(text.isEmpty() ? "" : " ").append(comment.group(1));
        continue;
      }
      if (key.matches()) {
        String dash = key.group(2);
        int indent = key.group(1).length();
        if (dash != null) {
          leave(levels, indent);
          levels.addLast(new Level(indent, "[]"));
          indent += dash.length();
        }
        leave(levels, indent);
        levels.addLast(new Level(indent, key.group(3)));
        if (!text.isEmpty()) {
          values.add(new Value(path(levels), text.toString()));
        }
      }
      text.setLength(0);
    }
    return values;
  }

  private static void leave(Deque<Level> levels, int indent) {
    while (!levels.isEmpty() && levels.getLast().indent() >= indent) {
      levels.removeLast();
    }
  }

  private static String path(Deque<Level> levels) {
    return levels.stream().map(Level::name).collect(Collectors.joining(".")).replace(".[]", "[]");
  }

  /** What {@code values.yaml} says at a path; missing: nothing. */
  static JsonNode at(JsonNode values, String path) {
    JsonNode node = values;
    for (String step : path.replace("[]", ".0").split("\\.", -1)) {
      node = node.isArray() ? node.path(Integer.parseInt(step)) : node.path(step);
    }
    return node;
  }

  /** The table for people. */
  static String table() throws IOException {
    JsonNode defaults =
        Chart.objects(Files.readString(Chart.SOURCE.resolve("values.yaml"))).getFirst();
    StringBuilder table = new StringBuilder("| value | default | meaning |\n|---|---|---|\n");
    List<Value> values = described();
    for (Value value : values) {
      boolean hasParts =
          values.stream()
              .anyMatch(v -> v.path().matches(Pattern.quote(value.path()) + "(\\.|\\[).*"));
      String shown = hasParts ? "" : "`" + at(defaults, value.path()) + "`";
      table.append(
          "| `%s` | %s | %s |\n"
              .formatted(
                  value.path(), shown.replace("|", "\\|"), value.text().replace("|", "\\|")));
    }
    return table.toString();
  }
}
