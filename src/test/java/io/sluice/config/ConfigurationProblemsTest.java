package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The mistakes in {@code problems.txt} and what is printed for each, letter by letter. A case there
 * is a line {@code ### what it is about}, the file, a line {@code ==>} and the output.
 */
class ConfigurationProblemsTest {

  static Stream<Arguments> mistakes() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            ConfigurationProblemsTest.class.getResourceAsStream("problems.txt"))) {
      String cases = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Pattern.compile("^### ", Pattern.MULTILINE)
          .splitAsStream(cases)
          .filter(text -> !text.isBlank())
          .map(ConfigurationProblemsTest::arguments);
    }
  }

  private static Arguments arguments(String text) {
    int name = text.indexOf('\n');
    int arrow = text.indexOf("\n==>\n");
    return Arguments.of(
        text.substring(0, name),
        text.substring(name + 1, arrow + 1),
        text.substring(arrow + "\n==>\n".length()).strip());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void everyMistakeIsReportedWithItsPlaceAndRemedy(String name, String yaml, String expected) {
    assertThat(messageFor(yaml)).isEqualTo(expected);
  }

  @Test
  void theTableIsNotEmpty() throws IOException {
    assertThat(mistakes()).hasSizeGreaterThan(100);
  }

  @Test
  void aFileWithAnAliasBombIsStoppedAtTheFirstAliasBeyondTheLimit() {
    String line = "*a, ".repeat(YamlText.MAX_ALIASES - 1);
    String yaml = "spring:\n  a: &a [x]\n  b: [" + line + "*a]\n  c: *a\n";

    assertThat(messageFor(yaml)).isEqualTo("f.yaml:4:6 not valid YAML: more than 100 aliases");
  }

  @Test
  void aFileThatIsTooLongIsRefusedUnread() {
    assertThat(messageFor("#".repeat(YamlText.MAX_CHARACTERS + 1)))
        .isEqualTo("f.yaml:1:1 is longer than 16 MiB");
  }

  @Test
  void aCharacterThatNoTextHasIsReportedWithItsPlace() {
    assertThat(messageFor("# \uD83D\uDE00\r\nsluice:\r\n  via: \"\uD83D\uDE00\u0007\"\r\n"))
        .isEqualTo("f.yaml:3:10 not valid YAML: U+0007 is not allowed; is the file UTF-8 text?");
  }

  @Test
  void aByteOrderMarkTakesNoColumn() {
    assertThat(messageFor("\uFEFFsluce: 1"))
        .isEqualTo("f.yaml:1:1 sluce: unknown key; did you mean 'sluice'?");
  }

  @Test
  void linesThatEndLikeOnWindowsAreCountedOnce() {
    assertThat(messageFor("sluice:\r\n  threads: 1\r\n  thread: 1\r\n"))
        .isEqualTo("f.yaml:3:3 sluice.thread: unknown key; did you mean 'threads'?");
  }

  @Test
  void aMistakeBehindAnAliasIsReportedWhereItIsWritten() {
    assertThat(
            messageFor(
                """
                sluice:
                  bootstrap:
                    pools:
                      - {id: a, backends: [], timeouts: &t {connect: 5}}
                      - {id: b, backends: [], timeouts: *t}
                """))
        .isEqualTo(
            """
            f.yaml:4:54 sluice.bootstrap.pools[0].timeouts.connect: '5' has no unit; write ms, s, \
            m or h behind it, for instance 30s
            f.yaml:4:54 sluice.bootstrap.pools[1].timeouts.connect: '5' has no unit; write ms, s, \
            m or h behind it, for instance 30s""");
  }

  @Test
  void aMappingThatContainsItselfIsRefused() {
    assertThat(messageFor("sluice: &s {admin: *s}"))
        .isEqualTo(
            "f.yaml:1:13 sluice.admin.admin: unknown key; known here: address, base-path,"
                + " password-file, token-file, allowed-hosts, backend-addresses");
  }

  private static String messageFor(String yaml) {
    InvalidConfigurationException e =
        catchThrowableOfType(
            InvalidConfigurationException.class, () -> ConfigurationReader.read("f.yaml", yaml));
    assertThat(e).as("no problem in: %s", yaml).isNotNull();
    return String.valueOf(e.getMessage());
  }
}
