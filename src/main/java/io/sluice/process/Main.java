package io.sluice.process;

import io.sluice.client.SluiceClient;
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
        case CommandLine.Run run -> serve(run);
        case CommandLine.Demo() -> demo();
        case CommandLine.Client client -> throw new IllegalArgumentException("runs elsewhere");
      };
    } catch (InvalidConfigurationException e) {
      for (Problem problem : e.problems()) {
        System.err.println(problem);
      }
      return ExitCode.FAILED;
    } catch (StartException e) {
      System.err.println("sluice: " + e.getMessage());
      return e.code();
    } catch (RuntimeException | Error e) {
      // A mistake of ours. Threads of a half-started plane would keep the process alive.
      System.err.println("sluice: the start failed unexpectedly, please report this:");
      e.printStackTrace();
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
    Logs.start("OFF"); // what is found is printed, once and with its place
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

  private static @Nullable ExitCode serve(CommandLine.Run run)
      throws StartException, InvalidConfigurationException {
    refuseWhatComesLater(run);
    String level = Logs.level(System.getenv("SLUICE_LOG"));
    Logs.start(level);
    Signals signals = Signals.open();
    ConfigurationFile file = ConfigurationFile.read(run.file());
    List<Problem> problems = ConfigurationCheck.beforeStart(file);
    if (!problems.isEmpty()) {
      problems.forEach(System.err::println);
      return ExitCode.FAILED;
    }
    if (run.resetState()) {
      Appliance.reset(file.configuration());
    }
    Server.start(file, level, signals, () -> {});
    return null;
  }

  private static void refuseWhatComesLater(CommandLine.Run run) throws StartException {
    if (run.daemon()) {
      throw new StartException(
          ExitCode.USAGE,
          "-d (go to the background) is not available in this version; let systemd or another"
              + " supervisor run Sluice; see -h");
    }
    if (run.upgrade()) {
      throw new StartException(
          ExitCode.USAGE,
          "-u (take over the listeners of a running process) is not available in this version;"
              + " stop the running process by SIGTERM and start this one; see -h");
    }
  }

  private static @Nullable ExitCode demo() throws StartException {
    String level = Logs.level(System.getenv("SLUICE_LOG"));
    Logs.start(level);
    Demo.start(level, Signals.open());
    return null;
  }
}
