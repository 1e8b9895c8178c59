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
 * @param severity whether the file can be served all the same
 */
public record Problem(
    String file, int line, int column, String key, String message, Severity severity) {
  /** Whether the file can be served all the same. */
  public enum Severity {
    /** It cannot. */
    ERROR,
    /** It can, but something will not be as it should be. */
    WARNING
  }

  /** Whether nothing is served with it. */
  public boolean isError() {
    return severity == Severity.ERROR;
  }

  @Override
  public String toString() {
    String place = file + ":" + line + ":" + column;
    String text = isError() ? message : "warning: " + message;
    return key.isEmpty() ? place + " " + text : place + " " + key + ": " + text;
  }
}
