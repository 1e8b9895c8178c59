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
    if (arguments.length > 0 && SluiceClient.COMMANDS.contains(arguments[0])) {
      System.exit(client(arguments));
    }
    ExitCode code = run(CommandLine.parse(List.of(arguments)));
    if (code != null) {
      System.exit(code.value());
    }
  }

  private static int client(String[] arguments) {
    Charset terminal = System.out.charset();
    return new SluiceClient(
            System.getenv(),
            new PrintWriter(System.out, true, terminal),
            new PrintWriter(System.err, true, terminal))
        .run(List.of(arguments));
  }

  /** Returns null when the process goes on to serve. */
  private static @Nullable ExitCode run(CommandLine command) {
    try {
      return switch (command) {
        case CommandLine.Help() -> print("Sluice " + Version.current() + "\n\n" + CommandLine.HELP);
        case CommandLine.Version() -> print("Sluice " + Version.current() + "\n");
        case CommandLine.Wrong(String message) -> throw new StartException(ExitCode.USAGE, message);
        case CommandLine.Run(String file, boolean testOnly, boolean reset) ->
            testOnly ? test(file) : serve(file, reset);
        case CommandLine.Demo() -> demo();
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

  private static ExitCode test(@Nullable String named)
      throws StartException, InvalidConfigurationException {
    String file = ConfigurationFile.read(named).file();
    return print("configuration " + file + " is valid\n");
  }

  private static @Nullable ExitCode serve(@Nullable String named, boolean reset)
      throws StartException, InvalidConfigurationException {
    ConfigurationFile file = ConfigurationFile.read(named);
    String level = Logs.level(System.getenv("SLUICE_LOG"));
    Logs.start(level);
    if (reset) {
      Appliance.reset(file.configuration());
    }
    Server.start(file, level, () -> {});
    return null;
  }

  private static @Nullable ExitCode demo() throws StartException {
    String level = Logs.level(System.getenv("SLUICE_LOG"));
    Logs.start(level);
    Demo.start(level);
    return null;
  }
}
