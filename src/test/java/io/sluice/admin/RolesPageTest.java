package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What operators read about roles is what the program does. */
class RolesPageTest {
  private static final Path PAGE = Path.of("docs/reference/roles.md");
  private static final String HEAD = "| path | everybody | viewer | operator | admin |";

  /** The page's calls as "role METHOD path", in its order. */
  private static List<String> written() throws IOException {
    List<String> columns = cells(HEAD);
    List<String> calls = new ArrayList<>();
    Files.readAllLines(PAGE).stream()
        .dropWhile(line -> !line.equals(HEAD))
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .map(RolesPageTest::cells)
        .forEach(
            row -> {
              String path = row.getFirst().replace("`", "");
              for (int i = 1; i < columns.size(); i++) {
                for (String method : row.get(i).split(", ", -1)) {
                  if (!method.isEmpty()) {
                    calls.add(columns.get(i) + " " + method + " " + path);
                  }
                }
              }
            });
    return calls;
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.split("\\|", -1)).skip(1).limit(5).map(String::strip).toList();
  }

  @Test
  void thePageHasEachRuleAndNothingElse() throws Exception {
    List<String> rules =
        AccessRules.ALL.stream()
            .map(
                rule ->
                    (rule.role() == null ? "everybody" : rule.role().word())
                        + " "
                        + rule.method()
                        + " "
                        + rule.path().getPatternString())
            .toList();
    assertThat(written()).containsExactlyInAnyOrderElementsOf(rules);
  }
}
