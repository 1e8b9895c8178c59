package io.sluice.config;

import java.util.List;
import java.util.Map;

/**
 * Pools, routes and backends as documents: the API's form (trees as a JSON parser gives them, names
 * in camelCase) and the file's (YAML, names with dashes). Whatever is read is checked by the same
 * rules as the configuration file; whatever is written can be read again and gives an equal record.
 */
@SuppressWarnings("DoNotCallSuggester") // until its methods are written
public final class SnapshotDocument {

  /**
   * What is wrong, and where.
   *
   * @param pointer JSON pointer (RFC 6901) into the document, for instance {@code /routes/0/pool}
   * @param message what is wrong, what was expected and, for an unknown name, the nearest known one
   */
  public record Violation(String pointer, String message) {}

  /** A document that cannot be used. */
  public static final class InvalidException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient List<Violation> violations;

    public InvalidException(List<Violation> violations) {
      super(violations.toString());
      this.violations = List.copyOf(violations);
    }

    /** Everything that is wrong, in the document's order; at least one. */
    public List<Violation> violations() {
      return violations;
    }
  }

  private SnapshotDocument() {}

  /**
   * Reads a snapshot: {@code {"pools": [...], "routes": [...]}}.
   *
   * @param tree maps, lists, strings, numbers, booleans and nulls
   */
  public static Snapshot snapshot(Object tree) throws InvalidException {
    throw new UnsupportedOperationException();
  }

  /** Reads a pool, with its backends or without any. */
  public static PoolSpec pool(Object tree) throws InvalidException {
    throw new UnsupportedOperationException();
  }

  /** Reads a backend. */
  public static BackendSpec backend(Object tree) throws InvalidException {
    throw new UnsupportedOperationException();
  }

  /** Reads a route. */
  public static RouteSpec route(Object tree) throws InvalidException {
    throw new UnsupportedOperationException();
  }

  /** Reads a snapshot from YAML in the file's form: the mapping below {@code sluice.bootstrap}. */
  public static Snapshot fromYaml(String yaml) throws InvalidException {
    throw new UnsupportedOperationException();
  }

  /** A snapshot with every value written out, durations as ISO 8601. */
  public static Map<String, Object> write(Snapshot snapshot) {
    throw new UnsupportedOperationException();
  }

  /** A pool with every value written out. */
  public static Map<String, Object> write(PoolSpec pool) {
    throw new UnsupportedOperationException();
  }

  /** A backend with every value written out. */
  public static Map<String, Object> write(BackendSpec backend) {
    throw new UnsupportedOperationException();
  }

  /** A route with every value written out. */
  public static Map<String, Object> write(RouteSpec route) {
    throw new UnsupportedOperationException();
  }

  /** A snapshot as YAML in the file's form. */
  public static String toYaml(Snapshot snapshot) {
    throw new UnsupportedOperationException();
  }

  /** What single parts cannot know: unique ids and addresses, routes to pools that exist. */
  public static List<Violation> validate(Snapshot snapshot) {
    return SnapshotValidator.validate(snapshot);
  }
}
