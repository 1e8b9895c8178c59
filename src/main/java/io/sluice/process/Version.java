package io.sluice.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Sluice this is. */
final class Version {
  private Version() {}

  /** The version the build wrote down; {@code development} for classes no build has packaged. */
  static String current() {
    try (InputStream file = Version.class.getResourceAsStream("/META-INF/build-info.properties")) {
      if (file == null) {
        return "development";
      }
      Properties properties = new Properties();
      properties.load(file);
      return properties.getProperty("build.version", "development");
    } catch (IOException e) {
      throw new UncheckedIOException("META-INF/build-info.properties cannot be read", e);
    }
  }
}
