package io.sluice.config;

/**
 * One thing that is wrong with a configuration file.
 *
 * @param file as the operator named it
 * @param line from 1
 * @param column from 1
 * @param key dotted path as written, for instance {@code sluice.bootstrap.pools[0].algorithm};
 *     empty when the file is no YAML at all
 * @param message what is wrong, what was expected and, for an unknown key, the nearest known one
 */
public record Problem(String file, int line, int column, String key, String message) {
  @Override
  public String toString() {
    String place = file + ":" + line + ":" + column;
    return key.isEmpty() ? place + " " + message : place + " " + key + ": " + message;
  }
}
