package io.sluice.store;

import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import io.sluice.store.Parts.Row;
import io.sluice.store.StoreException.Kind;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Revisions, stored by their parts. The newest is kept in memory too: the next is compared with it
 * part by part, first by identity, so that what has not changed costs nothing.
 */
final class SqliteSnapshots implements SnapshotStore {
  private static final int MOST_LISTED = 500;
  private static final String COLUMNS =
      "SELECT number, at, author, source, reason, summary, digest FROM revision ";

  private final Database database;
  private final Documents documents;
  private final int kept;
  private final Clock clock;
  private final LongConsumer acknowledged;

  /** Held while a revision is made, from comparing to having noted it here. */
  private final ReentrantLock appending = new ReentrantLock();

  /** Written under {@code appending}, read by all. */
  private volatile Newest newest = new Newest(null, new Parts(0, Map.of()), false);

  /**
   * The newest revision.
   *
   * @param stored null: there is none, or it has not been read
   * @param certain false after a failed write and at first: the file knows, and values are used
   *     again whose digest it has
   */
  private record Newest(@Nullable Stored stored, Parts parts, boolean certain) {}

  /** A revision with the sum of its parts' digests. */
  private record Numbered(Revision revision, long digest) {}

  /** What a transaction that has read a revision hands on. */
  private record Found(Numbered numbered, List<Row> rows) {}

  /**
   * @param kept how many revisions, at least 1
   * @param acknowledged told of every revision before {@link #append} returns
   */
  SqliteSnapshots(
      Database database, Documents documents, int kept, Clock clock, LongConsumer acknowledged) {
    this.database = database;
    this.documents = documents;
    this.kept = kept;
    this.clock = clock;
    this.acknowledged = acknowledged;
  }

  /** Another process may have written: the file knows which revision is the newest. */
  void reread() {
    appending.lock();
    try {
      newest = new Newest(newest.stored, newest.parts, false);
    } finally {
      appending.unlock();
    }
  }

  @Override
  public @Nullable Stored newest() {
    Newest known = newest;
    if (known.certain && (known.stored != null || known.parts.revision() == 0)) {
      return known.stored;
    }
    appending.lock();
    try {
      known = newest;
      Parts parts = database.read(Parts::newest).withValuesOf(known.parts);
      long number = parts.revision();
      Stored stored = number == 0 ? null : load(number, parts.parts());
      newest =
          new Newest(stored, stored == null ? parts : parts.withValues(stored.snapshot()), true);
      return stored;
    } finally {
      appending.unlock();
    }
  }

  /** {@inheritDoc} What is written is compared with what is stored; {@code before} is only told. */
  @Override
  public Stored append(Change change, Snapshot before, Snapshot after) {
    Instant at = clock.instant().truncatedTo(ChronoUnit.MICROS);
    String summary = ChangeSummary.of(before, after);
    appending.lock();
    try {
      Newest known = newest;
      newest = new Newest(known.stored, known.parts, false);
      Newest next =
          database.write(
              connection -> {
                Parts old =
                    known.certain
                        ? known.parts
                        : Parts.newest(connection).withValuesOf(known.parts);
                Parts parts = old.writeNext(connection, after, documents);
                Revision revision =
                    new Revision(
                        parts.revision(),
                        at,
                        change.actor().name(),
                        change.source(),
                        change.reason(),
                        summary);
                insert(connection, revision, parts.digest());
                SqliteAudit.insert(connection, line(change, revision));
                Parts.forget(connection, revision.number() - kept + 1);
                return new Newest(new Stored(revision, after), parts, true);
              },
              stored -> acknowledged.accept(stored.parts.revision()));
      newest = next;
      return Objects.requireNonNull(next.stored);
    } finally {
      appending.unlock();
    }
  }

  private static void insert(Connection connection, Revision revision, long digest)
      throws SQLException {
    Sql.update(
        connection,
        "INSERT INTO revision (number, at, author, source, reason, summary, digest)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        revision.number(),
        revision.at(),
        revision.author(),
        revision.source(),
        revision.reason(),
        revision.summary(),
        digest);
  }

  private static AuditEntry line(Change change, Revision revision) {
    return new AuditEntry(
        0,
        revision.at(),
        change.actor(),
        change.action(),
        revision.number() == 1 ? null : revision.number() - 1,
        revision.number(),
        change.reason(),
        "applied",
        null,
        change.requestId());
  }

  @Override
  public @Nullable Stored find(long number) {
    Newest known = newest;
    Stored stored = known.stored;
    return known.certain && stored != null && stored.revision().number() == number
        ? stored
        : load(number, known.parts.parts());
  }

  /**
   * Reads a revision.
   *
   * @param known parts that need not be read again where the stored digest is theirs
   */
  private @Nullable Stored load(long number, Map<Part.Key, Part> known) {
    List<Found> found =
        database.read(
            connection -> {
              Numbered numbered =
                  Sql.first(
                      connection, SqliteSnapshots::numbered, COLUMNS + "WHERE number = ?", number);
              return numbered == null
                  ? List.of()
                  : List.of(new Found(numbered, Parts.rows(connection, number)));
            });
    if (found.isEmpty()) {
      return null;
    }
    Found revision = found.getFirst();
    String damage = damage(revision);
    if (damage != null) {
      throw corrupt(number, damage, null);
    }
    return new Stored(revision.numbered.revision(), snapshot(number, revision.rows, known));
  }

