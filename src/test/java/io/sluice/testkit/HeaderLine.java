package io.sluice.testkit;

import java.util.List;

/** A field line as it came, the value without the blanks around it. */
public record HeaderLine(String name, String value) {

  /** All values of a name, in any case. */
  public static List<String> values(List<HeaderLine> lines, String name) {
    return lines.stream()
        .filter(l -> l.name().equalsIgnoreCase(name))
        .map(HeaderLine::value)
        .toList();
  }
}
