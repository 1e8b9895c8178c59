package io.sluice.process;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the arguments ask for. Pure: reads no file and prints nothing.
 *
 * <p>{@code -h} and {@code -V} win over everything to the right of them.
 */
sealed interface CommandLine {

  /** Print {@link #HELP}. */
  record Help() implements CommandLine {}

  /** Print the version. */
  record Version() implements CommandLine {}

  /**
   * Serve, or only check the file.
   *
   * @param file as the user typed it; null: {@code application.yaml} in the working directory
   * @param testOnly whether the file is only checked
   * @param resetState whether the store is put aside first
   */
  record Run(@Nullable String file, boolean testOnly, boolean resetState) implements CommandLine {}

  /** Serve three backends that live inside the process. */
  record Demo() implements CommandLine {}

  /**
   * Cannot be understood.
   *
   * @param message what is wrong and what to do
   */
  record Wrong(String message) implements CommandLine {}

  /** The answer to {@code -h}, without the version's line. */
  String HELP =
      """
      Usage: sluice [-c FILE] [-t] [--reset-state]
             sluice --demo
             sluice COMMAND ...

        -c, --conf FILE  the configuration (YAML); default: application.yaml in the
                         working directory
        -t, --test       check the configuration, print every problem, open no port
            --reset-state
                         put the store aside, under a name with the time in it, and
                         start with what the configuration file says
            --demo       serve three small backends that live inside the process, on
                         http://localhost:6188/
        -h, --help       this text
        -V, --version    the version

      Commands that speak to a running Sluice (each has -h):
        status, backends, drain, ready, revisions, rollback, check, token

      Environment:
        SLUICE_LOG       ERROR, WARN, INFO (default), DEBUG or TRACE
        SLUICE_URL       the management plane that commands speak to; default:
                         http://127.0.0.1:6189
        SLUICE_TOKEN     the token that commands speak with
        SLUICE_JAVA_OPTS more options for java (read by bin/sluice)

      Signals:
        SIGTERM          finish the requests in flight, then end with 0
        SIGINT           end at once

      Exit codes: 0 well, 1 invalid configuration or failed start, 2 wrong usage,
      130 ended by SIGINT.
      """;

  /** Every flag that is known, for the nearest one to a mistake. */
  List<String> FLAGS =
      List.of(
          "-c",
          "--conf",
          "-t",
          "--test",
          "--reset-state",
          "--demo",
          "-h",
          "--help",
          "-V",
          "--version",
          "-d",
          "--daemon",
          "-u",
          "--upgrade");

  /** Understands the arguments of {@code main}. */
  static CommandLine parse(List<String> arguments) {
    String file = null;
    boolean test = false;
    boolean demo = false;
    boolean reset = false;
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String flag = argument.startsWith("--conf=") ? "--conf" : argument;
      switch (flag) {
        case "-h", "--help" -> {
          return new Help();
        }
        case "-V", "--version" -> {
          return new Version();
        }
        case "-t", "--test" -> test = true;
        case "--demo" -> demo = true;
        case "--reset-state" -> reset = true;
        case "-c", "--conf" -> {
          String value = null;
          if (argument.length() > flag.length()) {
            value = argument.substring("--conf=".length());
          } else if (i + 1 < arguments.size() && !arguments.get(i + 1).startsWith("-")) {
            value = arguments.get(++i);
          }
          if (value == null || value.isEmpty()) {
            return wrong(flag + " needs the name of a file: " + flag + " FILE");
          }
          if (file != null) {
            return wrong("two configuration files, " + file + " and " + value + "; name one");
          }
          file = value;
        }
        default -> {
          return unknown(argument);
        }
      }
    }
    if (demo && file != null) {
      return wrong("--demo brings its own configuration and takes no " + file + "; leave one out");
    }
    if (demo && test) {
      return wrong("--demo serves and --test does not; leave one out");
    }
    if (reset && (demo || test)) {
      return wrong("--reset-state is for a start that serves; leave it or the other flag out");
    }
    return demo ? new Demo() : new Run(file, test, reset);
  }

  private static CommandLine unknown(String argument) {
    return switch (argument) {
      case "-d", "--daemon" ->
          wrong(
              argument
                  + " (go to the background) is not available in this version;"
                  + " let systemd or another supervisor run Sluice");
      case "-u", "--upgrade" ->
          wrong(
              argument
                  + " (take over the listeners of a running process) is not available in this"
                  + " version; stop the running process by SIGTERM and start this one");
      default ->
          argument.startsWith("-")
              ? wrong("unknown flag " + argument + "; the nearest is " + nearest(argument))
              : wrong("unexpected argument '" + argument + "'; a file is named by -c FILE");
    };
  }

  private static Wrong wrong(String sentence) {
    return new Wrong(sentence + "; see -h");
  }

  /** The known flag that takes the fewest edits to reach. */
  private static String nearest(String flag) {
    return FLAGS.stream()
        .min(Comparator.comparingInt(known -> distance(flag, known)))
        .orElseThrow();
  }

  /** Levenshtein's distance in half edits; a letter in the other case is half a replacement. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = 2 * j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = 2 * i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + replacement(a.charAt(i - 1), b.charAt(j - 1));
        diagonal = row[j];
        row[j] = Math.min(replaced, 2 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static int replacement(char a, char b) {
    if (a == b) {
      return 0;
    }
    return Character.toLowerCase(a) == Character.toLowerCase(b) ? 1 : 2;
  }
}
