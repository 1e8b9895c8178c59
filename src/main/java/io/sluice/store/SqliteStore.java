package io.sluice.store;

import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * The embedded store: SQLite files in one directory, readable by their owner only.
 *
 * <ul>
 *   <li>{@code FILE}: revisions, audit, accounts, tokens and operations. A call that has returned
 *       survives a power cut.
 *   <li>{@code FILE.history}: what was observed; a power cut may cost its last moments.
 *   <li>{@code FILE.backup}: a good copy of the first, at most half a minute older than it while
 *       the store is open, equal to it after an orderly end. A damaged {@code FILE} is moved to
 *       {@code FILE.corrupt-TIME} and the copy takes its place; {@link #restored()} then says what
 *       it lacks.
 *   <li>{@code FILE.lock}: who uses the store, and the last acknowledged revision.
 * </ul>
 *
 * <p>Everything here may be called from any thread and blocks. After a failed write the store stays
 * usable: once the cause is gone, the next write works.
 */
public final class SqliteStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

  private final StoreFiles files;
  private final Database intent;
  private final Database observed;
  private final Backups backups;
  private final SqliteSnapshots snapshots;
  private final SqliteAudit audit;
  private final SqliteAccounts accounts;
  private final SqliteHistory history;
  private final SqliteOperations operations;

  /** Null: the store is not open. Written by those who open and close, under this. */
  private volatile @Nullable StoreLock lock;

  private volatile @Nullable Restored restored;

  // Guarded by this.
  private boolean givenUp;
  private boolean closed;

  /**
   * That the store is not what it was when it was last used.
   *
   * @param newestRevision that it has now; 0: none
   * @param damaged where the damaged file was moved to; null: there was none
   * @param message what happened and what is lost, for an operator
   */
  public record Restored(long newestRevision, @Nullable Path damaged, String message) {}

  private SqliteStore(StoreFiles files, int kept, Documents documents) {
    if (kept < 1) {
      throw new IllegalArgumentException("revisionsKept is " + kept + "; at least 1");
    }
    this.files = files;
    this.intent = new Database(files.store(), SynchronousMode.FULL);
    this.observed = new Database(files.observed(), SynchronousMode.NORMAL);
    this.backups = new Backups(intent, files.backup());
    intent.afterWrite(backups::written);
    observed.onDamage(() -> mark(files.observedDamage()));
    this.snapshots =
        new SqliteSnapshots(intent, documents, kept, Clock.systemUTC(), this::acknowledge);
    this.audit = new SqliteAudit(intent);
    this.accounts = new SqliteAccounts(intent);
    this.history = new SqliteHistory(observed);
    this.operations = new SqliteOperations(intent);
    refuse("The store %s is still with the process that this one replaces.");
  }

  private void refuse(String sentence) {
    StoreException why =
        new StoreException(
            Kind.HANDED_OVER,
            sentence.formatted(files.store()) + " Nothing was changed; try again in a moment.");
    intent.close(why);
    observed.close(why);
  }

  /**
   * Opens a store, or creates it with its directories.
   *
   * @param file relative to the working directory
   * @param revisionsKept 1 to 1,000,000; older ones are dropped as new ones come
   * @throws StoreException UNAVAILABLE when another process uses it or a newer Sluice has written
   *     it, CORRUPT when it is damaged and has no good backup, READ_ONLY, FULL
   */
  public static SqliteStore open(Path file, int revisionsKept) {
    return open(file, revisionsKept, Documents.JSON);
  }

  static SqliteStore open(Path file, int revisionsKept, Documents documents) {
    SqliteStore store = new SqliteStore(StoreFiles.at(file), revisionsKept, documents);
    store.open();
    return store;
  }

  /**
   * A store that another process still has. Until {@link #open()} every part of it ends with a
   * {@link StoreException} of kind HANDED_OVER. Whatever opening needs and can be had before is
   * made ready: whoever waits for the store waits for no library to be loaded.
   *
   * @throws StoreException when SQLite cannot be used here, or there cannot be a file at this place
   */
  public static SqliteStore at(Path file, int revisionsKept) {
    SqliteStore store = new SqliteStore(StoreFiles.at(file), revisionsKept, Documents.JSON);
    Opening.warmUp(store.files);
    return store;
  }

  /**
   * Opens it, for the first time or again after {@link #release}: whatever another process has
   * stored meanwhile is there. When it fails nothing is held, and another process can open it.
   *
   * @throws StoreException as {@link #open(Path, int)}
   */
  public void open() {
    open(Duration.ZERO);
  }

  /**
   * The same.
   *
   * @param patience how long another process may still have it; one that was killed keeps it for a
   *     moment
   */
  public synchronized void open(Duration patience) {
    if (closed || lock != null) {
      throw new IllegalStateException("the store is " + (closed ? "closed" : "open already"));
    }
    StoreLock taken = StoreLock.take(files, patience);
    boolean opened = false;
    try {
      Opening opening = new Opening(files, Clock.systemUTC(), taken.acknowledged(), givenUp);
      Restored found = opening.intent();
      opening.observed();
      lock = taken;
      restored = found;
      if (found != null) {
        LOG.error("{}", found.message());
        acknowledge(found.newestRevision);
      }
      intent.open();
      observed.open();
      backups.written();
      opened = true;
    } finally {
      if (!opened) {
        lock = null;
        taken.close();
      }
    }
  }

  /**
   * Gives the store up for another process: waits for what is under way, puts everything into the
   * file and gives up the lock. From the begin of this call on reads and writes that come end with
   * a {@link StoreException} of kind HANDED_OVER, and none of them has stored anything. Does
   * nothing when it is not open.
   */
  public synchronized void release() {
    StoreLock held = lock;
    if (held == null) {
      return;
    }
    refuse("The store %s is being handed over to the process that replaces this one.");
    snapshots.reread();
    backups.pause();
    givenUp = true;
    lock = null;
    held.close();
  }

  /**
   * Moves a store that nobody uses to a name with the time in it, with its history and its backup.
   *
   * @return where it is now; null: there was none
   */
  public static @Nullable Path reset(Path file) {
    StoreFiles files = StoreFiles.at(file);
    try (StoreLock lock = StoreLock.take(files)) {
      Path aside = StoreFiles.aside(files.store(), "reset", Clock.systemUTC());
      boolean existed = StoreFiles.exists(files.store());
      // The backup first: a store without its file would be restored from it.
      StoreFiles.moveDatabase(files.backup(), StoreFiles.beside(aside, ".backup"));
      StoreFiles.moveDatabase(files.store(), aside);
      StoreFiles.moveDatabase(files.observed(), StoreFiles.beside(aside, ".history"));
      lock.acknowledge(0);
      return existed ? aside : null;
    } catch (IOException failure) {
      throw Failures.of(files.store(), failure);
    }
  }

  /**
   * Takes the first revision back when it is the only one, so that the next start finds an empty
   * store: for a start that has seeded and then fails.
   */
  public void unseed() {
    acknowledge(0);
    intent.write(
        connection -> {
          String alone = " WHERE (SELECT count(*) FROM revision) = 1";
          Sql.update(connection, "DELETE FROM part" + alone);
          return Sql.update(connection, "DELETE FROM revision" + alone);
        });
  }

  /** What the last opening had to restore, and what is lost; null: nothing. */
  public @Nullable Restored restored() {
    return restored;
  }

  public SnapshotStore snapshots() {
    return snapshots;
  }

  public AuditLog audit() {
    return audit;
  }

  public Accounts accounts() {
    return accounts;
  }

  public History history() {
    return history;
  }

  public OperationLog operations() {
    return operations;
  }

  /** The revision is stored already: what fails here only weakens the next opening's check. */
  private void acknowledge(long revision) {
    StoreLock held = lock;
    if (held == null) {
      return;
    }
    try {
      held.acknowledge(revision);
    } catch (IOException failure) {
      LOG.warn("Revision {} is stored, but not noted in the lock file: {}", revision, failure);
    }
  }

  private static void mark(Path damage) {
    try {
      StoreFiles.createPrivate(damage);
    } catch (IOException failure) {
      LOG.warn("{} could not be created, which has the next start set the history aside", damage);
    }
  }

  /**
   * Waits for what is under way and renews the backup, unless the store is with another process.
   */
  @Override
  public synchronized void close() {
    closed = true;
    StoreLock held = lock;
    try {
      if (held == null) {
        backups.pause();
      }
      backups.close();
    } finally {
      intent.close();
      observed.close();
      if (held != null) {
        lock = null;
        held.close();
      }
    }
  }
}
