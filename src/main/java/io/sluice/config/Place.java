package io.sluice.config;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;

/**
 * Where something stands in the document. Paths are put together only when they are asked for: most
 * places are never reported.
 *
 * @param line from 1
 * @param column from 1
 * @param above what this is a part of; null for the whole document
 * @param name the key as written; empty for a list's item
 * @param index of a list's item; -1 for a key
 */
record Place(int line, int column, @Nullable Place above, String name, int index) {
  /** The whole document. */
  static final Place ROOT = new Place(1, 1);

  private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9._-]{1,80}");

  /** The whole document, or a place in it that no key has. */
  Place(int line, int column) {
    this(line, column, null, "", -1);
  }

  /** The same path, written here. */
  Place at(Mark mark) {
    return new Place(mark.getLine() + 1, mark.getColumn() + 1, above, name, index);
  }

  /** A key below this one. */
  Place below(String key) {
    return new Place(line, column, this, key, -1);
  }

  /** A list's item. */
  Place item(int position) {
    return new Place(line, column, this, "", position);
  }

  /** The dotted path; a name that would not be readable in it is quoted. Empty for the whole. */
  String key() {
    if (above == null) {
      return "";
    }
    String path = above.key();
    if (index >= 0) {
      return path + "[" + index + "]";
    }
    if (!SIMPLE.matcher(name).matches()) {
      return path + "[" + Quoted.of(name) + "]";
    }
    return path.isEmpty() ? name : path + "." + name;
  }

  /** JSON pointer (RFC 6901) with the names as written; empty for the whole document. */
  String pointer() {
    if (above == null) {
      return "";
    }
    String step = index >= 0 ? "" + index : name.replace("~", "~0").replace("/", "~1");
    return above.pointer() + "/" + step;
  }
}
