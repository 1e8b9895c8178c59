package io.sluice.config;

/** Foreign text in messages: quoted, short and on one line. */
final class Quoted {
  private static final int LONGEST = 60;

  private Quoted() {}

  /** The text in single quotes; control characters escaped, what is beyond 60 characters cut. */
  static String of(String text) {
    return "'" + plain(text) + "'";
  }

  /** As {@link #of} without quotes. */
  static String plain(String text) {
    StringBuilder out = new StringBuilder();
    int shown = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (shown++ == LONGEST) {
        return out.append("...").toString();
      }
      append(out, c);
      i += Character.charCount(c);
    }
    return out.toString();
  }

  private static void append(StringBuilder out, int c) {
    switch (c) {
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        boolean separator = c == 0x2028 || c == 0x2029;
        if (Character.isISOControl(c) || separator || Character.getType(c) == Character.SURROGATE) {
          out.append(String.format("\\u%04x", c));
        } else {
          out.appendCodePoint(c);
        }
      }
    }
  }
}
