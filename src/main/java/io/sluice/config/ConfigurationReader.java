package io.sluice.config;

/** Reads the text of a configuration file into validated records; opens no file itself. */
public final class ConfigurationReader {
  private ConfigurationReader() {}

  /**
   * Reads a configuration.
   *
   * @param file the name for messages
   * @param yaml its text
   * @throws InvalidConfigurationException with every problem that was found
   */
  @SuppressWarnings("DoNotCallSuggester")
  public static Configuration read(String file, String yaml) throws InvalidConfigurationException {
    throw new InvalidConfigurationException(
        java.util.List.of(new Problem(file, 1, 1, "", "the reader is being built")));
  }
}
