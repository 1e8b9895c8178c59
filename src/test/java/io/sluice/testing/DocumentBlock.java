package io.sluice.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A fenced block of a Markdown page.
 *
 * @param section the heading it stands under, without its marks
 * @param language what stands behind the fence, for instance {@code sh}
 * @param line where its text begins, from 1
 * @param text its lines, each with a line end
 */
public record DocumentBlock(String section, String language, int line, String text) {

  /** All blocks of a page, in order. */
  public static List<DocumentBlock> of(String markdown) {
    List<DocumentBlock> blocks = new ArrayList<>();
    String section = "";
    String language = null;
    int first = 0;
    StringBuilder text = new StringBuilder();
    String[] lines = markdown.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i];
      if (line.startsWith("```")) {
        if (language == null) {
          language = line.substring(3).strip();
          first = i + 2;
          text.setLength(0);
        } else {
          blocks.add(new DocumentBlock(section, language, first, text.toString()));
          language = null;
        }
      } else if (language != null) {
        text.append(line).append('\n');
      } else if (line.matches("#+ .*")) {
        section = line.replaceFirst("#+ +", "");
      }
    }
    return blocks;
  }

  /**
   * What the output has to look like: line for line this text, where {@code …} in a line stands for
   * anything in it, and a line of {@code …} alone for any lines.
   */
  public Pattern expected() {
    StringBuilder regex = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      if (line.equals("…")) {
        regex.append("(?:.*\n)*?");
      } else if (!line.isEmpty()) {
        regex.append(linePattern(line)).append("\n");
      }
    }
    return Pattern.compile(regex.toString());
  }

  /** For each line a pattern, for lines that stand somewhere in a log. */
  public List<Pattern> expectedLines() {
    return text.lines()
        .filter(line -> !line.isBlank())
        .map(line -> Pattern.compile(linePattern(line)))
        .toList();
  }

  private static String linePattern(String line) {
    StringBuilder regex = new StringBuilder();
    for (String part : line.split("…", -1)) {
      regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(part));
    }
    return regex.toString();
  }
}
