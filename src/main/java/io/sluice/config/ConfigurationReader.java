package io.sluice.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/** Reads the text of a configuration file into validated records; opens no file itself. */
public final class ConfigurationReader {
  private ConfigurationReader() {}

  /**
   * Reads a configuration.
   *
   * <p>Spring's own sections ({@code spring}, {@code logging}, {@code management}, {@code server})
   * are passed over. An empty file gives the defaults.
   *
   * @param file the name for messages
   * @param yaml its text, at most 16 MiB
   * @throws InvalidConfigurationException with every problem that was found
   */
  public static Configuration read(String file, String yaml) throws InvalidConfigurationException {
    Problems problems = new Problems(file, Naming.FILE);
    Node root = YamlText.parse(yaml, problems);
    Configuration configuration = SluiceReader.read(file(root, problems));
    if (!problems.isEmpty()) {
      throw new InvalidConfigurationException(problems.inFileOrder());
    }
    return configuration;
  }

  private static YamlMapping file(@Nullable Node root, Problems problems) {
    YamlValue value = root == null ? null : YamlValue.of(root, Place.ROOT, problems);
    YamlMapping file = value == null || value.isNothing() ? null : value.mapping(KnownKeys.FILE);
    return file == null ? YamlMapping.empty(Place.ROOT, problems, KnownKeys.FILE) : file;
  }
}
