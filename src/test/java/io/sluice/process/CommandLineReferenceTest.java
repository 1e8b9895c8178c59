package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The reference says what the program does. */
class CommandLineReferenceTest {

  private static String reference() throws IOException {
    return Files.readString(Path.of("docs", "reference", "command-line.md"));
  }

  @Test
  void theReferenceShowsTheHelpAsItIsPrinted() throws IOException {
    Matcher shown =
        Pattern.compile("<!-- help -->\n```text\n(.*?)```", Pattern.DOTALL).matcher(reference());

    assertThat(shown.find()).isTrue();
    assertThat(((CommandLine.Help) CommandLine.parse(List.of("-h"))).text())
        .isEqualTo(shown.group(1));
  }

  @Test
  void theTableHasEveryFlag() throws IOException {
    String text = reference();
    String table = text.substring(text.indexOf("## Flags"), text.indexOf("## What"));
    List<String> documented =
        Pattern.compile("(?m)^\\| (`-[^|]+) \\|")
            .matcher(table)
            .results()
            .flatMap(row -> Pattern.compile("`([^`]+)`").matcher(row.group(1)).results())
            .map(flag -> flag.group(1))
            .toList();

    assertThat(documented)
        .containsExactlyInAnyOrderElementsOf(
            CommandTree.shallow().getCommandSpec().optionsMap().keySet());
  }

  @Test
  void everyExitCodeIsExplained() throws IOException {
    for (ExitCode code : ExitCode.values()) {
      assertThat(reference()).contains("\n| " + code.value() + " |");
    }
  }
}
