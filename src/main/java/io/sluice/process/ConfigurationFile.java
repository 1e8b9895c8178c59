package io.sluice.process;

import io.sluice.config.Configuration;
import io.sluice.config.ConfigurationReader;
import io.sluice.config.InvalidConfigurationException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A configuration and the text it was read from. The file is read once, so that both planes see the
 * same text.
 *
 * @param file as the user named it, for messages
 * @param yaml its text; the management plane takes Spring's sections from it
 * @param configuration what it says about Sluice
 */
record ConfigurationFile(String file, String yaml, Configuration configuration) {

  /** Looked for in the working directory when no file is named. */
  static final String DEFAULT = "application.yaml";

  /**
   * Reads and validates a file.
   *
   * @param named as the user typed it; null: {@link #DEFAULT}
   * @throws StartException when there is no such file or it cannot be read; wrong usage
   * @throws InvalidConfigurationException with every problem of its content
   */
  static ConfigurationFile read(@Nullable String named)
      throws StartException, InvalidConfigurationException {
    String file = name(named);
    String yaml = text(named);
    return new ConfigurationFile(file, yaml, ConfigurationReader.read(file, yaml));
  }

  /** How the file is called in messages. */
  static String name(@Nullable String named) {
    return named == null ? DEFAULT : named;
  }

  /**
   * The text of a file.
   *
   * @throws StartException when there is no such file or it cannot be read
   */
  static String text(@Nullable String named) throws StartException {
    String file = name(named);
    boolean byDefault = named == null;
    Path path = Path.of(file);
    if (!Files.exists(path)) {
      String where = path.toAbsolutePath().toString();
      throw wrong(
          byDefault
              ? "no configuration: there is no "
                  + where
                  + "; name a file by -c FILE,"
                  + " or see how it works by --demo"
              : "the configuration file "
                  + file
                  + " does not exist"
                  + (path.isAbsolute() ? "" : " (looked for " + where + ")"),
          null);
    }
    if (Files.isDirectory(path)) {
      throw wrong("the configuration file " + file + " is a directory", null);
    }
    try {
      return Files.readString(path);
    } catch (CharacterCodingException e) {
      throw new StartException(
          ExitCode.FAILED, "the configuration file " + file + " is not UTF-8 text", e);
    } catch (IOException e) {
      String reason = Files.isReadable(path) ? String.valueOf(e.getMessage()) : "permission denied";
      throw wrong("the configuration file " + file + " cannot be read: " + reason, e);
    }
  }

  private static StartException wrong(String message, @Nullable Throwable cause) {
    return cause == null
        ? new StartException(ExitCode.USAGE, message)
        : new StartException(ExitCode.USAGE, message, cause);
  }
}
