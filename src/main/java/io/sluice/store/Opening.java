package io.sluice.store;

import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteDataSource;

/**
 * What happens before a store is used: it is created whole or not at all, checked, restored from
 * its backup when it is damaged, and brought to the newest schema.
 */
final class Opening {
  private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

  /** A larger file of what was observed is not read through at the start: that takes too long. */
  private static final long MOST_CHECKED_BYTES = 64L * 1024 * 1024;

  /** SQLite's smallest page, and there is at least one. */
  private static final long SMALLEST_BYTES = 512;

  private final StoreFiles files;
  private final Clock clock;
  private final long acknowledged;
  private final boolean back;

  /**
   * @param acknowledged the newest revision that the store should have; 0: unknown
   * @param back whether this process has given it up to another one that goes again: what a newer
   *     Sluice has made of it is taken back where that loses no revision
   */
  Opening(StoreFiles files, Clock clock, long acknowledged, boolean back) {
    this.files = files;
    this.clock = clock;
    this.acknowledged = acknowledged;
    this.back = back;
  }

  /** Loads SQLite, so that the next opening is quick. */
  static void warmUp(StoreFiles files) {
    try (Connection connection = new SQLiteDataSource().getConnection()) {
      Sql.first(connection, row -> row.getString(1), "SELECT sqlite_version()");
    } catch (SQLException failure) {
      throw Failures.of(files.store(), failure);
    }
  }

  /**
   * Makes what operators want ready for use.
   *
   * @return what was lost or restored; null: nothing
   * @throws StoreException CORRUPT when it is damaged and there is no good backup
   */
  SqliteStore.@Nullable Restored intent() {
    try {
      Path store = files.store();
      if (!StoreFiles.exists(store)) {
        return StoreFiles.exists(files.backup()) ? restoreMissing() : create();
      }
      SqliteStore.Restored restored = back ? backFromNewer() : null;
      if (restored != null) {
        return restored;
      }
      Finding finding = check(store, Schema.INTENT);
      if (finding.damage != null) {
        restored = restoreDamaged(finding.damage);
      } else if (finding.newest < acknowledged) {
        restored = behind(finding.newest);
      }
      migrate(store, SynchronousMode.FULL, Schema.INTENT);
      return restored;
    } catch (IOException failure) {
      throw Failures.of(files.store(), failure);
    } catch (SQLException failure) {
      throw Failures.of(files.store(), failure);
    }
  }

  /** Makes what was observed ready for use; a damaged file is set aside and begun anew. */
  void observed() {
    Path file = files.observed();
    try {
      if (StoreFiles.exists(file)) {
        String damage = damageOfObserved(file);
        if (damage != null) {
          Path aside = StoreFiles.aside(file, "corrupt", clock);
          StoreFiles.moveDatabase(file, aside);
          LOG.error(
              "The history {} was damaged ({}) and begins anew; it was moved to {}.",
              file,
              damage,
              aside);
        }
      }
      Files.deleteIfExists(files.observedDamage());
      StoreFiles.createPrivate(file);
      migrate(file, SynchronousMode.NORMAL, Schema.OBSERVED);
    } catch (IOException failure) {
      throw Failures.of(file, failure);
    } catch (SQLException failure) {
      throw Failures.of(file, failure);
    }
  }

  private @Nullable String damageOfObserved(Path file) throws SQLException, IOException {
    if (StoreFiles.exists(files.observedDamage())) {
      return "SQLite found damage while it was in use";
    }
    // An empty one is what a kill left between creating it and its tables.
    return Files.size(file) == 0 || Files.size(file) > MOST_CHECKED_BYTES ? null : damage(file);
  }

  /**
   * What a look at a database has shown.
   *
   * @param damage null: none
   * @param newest its newest revision; 0: none
   */
  private record Finding(@Nullable String damage, long newest) {}

  /** What is wrong with a copy of what operators want; null: nothing. */
  static @Nullable String damageOfCopy(Path copy) throws SQLException, IOException {
    return check(copy, Schema.INTENT).damage;
  }

