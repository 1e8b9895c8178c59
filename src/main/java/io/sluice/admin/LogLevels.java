package io.sluice.admin;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

/** What is logged. A level set here holds until the next start. */
@Component
final class LogLevels {
  /** Back to what the logger above it has. */
  static final String INHERIT = "inherit";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.$-]{1,200}");

  private final LoggingSystem logging;
  private final AuditTrail audit;

  LogLevels(LoggingSystem logging, AuditTrail audit) {
    this.logging = logging;
    this.audit = audit;
  }

  /** A logger that has a level of its own. */
  record View(String name, String level) {}

  /** All that have one, by name. */
  List<View> all() {
    return logging.getLoggerConfigurations().stream()
        .filter(LogLevels::isSet)
        .map(each -> new View(each.getName(), word(each.getEffectiveLevel())))
        .toList();
  }

  private static boolean isSet(LoggerConfiguration each) {
    return each.getConfiguredLevel() != null;
  }

  /** The levels, and {@link #INHERIT}. */
  List<String> words() {
    return List.of("error", "warn", "info", "debug", "trace", "off", INHERIT);
  }

  /**
   * Sets one, with a line in the audit.
   *
   * @throws ProblemException 400 when there is no such level or the name is none
   */
  void set(ServerWebExchange exchange, @Nullable String name, @Nullable String level) {
    String logger = Fields.required("/logger", name);
    String word = Fields.required("/level", level);
    if (!NAME.matcher(logger).matches()) {
      throw ProblemException.badField(
          "/logger", "a logger's name is letters, digits, dots and dashes, as io.sluice.health");
    }
    if (!words().contains(word)) {
      throw ProblemException.badField("/level", "a level is one of " + String.join(", ", words()));
    }
    logging.setLogLevel(
        logger, word.equals(INHERIT) ? null : LogLevel.valueOf(word.toUpperCase(Locale.ROOT)));
    audit.applied(exchange, Caller.actor(exchange), "log level of " + logger + ": " + word);
  }

  private static String word(@Nullable LogLevel level) {
    return level == null ? INHERIT : level.name().toLowerCase(Locale.ROOT);
  }
}
