package io.sluice.process;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the arguments ask for. Pure: reads no file and prints nothing.
 *
 * <p>{@code -h} and {@code -V} win over everything else; of both the first one.
 */
sealed interface CommandLine {

  /**
   * Print how Sluice is called.
   *
   * @param text of the command that was asked about
   */
  record Help(String text) implements CommandLine {}

  /** Print the version. */
  record Version() implements CommandLine {}

  /**
   * Serve.
   *
   * @param file as the user typed it; null: {@code application.yaml} in the working directory
   * @param daemon whether in the background
   * @param upgrade whether the listeners of a running Sluice are taken over
   * @param resetState whether the store is put aside first
   */
  record Run(@Nullable String file, boolean daemon, boolean upgrade, boolean resetState)
      implements CommandLine {}

  /**
   * Only check the file.
   *
   * @param file as in {@link Run}
   * @param json whether problems are printed as JSON
   */
  record Test(@Nullable String file, boolean json) implements CommandLine {}

  /** Serve three backends that live inside the process. */
  record Demo() implements CommandLine {}

  /** Print the completion for shells. */
  record Completion() implements CommandLine {}

  /**
   * Speak to a running Sluice.
   *
   * @param arguments the first one names the command
   */
  record Client(List<String> arguments) implements CommandLine {}

  /**
   * Cannot be understood.
   *
   * @param message what is wrong and what to do
   */
  record Wrong(String message) implements CommandLine {}

  /** Understands the arguments of {@code main}. */
  static CommandLine parse(List<String> arguments) {
    return CommandParser.parse(arguments);
  }
}