  private static Finding check(Path file, Schema schema) throws SQLException, IOException {
    String damage = damage(file);
    if (damage != null) {
      return new Finding(damage, 0);
    }
    try (Database database = new Database(file, SynchronousMode.FULL)) {
      int version = database.read(Schema::version);
      if (version > schema.newest()) {
        throw new StoreException(
            Kind.UNAVAILABLE,
            "The store "
                + file
                + " has schema version "
                + version
                + ", and this Sluice knows "
                + schema.newest()
                + ": a newer Sluice has written it. Start that version, or restore a copy from"
                + " before the upgrade.");
      }
      if (version == 0) {
        return new Finding("it has none of Sluice's tables", 0);
      }
      SqliteSnapshots snapshots =
          new SqliteSnapshots(database, Documents.JSON, 1, Clock.systemUTC(), number -> {});
      List<Revision> newest = snapshots.list(Long.MAX_VALUE, 1);
      return new Finding(snapshots.damage(), newest.isEmpty() ? 0 : newest.getFirst().number());
    } catch (StoreException failure) {
      if (failure.kind() == Kind.CORRUPT) {
        return new Finding(String.valueOf(failure.getMessage()), 0);
      }
      throw failure;
    }
  }

  /** What SQLite finds wrong with a file; null: nothing. */
  private static @Nullable String damage(Path file) throws SQLException, IOException {
    if (Files.size(file) < SMALLEST_BYTES) {
      // SQLite would take it for a new one. Ours never are empty: they come into place whole.
      return "it has only " + Files.size(file) + " bytes";
    }
    try (Connection connection =
        new Database(file, SynchronousMode.FULL).source().getConnection()) {
      String found = Sql.first(connection, row -> row.getString(1), "PRAGMA integrity_check(1)");
      return "ok".equals(found)
          ? null
          : String.valueOf(found).replace("*** in database main ***\n", "").replace('\n', ' ');
    } catch (SQLException failure) {
      if (Failures.isDamage(failure)) {
        return failure.getMessage();
      }
      throw failure;
    }
  }

  private SqliteStore.@Nullable Restored create() throws IOException, SQLException {
    Path store = files.store();
    Path unfinished = StoreFiles.beside(store, ".new");
    setAsideLog();
    StoreFiles.deleteDatabase(unfinished);
    StoreFiles.createPrivate(unfinished);
    migrate(unfinished, SynchronousMode.FULL, Schema.INTENT);
    StoreFiles.replace(unfinished, store);
    return acknowledged == 0
        ? null
        : new SqliteStore.Restored(
            0,
            null,
            "The store "
                + store
                + " was missing and there was no backup of it: it begins anew. Revisions up to "
                + acknowledged
                + " are lost, with accounts, tokens and audit.");
  }

  /** A log without its database would be taken for the next database's. */
  private void setAsideLog() throws IOException {
    Path wal = StoreFiles.wal(files.store());
    if (StoreFiles.exists(wal)) {
      Path aside = StoreFiles.aside(files.store(), "corrupt", clock);
      StoreFiles.moveDatabase(files.store(), aside);
      LOG.error("The log {} had no database and was moved to {}.", wal, StoreFiles.wal(aside));
    }
  }

  private SqliteStore.Restored restoreMissing() throws IOException, SQLException {
    Copy copy = copyOfBackup();
    if (copy.finding.damage != null) {
      throw new StoreException(
          Kind.CORRUPT,
          "The store "
              + files.store()
              + " is missing and its backup "
              + files.backup()
              + " is damaged ("
              + copy.finding.damage
              + "). Restore a copy of your own, or start anew with --reset-state.");
    }
    setAsideLog();
    StoreFiles.replace(copy.file, files.store());
    migrate(files.store(), SynchronousMode.FULL, Schema.INTENT);
    return restored(copy, null, "was missing");
  }

  private SqliteStore.Restored restoreDamaged(String damage) throws IOException, SQLException {
    if (!StoreFiles.exists(files.backup())) {
      throw unrecoverable(damage, "there is no backup of it");
    }
    Copy copy = copyOfBackup();
    if (copy.finding.damage != null) {
      throw unrecoverable(
          damage, "its backup " + files.backup() + " is too (" + copy.finding.damage + ")");
    }
    return replaceBy(copy, "corrupt", "was damaged (" + damage + ")");
  }

  private SqliteStore.Restored replaceBy(Copy copy, String ending, String why) throws IOException {
    Path aside = StoreFiles.aside(files.store(), ending, clock);
    StoreFiles.moveDatabase(files.store(), aside);
    StoreFiles.replace(copy.file, files.store());
    return restored(copy, aside, why + " and was moved to " + aside);
  }

