package io.sluice.client;

import java.io.PrintWriter;
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

  /** Their names, as the first argument. */
  public static final List<String> COMMANDS =
      List.of("status", "backends", "drain", "ready", "revisions", "rollback", "check", "token");

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

  /**
   * Runs one command.
   *
   * @param arguments the first one is one of {@link #COMMANDS}
   * @return 0 done, 1 it could not be done, 2 wrong usage
   */
  public int run(List<String> arguments) {
    return commandLine().execute(arguments.toArray(String[]::new));
  }

  private CommandLine commandLine() {
    CommandLine line = new CommandLine(new Root());
    List<ApiCommand> commands =
        List.of(
            new StatusCommand(),
            new BackendsCommand(),
            new DrainCommand(),
            new ReadyCommand(),
            new RevisionsCommand(),
            new RollbackCommand(),
            new CheckCommand());
    commands.forEach(command -> line.addSubcommand(prepared(command)));
    CommandLine token = new CommandLine(new TokenCommand());
    List.of(new TokenListCommand(), new TokenCreateCommand(), new TokenDeleteCommand())
        .forEach(command -> token.addSubcommand(prepared(command)));
    line.addSubcommand(token);
    line.setOut(out).setErr(err);
    line.setParameterExceptionHandler(this::wrongUsage);
    line.setExecutionExceptionHandler((failure, command, parsed) -> failed(failure));
    return line;
  }

  private CommandLine prepared(ApiCommand command) {
    command.connection.environment(environment);
    return new CommandLine(command);
  }

  private int failed(Exception failure) {
    if (!(failure instanceof ClientException)) {
      throw new ExecutionException(commandLine(), "a command fails unexpectedly", failure);
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
