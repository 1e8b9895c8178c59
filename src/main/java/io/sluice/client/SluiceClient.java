package io.sluice.client;

import java.io.PrintWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The commands that speak to a running Sluice. */
public final class SluiceClient {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private static final Map<String, String> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("status", "Shows how the running Sluice is.");
    COMMANDS.put("backends", "Lists backends.");
    COMMANDS.put("drain", "Lets a backend finish what it has and take nothing new.");
    COMMANDS.put("ready", "Gives a backend requests again, and calls a drain off.");
    COMMANDS.put("revisions", "Lists revisions, the newest first.");
    COMMANDS.put("rollback", "Brings an older revision back, as a new one.");
    COMMANDS.put("check", "Probes a backend now, whatever its health checks say.");
    COMMANDS.put("token", "Lists, makes and deletes tokens.");
  }

  private final Map<String, String> environment;
  private final PrintWriter out;
  private final PrintWriter err;

  /**
   * A client.
   *
   * @param environment where SLUICE_URL, SLUICE_TOKEN and SLUICE_CA may be
   */
  public SluiceClient(Map<String, String> environment, PrintWriter out, PrintWriter err) {
    this.environment = Map.copyOf(environment);
    this.out = out;
    this.err = err;
  }

  /** What can be the first argument, and what it does in one line. */
  public static Map<String, String> commands() {
    return Collections.unmodifiableMap(COMMANDS);
  }

  /** All of them with their options, to be looked at, not to be run. */
  public static List<CommandLine> commandLines() {
    return COMMANDS.keySet().stream().map(name -> command(name, Map.of())).toList();
  }

  /**
   * Runs one command.
   *
   * @param arguments the first one is one of {@link #commands}
   * @return 0 done, 1 it could not be done, 2 wrong usage
   */
  public int run(List<String> arguments) {
    return commandLine(arguments.getFirst()).execute(arguments.toArray(String[]::new));
  }

  /** Only the command that is wanted: reading one takes longer than many a call. */
  private CommandLine commandLine(String name) {
    CommandLine line = new CommandLine(new Root());
    line.addSubcommand(command(name, environment));
    line.setOut(out).setErr(err).setExpandAtFiles(false);
    line.setParameterExceptionHandler(this::wrongUsage);
    line.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command));
    return line;
  }

  private static CommandLine command(String name, Map<String, String> environment) {
    CommandLine line =
        switch (name) {
          case "status" -> prepared(new StatusCommand(), environment);
          case "backends" -> prepared(new BackendsCommand(), environment);
          case "drain" -> prepared(new DrainCommand(), environment);
          case "ready" -> prepared(new ReadyCommand(), environment);
          case "revisions" -> prepared(new RevisionsCommand(), environment);
          case "rollback" -> prepared(new RollbackCommand(), environment);
          case "check" -> prepared(new CheckCommand(), environment);
          case "token" ->
              new CommandLine(new TokenCommand())
                  .addSubcommand(prepared(new TokenListCommand(), environment))
                  .addSubcommand(prepared(new TokenCreateCommand(), environment))
                  .addSubcommand(prepared(new TokenDeleteCommand(), environment));
          default -> throw new IllegalArgumentException("no command: " + name);
        };
    line.getCommandSpec().usageMessage().description(COMMANDS.get(name));
    return line;
  }

  private static CommandLine prepared(ApiCommand command, Map<String, String> environment) {
    command.connection.environment(environment);
    return new CommandLine(command);
  }

  private int failed(Exception failure, CommandLine command) {
    if (!(failure instanceof ClientException)) {
      throw new ExecutionException(command, "a command fails unexpectedly", failure);
    }
    err.println("sluice: " + failure.getMessage());
    err.flush();
    return FAILED;
  }

  private int wrongUsage(ParameterException mistake, String[] arguments) {
    CommandSpec command = mistake.getCommandLine().getCommandSpec();
    err.println("sluice: " + mistake.getMessage() + "; see " + command.qualifiedName() + " -h");
    err.flush();
    return USAGE;
  }

  /** Where the commands hang. */
  @Command(name = "sluice")
  private static final class Root {}
}
