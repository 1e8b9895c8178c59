package io.sluice.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message's head as it came.
 *
 * @param first its first line
 * @param fields by their names in lower case
 */
public record HttpText(String first, Map<String, String> fields) {
  private static final String END = "\r\n\r\n";

  /**
   * Reads one.
   *
   * @return null: the other side ended before the first byte
   * @throws EOFException when it ended in the middle
   */
  public static @Nullable HttpText read(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next < 0) {
        if (bytes.size() == 0) {
          return null;
        }
        throw new EOFException("ended in a head: " + bytes.toString(StandardCharsets.ISO_8859_1));
      }
      bytes.write(next);
      if (next == '\n' && bytes.toString(StandardCharsets.ISO_8859_1).endsWith(END)) {
        return of(bytes.toString(StandardCharsets.ISO_8859_1));
      }
    }
  }

  private static HttpText of(String head) {
    String[] lines = head.split("\r\n", -1);
    Map<String, String> fields = new HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        fields.put(
            lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
            lines[i].substring(colon + 1).strip());
      }
    }
    return new HttpText(lines[0], Map.copyOf(fields));
  }

  /** A field's value; fails without one. */
  public String field(String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalStateException("no " + name + " in " + this);
    }
    return value;
  }

  /** A field's value. */
  public String field(String name, String otherwise) {
    return fields.getOrDefault(name, otherwise);
  }
}
