package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.client.SluiceClient;
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

  private static CommandLine.Run run(String file) {
    return new CommandLine.Run(file, false, false, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "run"})
  void nothingServesTheDefaultFile(String line) {
    assertThat(parse(line)).isEqualTo(new CommandLine.Run(null, false, false, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c a.yaml", "--conf a.yaml", "--conf=a.yaml", "run -c a.yaml"})
  void aFileIsNamedInThreeWays(String line) {
    assertThat(parse(line)).isEqualTo(run("a.yaml"));
  }

  @Test
  void aFileKeepsTheNameThatWasTyped() {
    assertThat(parse("-c .//a/../b.yaml")).isEqualTo(run(".//a/../b.yaml"));
    assertThat(parse("-c @b.yaml")).isEqualTo(run("@b.yaml"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-t -c a.yaml", "-c a.yaml --test", "run -t -t -c a.yaml"})
  void flagsComeInAnyOrder(String line) {
    assertThat(parse(line)).isEqualTo(new CommandLine.Test("a.yaml", false));
  }

  @Test
  void aTestPrintsTextOrJson() {
    assertThat(parse("-t --format json")).isEqualTo(new CommandLine.Test(null, true));
    assertThat(parse("--format=text -t")).isEqualTo(new CommandLine.Test(null, false));
    assertThat(wrong("-t --format xml"))
        .contains("--format")
        .contains("text, json")
        .contains("xml");
    assertThat(wrong("--format json")).contains("add --test");
  }

  @Test
  void theQuickStartsFlagsAreUnderstood() {
    assertThat(parse("-d -c conf.yaml"))
        .isEqualTo(new CommandLine.Run("conf.yaml", true, false, false));
    assertThat(parse("-u -d -c conf.yaml"))
        .isEqualTo(new CommandLine.Run("conf.yaml", true, true, false));
    assertThat(parse("--daemon --upgrade")).isEqualTo(new CommandLine.Run(null, true, true, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-h",
        "--help",
        "-t -h",
        "-h --nonsense",
        "--demo --help",
        "-c -h",
        "run -h",
        "-h status"
      })
  void helpWinsOverEverythingElse(String line) {
    assertThat(parse(line))
        .asInstanceOf(InstanceOfAssertFactories.type(CommandLine.Help.class))
        .extracting(CommandLine.Help::text)
        .asString()
        .startsWith("Usage: sluice [run]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-V", "--version", "-V -h", "-t -V", "run -V", "--nonsense -V"})
  void versionIsAnswered(String line) {
    assertThat(parse(line)).isEqualTo(new CommandLine.Version());
  }

  @Test
  void theFirstQuestionIsAnswered() {
    assertThat(parse("-h -V")).isInstanceOf(CommandLine.Help.class);
  }

  @ParameterizedTest
  @CsvSource({
    "--demo -c a.yaml,a.yaml",
    "-t --demo,--test",
    "-t --reset-state,--reset-state",
    "--demo --reset-state,--reset-state",
    "-u --reset-state,puts it aside",
    "-u --demo,which --demo cannot",
    "-d --demo,--daemon leaves it",
    "-t -d,--daemon serves",
    "-t -u,--upgrade serves",
  })
  void whatDoesNotGoTogetherIsRefused(String line, String part) {
    assertThat(wrong(line)).contains(part).containsAnyOf("leave one out", "leave it or");
  }

  @Test
  void demoStandsAlone() {
    assertThat(parse("--demo")).isEqualTo(new CommandLine.Demo());
  }

  @Test
  void aResetIsForAServingStart() {
    assertThat(parse("--reset-state -c a.yaml"))
        .isEqualTo(new CommandLine.Run("a.yaml", false, false, true));
  }

  @ParameterizedTest
  @CsvSource({
    "--tset, --test",
    "--config, --conf",
    "-conf, --conf",
    "-C, -c",
    "-v, -V",
    "--dmeo, --demo",
    "--hlep, --help",
    "--upgarde, --upgrade",
    "-dt, -t",
  })
  void anUnknownFlagNamesTheNearest(String flag, String nearest) {
    assertThat(wrong(flag))
        .isEqualTo("unknown flag " + flag + "; the nearest is " + nearest + "; see -h");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c", "-c -t", "-c --demo", "--conf="})
  void aFileFlagNeedsAFile(String line) {
    assertThat(wrong(line)).contains("needs the name of a file");
  }

  @Test
  void twoFilesAreRefused() {
    assertThat(wrong("-c a.yaml -c b.yaml")).contains("a.yaml").contains("b.yaml");
  }

  @Test
  void aBareWordIsRefused() {
    assertThat(wrong("a.yaml"))
        .isEqualTo("unexpected argument 'a.yaml'; a file is named by -c FILE; see -h");
    assertThat(wrong("stauts"))
        .isEqualTo("unexpected argument 'stauts'; did you mean the command status? See -h");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status",
        "drain one --wait --nonsense",
        "token create ci --role viewer",
        "check -h"
      })
  void whatFollowsAClientsCommandIsItsOwnMatter(String line) {
    assertThat(parse(line)).isEqualTo(new CommandLine.Client(List.of(line.split(" "))));
  }

  @Test
  void aFlagInFrontOfACommandIsRefused() {
    assertThat(wrong("-c a.yaml status"))
        .isEqualTo(
            "-c stands in front of the command status; write flags behind the command that they"
                + " are for; see -h");
    assertThat(wrong("-t run")).startsWith("-t stands in front of the command run");
    assertThat(wrong("completion bash")).startsWith("completion takes no bash");
    assertThat(wrong("run status")).startsWith("unexpected argument 'status'");
  }

  @Test
  void theHelpNamesEveryFlagAndCommand() {
    picocli.CommandLine root = CommandTree.shallow();
    String help = ((CommandLine.Help) parse("-h")).text();

    assertThat(root.getCommandSpec().optionsMap()).hasSizeGreaterThan(10);
    assertThat(root.getCommandSpec().optionsMap().keySet())
        .allSatisfy(f -> assertThat(help).contains(f));
    assertThat(root.getSubcommands().keySet())
        .containsAll(SluiceClient.commands().keySet())
        .contains("run", "completion")
        .allSatisfy(command -> assertThat(help).containsPattern("(?m)^  " + command + " "));
    assertThat(help.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(100));
  }
}
