package io.sluice.process;

import io.sluice.client.SluiceClient;
import io.sluice.config.Configuration;
import io.sluice.config.InvalidConfigurationException;
import io.sluice.config.Problem;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts Sluice. */
public final class Main {
  private Main() {}

  /** Entry point. Returns when Sluice serves; otherwise ends the process with an exit code. */
  public static void main(String[] arguments) {
    CommandLine command = CommandLine.parse(List.of(arguments));
    if (command instanceof CommandLine.Client client) {
      System.exit(client(client.arguments()));
    }
    ExitCode code = run(command);
    if (code != null) {
      System.exit(code.value());
    }
  }

  private static int client(List<String> arguments) {
    Charset terminal = System.out.charset();
    try (CommandSignals signals = new CommandSignals()) {
      return new SluiceClient(
              System.getenv(),
              new PrintWriter(System.out, true, terminal),
              new PrintWriter(System.err, true, terminal))
          .run(arguments);
    }
  }

  /** Returns null when the process goes on to serve. */
  private static @Nullable ExitCode run(CommandLine command) {
    Terminal terminal = new Terminal(Daemon.isChild());
    try {
      return switch (command) {
        case CommandLine.Help help -> print("Sluice " + Version.current() + "\n\n" + help.text());
        case CommandLine.Version() -> print("Sluice " + Version.current() + "\n");
        case CommandLine.Completion() -> print(CommandTree.completion());
        case CommandLine.Wrong wrong -> throw new StartException(ExitCode.USAGE, wrong.message());
        case CommandLine.Test test -> {
          try (CommandSignals signals = new CommandSignals()) {
            yield test(test);
          }
        }
        case CommandLine.Run run -> serve(run, terminal);
        case CommandLine.Demo() -> demo(terminal);
        case CommandLine.Client client -> throw new IllegalArgumentException("runs elsewhere");
      };
    } catch (InvalidConfigurationException e) {
      for (Problem problem : e.problems()) {
        terminal.failed(problem.toString());
      }
      return ExitCode.FAILED;
    } catch (StartException e) {
      terminal.failed("sluice: " + e.getMessage());
      return e.code();
    } catch (RuntimeException | Error e) {
      // A mistake of ours. Threads of a half-started plane would keep the process alive.
      terminal.failed("sluice: the start failed unexpectedly, please report this:");
      e.printStackTrace(terminal.err());
      return ExitCode.FAILED;
    }
  }

  private static ExitCode print(String text) {
    System.out.print(text);
    System.out.flush();
    return ExitCode.OK;
  }

  private static ExitCode test(CommandLine.Test test) throws StartException {
    String file = ConfigurationFile.name(test.file());
    String yaml = ConfigurationFile.text(test.file());
    Logs.none(); // what is found is printed, once and with its place
    List<Problem> problems = ConfigurationCheck.of(file, yaml);
    boolean valid = problems.stream().noneMatch(Problem::isError);
    if (test.json()) {
      print(ProblemJson.of(problems) + "\n");
    } else {
      problems.forEach(System.err::println);
      print(valid ? "configuration " + file + " is valid\n" : "");
    }
    return valid ? ExitCode.OK : ExitCode.FAILED;
  }

  private static @Nullable ExitCode serve(CommandLine.Run run, Terminal terminal)
      throws StartException, InvalidConfigurationException {
    if (run.daemon() && !Daemon.isChild()) {
      return Daemon.start();
    }
    if (run.daemon()) {
      Daemon.leaveTerminal();
    }
    String level = Logs.level(System.getenv("SLUICE_LOG"));
    Logs.start(level);
    Signals signals = Signals.open();
    ConfigurationFile file = ConfigurationFile.read(run.file());
    List<Problem> problems = ConfigurationCheck.beforeStart(file);
    if (!problems.isEmpty()) {
      problems.forEach(problem -> terminal.failed(problem.toString()));
      return ExitCode.FAILED;
    }
    Configuration configuration = file.configuration();
    Surroundings around = Surroundings.prepare(signals, terminal, configuration, run.upgrade());
    if (run.upgrade()) {
      Server.upgrade(file, level, around, () -> {});
      return null;
    }
    Sockets sockets = around.becomeUser(configuration, around.activated());
    if (run.resetState()) {
      Appliance.reset(configuration);
    }
    Server.start(file, level, around, sockets, () -> {});
    return null;
  }

  private static @Nullable ExitCode demo(Terminal terminal) throws StartException {
    String level = Logs.level(System.getenv("SLUICE_LOG"));
    Logs.start(level);
    Demo.start(level, Surroundings.bare(Signals.open(), terminal));
    return null;
  }
}
