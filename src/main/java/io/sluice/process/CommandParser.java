package io.sluice.process;

import io.sluice.client.SluiceClient;
import io.sluice.process.CommandLine.Completion;
import io.sluice.process.CommandLine.Demo;
import io.sluice.process.CommandLine.Help;
import io.sluice.process.CommandLine.Run;
import io.sluice.process.CommandLine.Test;
import io.sluice.process.CommandLine.Version;
import io.sluice.process.CommandLine.Wrong;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what picocli understands into what is to be done, and its mistakes into sentences. */
final class CommandParser {
  private final List<String> arguments;
  private final picocli.CommandLine root = CommandTree.shallow();

  private CommandParser(List<String> arguments) {
    this.arguments = arguments;
  }

  static CommandLine parse(List<String> arguments) {
    String first = arguments.isEmpty() ? "" : arguments.getFirst();
    if (SluiceClient.commands().containsKey(first)) {
      return new CommandLine.Client(arguments);
    }
    CommandParser parser =
        new CommandParser(
            first.equals(CommandTree.RUN) ? arguments.subList(1, arguments.size()) : arguments);
    try {
      return parser.understood(parser.root.parseArgs(parser.arguments.toArray(String[]::new)));
    } catch (ParameterException e) {
      return parser.mistaken(e);
    }
  }

  private CommandLine understood(ParseResult parsed) {
    CommandLine asked = asked(parsed, root);
    if (asked != null) {
      return asked;
    }
    if (!parsed.hasSubcommand()) {
      return serve(parsed);
    }
    ParseResult command = parsed.subcommand();
    String name = command.commandSpec().name();
    if (!parsed.matchedOptions().isEmpty()) {
      return wrong(
          typed(parsed.matchedOptions().getFirst())
              + " stands in front of the command "
              + name
              + "; write flags behind the command that they are for");
    }
    if (!name.equals(CommandTree.COMPLETION)) {
      return unknown(name); // a command behind run
    }
    if (!command.unmatched().isEmpty()) {
      return wrong(name + " takes no " + command.unmatched().getFirst());
    }
    CommandLine help = asked(command, command.commandSpec().commandLine());
    return help == null ? new Completion() : help;
  }

  private CommandLine serve(ParseResult parsed) {
    OptionSpec conf = parsed.matchedOption("--conf");
    List<String> files = conf == null ? List.of() : conf.originalStringValues();
    if (files.size() > 1) {
      return wrong(
          "two configuration files, " + files.get(0) + " and " + files.get(1) + "; name one");
    }
    String file = files.isEmpty() ? null : files.getFirst();
    if (file != null && file.isEmpty()) {
      return noFile();
    }
    String conflict = conflict(parsed, file);
    if (conflict != null) {
      return wrong(conflict);
    }
    if (parsed.hasMatchedOption("--demo")) {
      return new Demo();
    }
    if (parsed.hasMatchedOption("--test")) {
      CommandTree.Format format = parsed.matchedOptionValue("--format", CommandTree.Format.text);
      return new Test(file, format == CommandTree.Format.json);
    }
    return new Run(
        file,
        parsed.hasMatchedOption("--daemon"),
        parsed.hasMatchedOption("--upgrade"),
        parsed.hasMatchedOption("--reset-state"));
  }

  /** What cannot be had together. */
  private static @Nullable String conflict(ParseResult parsed, @Nullable String file) {
    boolean test = parsed.hasMatchedOption("--test");
    boolean daemon = parsed.hasMatchedOption("--daemon");
    boolean upgrade = parsed.hasMatchedOption("--upgrade");
    boolean reset = parsed.hasMatchedOption("--reset-state");
    boolean demo = parsed.hasMatchedOption("--demo");
    if (demo && file != null) {
      return "--demo brings its own configuration and takes no " + file + "; leave one out";
    }
    if (demo && test) {
      return "--demo serves and --test does not; leave one out";
    }
    if (reset && (demo || test)) {
      return "--reset-state is for a start that serves; leave it or the other flag out";
    }
    if (upgrade && reset) {
      return "--upgrade takes the state of the running Sluice over and --reset-state puts it"
          + " aside; leave one out";
    }
    if (upgrade && demo) {
      return "--upgrade takes over from a running Sluice, which --demo cannot; leave one out";
    }
    if (daemon && demo) {
      return "--demo talks to its terminal and --daemon leaves it; leave one out";
    }
    if (test && (daemon || upgrade)) {
      return "--test only checks the configuration and "
          + (daemon ? "--daemon" : "--upgrade")
          + " serves; leave one out";
    }
    return !test && parsed.hasMatchedOption("--format")
        ? "--format is for what --test prints; leave it out or add --test"
        : null;
  }

  /** The text or the version, whichever was asked for first; null: neither was. */
  private static @Nullable CommandLine asked(ParseResult parsed, picocli.CommandLine command) {
    for (OptionSpec option : parsed.matchedOptions()) {
      if (option.versionHelp()) {
        return new Version();
      }
      if (option.usageHelp()) {
        return new Help(command.getUsageMessage());
      }
    }
    return null;
  }

  private CommandLine mistaken(ParameterException mistake) {
    // Who asks for help shall have it, whatever else was typed.
    for (String argument : arguments) {
      switch (argument) {
        case "-h", "--help" -> {
          return new Help(root.getUsageMessage());
        }
        case "-V", "--version" -> {
          return new Version();
        }
        default -> {}
      }
    }
    if (mistake instanceof UnmatchedArgumentException unmatched) {
      return unknown(unmatched.getUnmatched().getFirst());
    }
    if (mistake instanceof MissingParameterException missing
        && missing.getMissing().getFirst() instanceof OptionSpec option
        && option.longestName().equals("--conf")) {
      return noFile();
    }
    return wrong(String.valueOf(mistake.getMessage()));
  }

  private Wrong noFile() {
    String flag = "-c";
    for (String argument : arguments) {
      if (argument.equals("--conf") || argument.startsWith("--conf=")) {
        flag = "--conf";
      }
    }
    return wrong(flag + " needs the name of a file: " + flag + " FILE");
  }

  private Wrong unknown(String argument) {
    if (argument.startsWith("-")) {
      List<String> flags = new ArrayList<>(root.getCommandSpec().optionsMap().keySet());
      return wrong("unknown flag " + argument + "; the nearest is " + Nearest.of(argument, flags));
    }
    List<String> commands = new ArrayList<>(root.getSubcommands().keySet());
    String command = Nearest.of(argument, commands);
    return wrong(
        "unexpected argument '"
            + argument
            + "'; "
            + (Nearest.isNear(argument, command)
                ? "did you mean the command " + command + "?"
                : "a file is named by -c FILE"));
  }

  private String typed(OptionSpec option) {
    for (String name : option.names()) {
      if (arguments.contains(name)) {
        return name;
      }
    }
    return option.longestName();
  }

  private static Wrong wrong(String sentence) {
    return new Wrong((sentence.endsWith("?") ? sentence + " S" : sentence + "; s") + "ee -h");
  }
}