  /** What is wrong with a revision's texts, held against their digests; null: nothing. */
  private static @Nullable String damage(Found found) {
    long sum = 0;
    for (Row row : found.rows) {
      if (!row.isWhole()) {
        return row.key()
            + " of revision "
            + found.numbered.revision().number()
            + " is not the text that was stored";
      }
      sum += row.digest();
    }
    return sum == found.numbered.digest()
        ? null
        : "a part of revision "
            + found.numbered.revision().number()
            + " is missing, or one too many is there";
  }

  private Snapshot snapshot(long number, List<Row> rows, Map<Part.Key, Part> known) {
    Map<Part.Key, Object> values = new ConcurrentHashMap<>();
    // On all processors: at the start of a large configuration this is most of the work.
    rows.parallelStream()
        .forEach(
            row -> {
              Part part = known.get(row.key());
              Object value = part == null || part.digest() != row.digest() ? null : part.value();
              values.put(row.key(), value == null ? read(number, row) : value);
            });
    return new Snapshot(
        ordered(number, values, Part.POOLS, Part.POOL, PoolSpec.class),
        ordered(number, values, Part.ROUTES, Part.ROUTE, RouteSpec.class));
  }

  private Object read(long number, Row row) {
    try {
      return switch (row.key().kind()) {
        case Part.POOL -> documents.pool(row.text());
        case Part.ROUTE -> documents.route(row.text());
        default -> Parts.ids(row.text());
      };
    } catch (Documents.UnreadableException unreadable) {
      throw corrupt(
          number,
          row.key() + " is not valid for this version of Sluice: " + unreadable.getMessage(),
          unreadable);
    }
  }

  private <T> List<T> ordered(
      long number, Map<Part.Key, Object> values, Part.Key order, String kind, Class<T> type) {
    List<T> all = new ArrayList<>();
    if (values.get(order) instanceof List<?> ids) {
      for (Object id : ids) {
        Part.Key key = new Part.Key(kind, String.valueOf(id));
        Object value = values.get(key);
        if (value == null) {
          throw corrupt(number, key + " is missing", null);
        }
        all.add(type.cast(value));
      }
    }
    return all;
  }

  private StoreException corrupt(long number, String what, @Nullable Throwable cause) {
    String message =
        "Revision %d in %s cannot be read: %s. Roll back to another revision, or store the whole"
                .formatted(number, database.file(), what)
            + " configuration anew.";
    return cause == null
        ? new StoreException(Kind.CORRUPT, message)
        : new StoreException(Kind.CORRUPT, message, cause);
  }

  @Override
  public List<Revision> list(long before, int limit) {
    if (limit < 1 || limit > MOST_LISTED) {
      throw new IllegalArgumentException("limit is " + limit + "; it takes 1 to " + MOST_LISTED);
    }
    return database.read(
        connection ->
            Sql.list(
                connection,
                row -> numbered(row).revision(),
                COLUMNS + "WHERE number < ? ORDER BY number DESC LIMIT ?",
                before,
                limit));
  }

  @Override
  public @Nullable Revision lastChangeOfPool(String id) {
    return lastChange(Part.POOL, id);
  }

  @Override
  public @Nullable Revision lastChangeOfRoute(String id) {
    return lastChange(Part.ROUTE, id);
  }

  /** The revision that brought it into its newest form, or that removed it. */
  private @Nullable Revision lastChange(String kind, String id) {
    List<Revision> found =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    row -> numbered(row).revision(),
                    COLUMNS
                        + "WHERE number = (SELECT CASE WHEN valid_to = ? THEN valid_from"
                        + " ELSE valid_to END FROM part WHERE kind = ? AND id = ?"
                        + " ORDER BY valid_from DESC LIMIT 1)",
                    Long.MAX_VALUE,
                    kind,
                    id));
    return found.isEmpty() ? null : found.getFirst();
  }

  /**
   * What is wrong with the newest revision's texts or with the sequence of numbers; null: nothing.
   * Whether the texts are valid is not looked at.
   */
  @Nullable String damage() {
    List<String> all =
        database.read(
            connection -> {
              Long missing =
                  Sql.first(
                      connection,
                      row -> row.getLong(1),
                      "SELECT max(number) - min(number) + 1 - count(*) FROM revision");
              if (missing != null && missing != 0) {
                return List.of(
                    "between the first and the last revision " + missing + " are missing");
              }
              Numbered last =
                  Sql.first(
                      connection,
                      SqliteSnapshots::numbered,
                      COLUMNS + "ORDER BY number DESC LIMIT 1");
              String damage =
                  last == null
                      ? null
                      : damage(new Found(last, Parts.rows(connection, last.revision().number())));
              return damage == null ? List.of() : List.of(damage);
            });
    return all.isEmpty() ? null : all.getFirst();
  }

  private static Numbered numbered(ResultSet row) throws SQLException {
    return new Numbered(
        new Revision(
            row.getLong("number"),
            Sql.instant(row.getLong("at")),
            row.getString("author"),
            row.getString("source"),
            row.getString("reason"),
            row.getString("summary")),
        row.getLong("digest"));
  }
}
