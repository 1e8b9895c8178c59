package io.sluice.admin;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Activity for a spreadsheet (RFC 4180). */
final class ActivityCsv {
  private static final String LINE = "\r\n";

  private ActivityCsv() {}

  /** A line for each entry below one of names. */
  static String of(List<ActivityEntry> entries) {
    StringBuilder text = new StringBuilder();
    text.append(
        line("at", "kind", "who", "pool", "backend", "what", "reason", "revision", "request"));
    for (ActivityEntry entry : entries) {
      text.append(
          line(
              IsoTimes.text(entry.at()),
              entry.kind(),
              entry.who(),
              entry.pool(),
              entry.id(),
              entry.sentence(),
              entry.reason(),
              entry.revision() == null ? null : entry.revision().toString(),
              entry.requestId()));
    }
    return text.toString();
  }

  private static String line(@Nullable String... cells) {
    return Arrays.stream(cells).map(ActivityCsv::cell).collect(Collectors.joining(",")) + LINE;
  }

  /**
   * A cell. A spreadsheet takes a text that begins with certain characters for a formula, and
   * reasons come from anybody: an apostrophe before them makes it a text again.
   */
  static String cell(@Nullable String text) {
    String value = text == null ? "" : text;
    String start = value.stripLeading();
    boolean formula =
        !value.isEmpty()
            && ("=+-@\t\r\n".indexOf(value.charAt(0)) >= 0
                || !start.isEmpty() && "=+-@".indexOf(start.charAt(0)) >= 0);
    return '"' + (formula ? "'" : "") + value.replace("\"", "\"\"") + '"';
  }
}
