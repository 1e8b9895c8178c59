package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The reference says what the reader does. */
class ConfigurationReferenceTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)` \\|");

  @ParameterizedTest
  @EnumSource
  void theReferenceHasATableOfExactlyTheAvailableKeys(KnownKeys keys) throws IOException {
    List<String> documented =
        ROW.matcher(section(keys)).results().map(row -> row.group(1)).toList();

    assertThat(documented).containsExactlyInAnyOrderElementsOf(keys.available());
  }

  private static String section(KnownKeys keys) throws IOException {
    String text = reference();
    String title = keys == KnownKeys.FILE ? "The top of the file" : "`" + keys.path() + "`";
    int start = text.indexOf("\n## " + title + "\n");
    assertThat(start).as("section %s", title).isNotNegative();
    int end = text.indexOf("\n## ", start + 1);
    return text.substring(start, end);
  }

  @Test
  void theExampleOfMistakesIsWhatTheReaderPrints() throws IOException {
    String yaml = block("<!-- example file -->\n```yaml\n");

    InvalidConfigurationException e =
        catchThrowableOfType(
            InvalidConfigurationException.class,
            () -> ConfigurationReader.read("application.yaml", yaml));

    assertThat(e).hasMessage(block("<!-- example output -->\n```text\n").strip());
  }

  private static String block(String opening) throws IOException {
    Matcher matcher =
        Pattern.compile(Pattern.quote(opening) + "(.*?)```", Pattern.DOTALL).matcher(reference());
    assertThat(matcher.find()).as(opening).isTrue();
    return String.valueOf(matcher.group(1));
  }

  private static String reference() throws IOException {
    return Files.readString(Path.of("docs", "reference", "configuration.md"));
  }
}