  private SqliteStore.Restored restored(Copy copy, @Nullable Path aside, String why) {
    return new SqliteStore.Restored(
        copy.finding.newest,
        aside,
        "The store "
            + files.store()
            + " "
            + why
            + "; its backup was restored. "
            + lost(copy.finding.newest)
            + " The last half minute's changes of accounts and tokens may be missing too.");
  }

  private String lost(long newest) {
    String has = newest == 0 ? "It has no revision" : "Its newest revision is " + newest;
    if (acknowledged <= newest) {
      return has + (acknowledged == 0 ? "; later ones, if any, are lost." : "; none is lost.");
    }
    return has
        + ": "
        + (acknowledged == newest + 1
            ? "revision " + acknowledged + " is lost."
            : "revisions " + (newest + 1) + " to " + acknowledged + " are lost.");
  }

  private StoreException unrecoverable(String damage, String backup) {
    return new StoreException(
        Kind.CORRUPT,
        "The store "
            + files.store()
            + " is damaged ("
            + damage
            + "), and "
            + backup
            + ". Put a copy of your own in its place, or start anew with --reset-state, which moves"
            + " it aside; nothing was changed.");
  }

  /** The file is whole, and revisions are missing: its log was cut, or an older copy put here. */
  private SqliteStore.Restored behind(long newest) throws IOException, SQLException {
    if (StoreFiles.exists(files.backup())) {
      Copy copy = copyOfBackup();
      if (copy.finding.damage == null && copy.finding.newest > newest) {
        return replaceBy(copy, "corrupt", "had lost revisions");
      }
      StoreFiles.deleteDatabase(copy.file);
    }
    return new SqliteStore.Restored(
        newest,
        null,
        "The store "
            + files.store()
            + " is whole, and older than what was stored last: its log was damaged, or an older"
            + " copy was put in its place. "
            + lost(newest));
  }

  /**
   * Takes back what a newer Sluice has made of the store: it has made a copy before it changed the
   * tables.
   *
   * @return null: the tables are known, or there is no copy that has every revision
   */
  private SqliteStore.@Nullable Restored backFromNewer() throws IOException, SQLException {
    Path store = files.store();
    if (Files.size(store) < SMALLEST_BYTES
        || !isNewer(store)
        || !StoreFiles.exists(files.backup())) {
      return null;
    }
    Path file = fileOfBackup();
    if (!isNewer(file)) {
      Copy copy = new Copy(file, check(file, Schema.INTENT));
      if (copy.finding.damage == null && copy.finding.newest >= acknowledged) {
        return replaceBy(
            copy, "newer", "was changed by a newer Sluice whose upgrade was called off");
      }
    }
    StoreFiles.deleteDatabase(file);
    return null;
  }

  /** False also when that cannot be read. */
  private static boolean isNewer(Path file) {
    try (Connection connection =
        new Database(file, SynchronousMode.FULL).source().getConnection()) {
      return Schema.version(connection) > Schema.INTENT.newest();
    } catch (SQLException unreadable) {
      LOG.debug("the version of {} cannot be read", file, unreadable);
      return false;
    }
  }

  /** A copy of the backup that has been checked. */
  private record Copy(Path file, Finding finding) {}

  private Copy copyOfBackup() throws IOException, SQLException {
    Path copy = fileOfBackup();
    return new Copy(copy, check(copy, Schema.INTENT));
  }

  private Path fileOfBackup() throws IOException {
    Path copy = StoreFiles.beside(files.store(), ".new");
    StoreFiles.deleteDatabase(copy);
    StoreFiles.createPrivate(copy);
    // Only the content: whatever rights the backup has, this file has its own.
    try (var source = Files.newInputStream(files.backup());
        var target = Files.newOutputStream(copy)) {
      source.transferTo(target);
    }
    return copy;
  }

  private void migrate(Path file, SynchronousMode synchronous, Schema schema) throws SQLException {
    Database database = new Database(file, synchronous);
    int version;
    try (Connection connection = database.source().getConnection()) {
      version = Schema.version(connection);
    }
    if (version < schema.newest()) {
      if (version > 0 && schema == Schema.INTENT) {
        Backups.make(database, files.backup());
      }
      schema.migrate(file, database.source());
    }
  }
}
