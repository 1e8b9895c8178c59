package io.sluice.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pools, routes and backends as documents: the API's form (trees as a JSON parser gives them, names
 * in camelCase) and the file's (YAML, names with dashes). Whatever is read is checked by the same
 * rules as the configuration file; whatever is written can be read again and gives an equal record.
 *
 * <p>In the API's form a value has the JSON type that its key takes: {@code "5"} is no number and
 * {@code 5} no text. Null says the same as leaving the key out: the default holds. Trees may be 32
 * levels deep and have 2,000,000 values.
 */
public final class SnapshotDocument {
  private static final SpecWriter JSON = new SpecWriter(Naming.API);

  /**
   * What is wrong, and where.
   *
   * @param pointer JSON pointer (RFC 6901) into the document, with the names as written there, for
   *     instance {@code /routes/0/pool}; of a key that is missing, where it would stand
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

    /**
     * Everything that is wrong, in the document's order; at least one. Of more than 1000 only the
     * first, and then how many more there are.
     */
    public List<Violation> violations() {
      return violations;
    }
  }

  private SnapshotDocument() {}

  /**
   * Reads a snapshot: {@code {"pools": [...], "routes": [...]}}. What is absent is empty; unlike in
   * the file, a pool with the id {@code default} gets no route by itself.
   *
   * @param tree maps, lists, strings, numbers, booleans and nulls
   */
  public static Snapshot snapshot(@Nullable Object tree) throws InvalidException {
    return DocumentReader.read(tree, DocumentReader::snapshot);
  }

  /** Reads a pool, with its backends or without any. */
  public static PoolSpec pool(@Nullable Object tree) throws InvalidException {
    return DocumentReader.read(tree, DocumentReader::pool);
  }

  /** Reads a backend. */
  public static BackendSpec backend(@Nullable Object tree) throws InvalidException {
    return DocumentReader.read(tree, DocumentReader::backend);
  }

  /** Reads a route; whether its pool exists is not asked. */
  public static RouteSpec route(@Nullable Object tree) throws InvalidException {
    return DocumentReader.read(tree, DocumentReader::route);
  }

  /**
   * Reads a snapshot from YAML in the file's form: the mapping below {@code sluice.bootstrap}. It
   * adds no route by itself either.
   */
  public static Snapshot fromYaml(String yaml) throws InvalidException {
    return DocumentReader.readYaml(yaml, DocumentReader::snapshot);
  }

  /** A snapshot with every value written out, durations as ISO 8601. */
  public static Map<String, @Nullable Object> write(Snapshot snapshot) {
    return JSON.snapshot(snapshot);
  }

  /** A pool with every value written out. */
  public static Map<String, @Nullable Object> write(PoolSpec pool) {
    return JSON.pool(pool);
  }

  /** A backend with every value written out. */
  public static Map<String, @Nullable Object> write(BackendSpec backend) {
    return JSON.backend(backend);
  }

  /** A route with every value written out. */
  public static Map<String, @Nullable Object> write(RouteSpec route) {
    return JSON.route(route);
  }

  /** A snapshot as YAML in the file's form; what is the default is left out. */
  public static String toYaml(Snapshot snapshot) {
    return SnapshotYaml.write(snapshot);
  }

  /** What single parts cannot know: unique ids and addresses, routes to pools that exist. */
  public static List<Violation> validate(Snapshot snapshot) {
    return SnapshotValidator.validate(snapshot);
  }
}
