package io.sluice.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The grammar of RFC 9112 7.1 read the simple way, over the whole text at once, to hold the scanner
 * of {@link BodyFraming} against.
 *
 * @param data the decoded data
 * @param trailers the trailer lines with their line ends
 * @param length of the whole body
 */
record ChunkedReference(String data, String trailers, int length) {
  private static final Pattern SIZE_LINE =
      Pattern.compile("([0-9a-fA-F]{1,15})(?:[ \\t]*;[\\t\\x20-\\x7e\\x80-\\xff]*)?\\r\\n");
  private static final Pattern TRAILER_LINE =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n");

  /** The body at the text's start; null when there is no whole well-formed one. */
  static @Nullable ChunkedReference read(String text) {
    StringBuilder data = new StringBuilder();
    int at = 0;
    while (true) {
      Matcher size = SIZE_LINE.matcher(text).region(at, text.length());
      if (!size.lookingAt()) {
        return null;
      }
      at = size.end();
      long n = Long.parseLong(size.group(1), 16);
      if (n == 0) {
        return trailers(text, at, data.toString());
      }
      if (n > text.length() || !text.startsWith("\r\n", (int) (at + n))) {
        return null;
      }
      data.append(text, at, (int) (at + n));
      at += (int) n + 2;
    }
  }

  private static @Nullable ChunkedReference trailers(String text, int start, String data) {
    int at = start;
    while (!text.startsWith("\r\n", at)) {
      Matcher line = TRAILER_LINE.matcher(text).region(at, text.length());
      if (!line.lookingAt() || isKnown(line.group(1))) {
        return null;
      }
      at = line.end();
    }
    return new ChunkedReference(data, text.substring(start, at), at + 2);
  }

  private static boolean isKnown(String name) {
    byte[] bytes = Ascii.bytes(name);
    Field field = Field.of(bytes, 0, bytes.length);
    return field != Field.OTHER && field != Field.DATE;
  }
}
