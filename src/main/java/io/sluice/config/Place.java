package io.sluice.config;

import java.util.regex.Pattern;
import org.yaml.snakeyaml.error.Mark;

/**
 * Where something stands in the file.
 *
 * @param line from 1
 * @param column from 1
 * @param key dotted path; empty for the whole file
 */
record Place(int line, int column, String key) {
  private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9._-]{1,80}");

  static Place of(Mark mark, String key) {
    return new Place(mark.getLine() + 1, mark.getColumn() + 1, key);
  }

  /** The path of a key below this one; a name that would not be readable in it is quoted. */
  String below(String name) {
    if (!SIMPLE.matcher(name).matches()) {
      return key + "[" + Quoted.of(name) + "]";
    }
    return key.isEmpty() ? name : key + "." + name;
  }

  /** The path of a list's item. */
  String item(int index) {
    return key + "[" + index + "]";
  }
}
