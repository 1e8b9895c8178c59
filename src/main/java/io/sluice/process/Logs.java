package io.sluice.process;

import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Sluice's own log: its level from the environment, and its end. */
final class Logs {
  private Logs() {}

  private static final List<String> LEVELS = List.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE");

  /**
   * The level that {@code SLUICE_LOG} names, in any case.
   *
   * @param value of the variable; null or empty: not set
   * @return one of ERROR, WARN, INFO, DEBUG and TRACE; null when not set
   * @throws StartException when it is anything else
   */
  static @Nullable String level(@Nullable String value) throws StartException {
    if (value == null || value.isEmpty()) {
      return null;
    }
    String level = value.toUpperCase(Locale.ROOT);
    if (!LEVELS.contains(level)) {
      throw new StartException(
          ExitCode.USAGE, "SLUICE_LOG is '" + value + "'; it takes " + String.join(", ", LEVELS));
    }
    return level;
  }

  /**
   * Sets the level of everything Sluice logs. Must come before the first logger is used, because
   * {@code logback.xml} reads it once.
   */
  static void start(@Nullable String level) {
    if (level != null) {
      System.setProperty("sluice.log", level);
    }
  }

  /**
   * For a command that prints what it has to say: nothing is logged. Must come before the first
   * logger is used. To set up a log costs such a command more time than its work.
   */
  static void none() {
    System.setProperty("slf4j.internal.verbosity", "WARN"); // or it tells that it obeys
    System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
  }

  /** Writes out what is still queued; nothing is logged afterwards. Waits 1 s at most. */
  static void stop() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.stop();
    }
    System.out.flush();
    System.err.flush();
  }
}
