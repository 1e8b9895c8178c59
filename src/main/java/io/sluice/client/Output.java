package io.sluice.client;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Prints what the API answers: for people as a table, for programs as it came. */
final class Output {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  private static final String GAP = "  ";

  /** How it is printed. */
  @SuppressWarnings("MemberName") // as they are typed
  enum Format {
    table,
    json,
    yaml
  }

  /**
   * A column of a table.
   *
   * @param pointer JSON pointer of its value in an item
   */
  record Column(String title, String pointer) {}

  private final Format format;
  private final PrintWriter out;

  Output(Format format, PrintWriter out) {
    this.format = format;
    this.out = out;
  }

  /** Prints a list; its items are below {@code items} unless it is an array. */
  void list(JsonNode answer, List<Column> columns) {
    list(answer, "items", columns);
  }

  /** Prints a list; its items are below this member unless it is an array. */
  void list(JsonNode answer, String member, List<Column> columns) {
    if (format == Format.table) {
      table(answer.isArray() ? answer : answer.path(member), columns);
    } else {
      whole(answer);
    }
  }

  /** Prints one thing: as a table a line for each value. */
  void one(JsonNode answer) {
    if (format == Format.table) {
      List<List<String>> rows = new ArrayList<>();
      flatten("", answer, rows);
      print(rows);
    } else {
      whole(answer);
    }
  }

  /** A sentence for people; programs get the answer instead. */
  void said(String sentence, JsonNode answer) {
    if (format == Format.table) {
      out.println(sentence);
    } else {
      whole(answer);
    }
    out.flush();
  }

  private void whole(JsonNode answer) {
    if (format == Format.json) {
      out.println(JSON.writeValueAsString(answer));
    } else {
      DumperOptions options = new DumperOptions();
      options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
      out.print(new Yaml(options).dump(JSON.treeToValue(answer, Object.class)));
    }
    out.flush();
  }

  private void table(JsonNode items, List<Column> columns) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(columns.stream().map(Column::title).toList());
    for (JsonNode item : items) {
      rows.add(columns.stream().map(c -> text(item.at(c.pointer()))).toList());
    }
    print(rows);
  }

  private static void flatten(String name, JsonNode value, List<List<String>> rows) {
    if (value.isObject() && !value.isEmpty()) {
      value
          .properties()
          .forEach(
              p ->
                  flatten(
                      name.isEmpty() ? p.getKey() : name + "." + p.getKey(), p.getValue(), rows));
    } else {
      rows.add(List.of(name, text(value)));
    }
  }

  private static String text(JsonNode value) {
    String text =
        value.isMissingNode() || value.isNull()
            ? "-"
            : value.isValueNode() ? value.asString() : value.toString();
    // What comes from elsewhere must not command the terminal.
    return text.isEmpty() ? "-" : text.replaceAll("\\p{Cntrl}", "?");
  }

  private void print(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] width = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        width[i] = Math.max(width[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).repeat(' ', width[i] - row.get(i).length()).append(GAP);
      }
      out.println(line.toString().stripTrailing());
    }
    out.flush();
  }
}
