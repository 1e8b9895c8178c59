package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

  private static CommandLine parse(String line) {
    return CommandLine.parse(line.isEmpty() ? List.of() : List.of(line.split(" ")));
  }

  private static String wrong(String line) {
    return assertThat(parse(line))
        .asInstanceOf(InstanceOfAssertFactories.type(CommandLine.Wrong.class))
        .actual()
        .message();
  }

  @Test
  void nothingServesTheDefaultFile() {
    assertThat(parse("")).isEqualTo(new CommandLine.Run(null, false, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c a.yaml", "--conf a.yaml", "--conf=a.yaml"})
  void aFileIsNamedInThreeWays(String line) {
    assertThat(parse(line)).isEqualTo(new CommandLine.Run("a.yaml", false, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-t -c a.yaml", "-c a.yaml --test"})
  void flagsComeInAnyOrder(String line) {
    assertThat(parse(line)).isEqualTo(new CommandLine.Run("a.yaml", true, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-h", "--help", "-t -h", "-h --nonsense", "--demo --help"})
  void helpWinsOverWhatFollows(String line) {
    assertThat(parse(line)).isEqualTo(new CommandLine.Help());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-V", "--version", "-V -h"})
  void versionIsAnswered(String line) {
    assertThat(parse(line)).isEqualTo(new CommandLine.Version());
  }

  @Test
  void demoStandsAlone() {
    assertThat(parse("--demo")).isEqualTo(new CommandLine.Demo());
    assertThat(wrong("--demo -c a.yaml")).contains("--demo").contains("a.yaml");
    assertThat(wrong("-t --demo")).contains("--demo").contains("--test");
  }

  @Test
  void aResetIsForAServingStart() {
    assertThat(parse("--reset-state -c a.yaml"))
        .isEqualTo(new CommandLine.Run("a.yaml", false, true));
    assertThat(wrong("-t --reset-state")).contains("--reset-state");
    assertThat(wrong("--demo --reset-state")).contains("--reset-state");
  }

  @ParameterizedTest
  @CsvSource({
    "--tset, --test",
    "--config, --conf",
    "-C, -c",
    "-v, -V",
    "--dmeo, --demo",
    "--hlep, --help"
  })
  void anUnknownFlagNamesTheNearest(String flag, String nearest) {
    assertThat(wrong(flag))
        .isEqualTo("unknown flag " + flag + "; the nearest is " + nearest + "; see -h");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-d", "--daemon", "-u", "--upgrade"})
  void whatComesLaterIsRefusedAsSuch(String flag) {
    assertThat(wrong(flag)).startsWith(flag).contains("is not available in this version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c", "-c -t", "--conf="})
  void aFileFlagNeedsAFile(String line) {
    assertThat(wrong(line)).contains("needs the name of a file");
  }

  @Test
  void twoFilesAreRefused() {
    assertThat(wrong("-c a.yaml -c b.yaml")).contains("a.yaml").contains("b.yaml");
  }

  @Test
  void aBareWordIsRefused() {
    assertThat(wrong("a.yaml")).contains("unexpected argument 'a.yaml'").contains("-c FILE");
  }

  @Test
  void theHelpNamesEveryFlagThatWorks() {
    assertThat(CommandLine.FLAGS)
        .filteredOn(flag -> !List.of("-d", "--daemon", "-u", "--upgrade").contains(flag))
        .allSatisfy(flag -> assertThat(CommandLine.HELP).contains(flag));
  }
}
