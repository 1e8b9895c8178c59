package io.sluice.store;

import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts of one revision, in memory: what the next one is compared with. Immutable.
 *
 * @param revision 0: the store is empty
 * @param parts of that revision
 */
record Parts(long revision, Map<Part.Key, Part> parts) {
  /** {@code valid_to} of what is in the newest revision. */
  private static final long STILL = Long.MAX_VALUE;

  /** A row as it is stored. */
  record Row(Part.Key key, long digest, String text) {
    boolean isWhole() {
      return Part.digest(key, text) == digest;
    }
  }

  /** The parts of the newest revision, none of them read yet. */
  static Parts newest(Connection connection) throws SQLException {
    Long revision =
        Sql.first(
            connection,
            row -> row.getLong(1),
            "SELECT number FROM revision ORDER BY number DESC LIMIT 1");
    Map<Part.Key, Part> parts = new HashMap<>();
    Sql.list(
            connection,
            row -> new Part(new Part.Key(row.getString(1), row.getString(2)), null, row.getLong(3)),
            "SELECT kind, id, digest FROM part WHERE valid_to = ?",
            STILL)
        .forEach(part -> parts.put(part.key(), part));
    return new Parts(revision == null ? 0 : revision, parts);
  }

  /** The same, with the values of parts that another revision has in the same form. */
  Parts withValuesOf(Parts other) {
    Map<Part.Key, Part> read = new HashMap<>(parts);
    read.replaceAll(
        (key, part) -> {
          Part same = other.parts.get(key);
          return same != null && same.digest() == part.digest() ? same : part;
        });
    return new Parts(revision, Map.copyOf(read));
  }

  /** The same, with the values that have been read from it. */
  Parts withValues(Snapshot snapshot) {
    Map<Part.Key, Part> read = new HashMap<>(parts);
    for (PoolSpec pool : snapshot.pools()) {
      read.computeIfPresent(
          new Part.Key(Part.POOL, pool.id()), (key, part) -> new Part(key, pool, part.digest()));
    }
    for (RouteSpec route : snapshot.routes()) {
      read.computeIfPresent(
          new Part.Key(Part.ROUTE, route.id()), (key, part) -> new Part(key, route, part.digest()));
    }
    return new Parts(revision, Map.copyOf(read));
  }

  /** All rows of a revision. */
  static List<Row> rows(Connection connection, long revision) throws SQLException {
    return Sql.list(
        connection,
        row ->
            new Row(
                new Part.Key(row.getString(1), row.getString(2)), row.getLong(3), row.getString(4)),
        "SELECT kind, id, digest, document FROM part WHERE valid_from <= ? AND valid_to > ?",
        revision,
        revision);
  }

  /** The sum of the parts' digests: changes when one is missing, added or another. */
  long digest() {
    long sum = 0;
    for (Part part : parts.values()) {
      sum += part.digest();
    }
    return sum;
  }

  /**
   * Writes what the next revision has that this one does not.
   *
   * @return the next revision's parts
   */
  Parts writeNext(Connection connection, Snapshot snapshot, Documents documents)
      throws SQLException {
    Writing next = new Writing(documents);
    for (PoolSpec pool : snapshot.pools()) {
      next.add(new Part.Key(Part.POOL, pool.id()), pool);
    }
    for (RouteSpec route : snapshot.routes()) {
      next.add(new Part.Key(Part.ROUTE, route.id()), route);
    }
    next.add(Part.POOLS, snapshot.pools().stream().map(PoolSpec::id).toList());
    next.add(Part.ROUTES, snapshot.routes().stream().map(RouteSpec::id).toList());
    for (Part part : parts.values()) {
      if (!next.parts.containsKey(part.key())) {
        next.ended.add(part.key());
      }
    }
    next.store(connection);
    return new Parts(revision + 1, Map.copyOf(next.parts));
  }

  /** Drops what only revisions below the oldest kept one needed. */
  static void forget(Connection connection, long oldestKept) throws SQLException {
    Sql.update(connection, "DELETE FROM revision WHERE number < ?", oldestKept);
    Sql.update(connection, "DELETE FROM part WHERE valid_to <= ?", oldestKept);
  }

  /** Ids as they stand in an order's text: none holds a line's end. */
  static List<String> ids(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split("\n", -1));
  }

  /** The next revision while it is put together. */
  private final class Writing {
    private final Documents documents;
    private final Map<Part.Key, Part> parts = new HashMap<>();
    private final List<Part.Key> ended = new ArrayList<>();
    private final List<Row> begun = new ArrayList<>();

    Writing(Documents documents) {
      this.documents = documents;
    }

    void add(Part.Key key, Object value) {
      Part old = Parts.this.parts.get(key);
      if (old != null && old.holds(value)) {
        parts.put(key, old);
        return;
      }
      String text = text(value);
      long digest = Part.digest(key, text);
      parts.put(key, new Part(key, value, digest));
      if (old == null || old.digest() != digest) {
        begun.add(new Row(key, digest, text));
        if (old != null) {
          ended.add(key);
        }
      }
    }

    private String text(Object value) {
      return switch (value) {
        case PoolSpec pool -> documents.write(pool);
        case RouteSpec route -> documents.write(route);
        case List<?> ids -> String.join("\n", ids.stream().map(String.class::cast).toList());
        default -> throw new IllegalArgumentException("no part: " + value);
      };
    }

    void store(Connection connection) throws SQLException {
      try (PreparedStatement end =
              connection.prepareStatement(
                  "UPDATE part SET valid_to = ? WHERE kind = ? AND id = ? AND valid_to = ?");
          PreparedStatement begin =
              connection.prepareStatement(
                  "INSERT INTO part (kind, id, valid_from, digest, document)"
                      + " VALUES (?, ?, ?, ?, ?)")) {
        for (Part.Key key : ended) {
          Sql.set(end, revision + 1, key.kind(), key.id(), STILL);
          end.executeUpdate();
        }
        for (Row row : begun) {
          Part.Key key = row.key();
          Sql.set(begin, key.kind(), key.id(), revision + 1, row.digest(), row.text());
          begin.executeUpdate();
        }
      }
    }
  }
}
