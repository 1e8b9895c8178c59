package io.sluice.process;

import io.sluice.client.SluiceClient;
import java.nio.file.Path;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * All commands and flags as picocli's tree. It is put together by hand: to read the same from
 * annotations would take longer than all the rest of {@code -h}.
 */
final class CommandTree {
  /** What {@code sluice} alone does, under a name. */
  static final String RUN = "run";

  /** Prints the shells' completion. */
  static final String COMPLETION = "completion";

  private static final String[] USAGE = {
    "sluice [run] [-c FILE] [-d] [-u] [--reset-state]",
    "       sluice -t [-c FILE] [--format FORMAT]",
    "       sluice --demo",
    "       sluice COMMAND ...",
  };

  private static final String[] FOOTER = {
    "",
    "Environment:",
    "  SLUICE_LOG         ERROR, WARN, INFO (default), DEBUG or TRACE",
    "  SLUICE_URL         the management plane that commands speak to; default:",
    "                     http://127.0.0.1:6189",
    "  SLUICE_TOKEN       the token that commands speak with",
    "  SLUICE_CA          PEM file of the authorities that commands trust",
    "  SLUICE_JAVA_OPTS   more options for java (read by bin/sluice)",
    "",
    "Signals:",
    "  SIGTERM            finish the requests in flight, then end with 0",
    "  SIGINT             end at once",
    "  SIGHUP             read the configuration file again and open the logs anew",
    "  SIGQUIT, SIGUSR2   wait for a process started with -u, and hand over to it",
    "",
    "Exit codes:",
    "  0                  well",
    "  1                  invalid configuration, a failed start, or a command that",
    "                     could not be done",
    "  2                  wrong usage",
    "  3                  an upgrade was called off",
    "  130                ended by SIGINT",
  };

  private CommandTree() {}

  /** The tree with no more of the commands than their names; the flags are those of a start. */
  static CommandLine shallow() {
    CommandSpec root = root(run());
    for (Map.Entry<String, String> command : SluiceClient.commands().entrySet()) {
      root.addSubcommand(command.getKey(), described(command.getKey(), command.getValue()));
    }
    CommandLine line = new CommandLine(root.addSubcommand(COMPLETION, completionCommand()));
    line.getSubcommands().values().forEach(command -> command.setStopAtUnmatched(true));
    return line.setOverwrittenOptionsAllowed(true)
        .setExpandAtFiles(false)
        .setPosixClusteredShortOptionsAllowed(false)
        .setAllowOptionsAsOptionParameters(false);
  }

  /** A script for bash and zsh that completes every command and flag. */
  static String completion() {
    CommandSpec run = run();
    serveFlags(run);
    CommandLine line = new CommandLine(root(run));
    SluiceClient.commandLines().forEach(line::addSubcommand);
    line.addSubcommand(new CommandLine(completionCommand()));
    return AutoComplete.bash("sluice", line);
  }

  private static CommandSpec root(CommandSpec run) {
    CommandSpec root = CommandSpec.create().name("sluice");
    root.usageMessage()
        .customSynopsis(USAGE)
        .optionListHeading("%n")
        .commandListHeading("%nCommands (each has -h):%n")
        .footer(FOOTER)
        .sortOptions(false);
    serveFlags(root);
    return root.addSubcommand(RUN, run);
  }

  private static CommandSpec run() {
    return described(RUN, "Serves; what happens without a command, too.");
  }

  private static CommandSpec completionCommand() {
    CommandSpec command =
        described(COMPLETION, "Prints completions of bash and zsh: source <(sluice completion)");
    return command.addOption(help());
  }

  private static CommandSpec described(String name, String text) {
    CommandSpec command = CommandSpec.create().name(name);
    command.usageMessage().description(text);
    return command;
  }

  private static void serveFlags(CommandSpec command) {
    command
        .addOption(
            OptionSpec.builder("-c", "--conf")
                .type(Path.class)
                .paramLabel("FILE")
                .description(
                    "The configuration (YAML). Default: application.yaml in the working directory.")
                .build())
        .addOption(
            flag(
                "Check the configuration and what it names, print every problem, open no port.",
                "-t",
                "--test"))
        .addOption(
            OptionSpec.builder("--format")
                .type(Format.class)
                .paramLabel("FORMAT")
                .description("How -t prints problems: ${COMPLETION-CANDIDATES}. Default: text.")
                .build())
        .addOption(flag("Go to the background; returns when Sluice serves.", "-d", "--daemon"))
        .addOption(flag("Take over the listeners of the running Sluice.", "-u", "--upgrade"))
        .addOption(
            flag(
                "Put the store aside, under a name with the time in it, and start with what the"
                    + " configuration file says.",
                "--reset-state"))
        .addOption(
            flag(
                "Serve three small backends that live inside the process, on"
                    + " http://localhost:6188/.",
                "--demo"))
        .addOption(help())
        .addOption(
            OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("The version.")
                .build());
  }

  private static OptionSpec flag(String text, String name, String... more) {
    return OptionSpec.builder(name, more).description(text).build();
  }

  private static OptionSpec help() {
    return OptionSpec.builder("-h", "--help").usageHelp(true).description("This text.").build();
  }

  /** How {@code -t} prints what it finds. */
  enum Format {
    text,
    json
  }
}
