package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to a file, the answer is a configuration or a list of problems with places. */
class ConfigurationMutationTest {
  private static final List<String> FRAGMENTS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ": ",
          "- ",
          "\n",
          "\t",
          "'",
          "\"",
          "#",
          "&a ",
          "*a",
          "!!binary ",
          "|\n",
          ">",
          "?",
          "<<: ",
          "%",
          "@",
          "\u0000",
          "\u0085",
          "\u2028",
          "\uD800",
          "\uFEFF",
          "~",
          "0x7f",
          "-1",
          "99999999999999999999",
          "1e9",
          ".inf",
          "::1",
          "[::1]:1",
          "unix:/",
          "http://",
          "{path}",
          "/**",
          "*.",
          "ä",
          "\uD83D\uDE00",
          "---\n",
          "...\n",
          "sluice",
          "default",
          "\\x0",
          "\r");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aDamagedFileGivesProblemsWithPlacesAndNothingElse(long seed) throws IOException {
    Random random = new Random(seed);
    String whole = uncommented();
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      String damaged = whole;
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged = damage(damaged, random);
      }
      refused += check(damaged) ? 0 : 1;
    }
    assertThat(refused).isBetween(100, 500);
  }

  @Test
  void aFileThatEndsAnywhereGivesProblemsWithPlacesAndNothingElse() throws IOException {
    String whole = uncommented();
    int refused = 0;
    for (int end = 0; end < whole.length(); end += 3) {
      refused += check(whole.substring(0, end)) ? 0 : 1;
    }
    assertThat(refused).isPositive();
  }

  /** Whether the text was taken. */
  private static boolean check(String yaml) {
    try {
      ConfigurationReader.read("f.yaml", yaml);
      return true;
    } catch (InvalidConfigurationException e) {
      long lines = yaml.chars().filter(c -> "\n\r\u0085\u2028\u2029".indexOf(c) >= 0).count() + 1;
      assertThat(e.problems()).isNotEmpty().isSortedAccordingTo(BY_PLACE);
      for (Problem problem : e.problems()) {
        assertThat((long) problem.line()).as(yaml).isBetween(1L, lines);
        assertThat(problem.column()).as(yaml).isPositive();
        assertThat(problem.message()).as(yaml).isNotBlank();
        assertThat(problem.toString()).as(yaml).doesNotContain("\n", "\r").doesNotContain("null");
      }
      return false;
    } catch (RuntimeException e) {
      return fail("the reader fell over this file:\n" + yaml, e);
    }
  }

  private static final java.util.Comparator<Problem> BY_PLACE =
      java.util.Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column);

  private static String damage(String text, Random random) {
    int at = random.nextInt(text.length() + 1);
    return switch (random.nextInt(6)) {
      case 0 -> text.substring(0, at) + fragment(random) + text.substring(at);
      case 1 ->
          text.substring(0, at)
              + text.substring(Math.min(text.length(), at + 1 + random.nextInt(20)));
      case 2 ->
          text.substring(0, at)
              + fragment(random)
              + text.substring(Math.min(text.length(), at + 3));
      case 3 -> text.substring(0, at) + (char) random.nextInt(0x200) + text.substring(at);
      case 4 -> withLines(text, random, true);
      default -> withLines(text, random, false);
    };
  }

  private static String fragment(Random random) {
    return FRAGMENTS.get(random.nextInt(FRAGMENTS.size()));
  }

  private static String withLines(String text, Random random, boolean swap) {
    List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
    int a = random.nextInt(lines.size());
    int b = random.nextInt(lines.size());
    if (swap) {
      Collections.swap(lines, a, b);
    } else {
      lines.add(a, lines.get(b));
    }
    return String.join("\n", lines);
  }

  private static String uncommented() throws IOException {
    String yaml = Files.readString(Path.of("application.yaml"));
    return ApplicationYamlTest.uncommented(yaml).replaceAll("(?m)^ *#.*\n", "");
  }
}
