package io.sluice.store;

import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one good copy of a database beside it, for the day when the file is damaged. SQLite makes
 * it from one committed state while others read and write; it is replaced whole or not at all,
 * {@value #DELAY_SECONDS} s after the opening and after each first write that it lacks, and when
 * the store closes. What a restored copy lacks is therefore at most the writes of its last {@value
 * #DELAY_SECONDS} s, and it is told.
 */
final class Backups implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Backups.class);
  private static final long DELAY_SECONDS = 30;

  private final Database database;
  private final Path place;

  /** A write that comes while the store closes is stored, and in the next copy. */
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(
          1,
          Thread.ofPlatform().daemon().name("sluice-store-backup").factory(),
          new ThreadPoolExecutor.DiscardPolicy());

  /** Whether something was written that no copy has; set by writers, reset by the thread. */
  private final AtomicBoolean due = new AtomicBoolean();

  /** Whether the last copy failed; only the thread. A full disk is told of once. */
  private boolean failed;

  Backups(Database database, Path place) {
    this.database = database;
    this.place = place;
  }

  /** Notes that the copy lacks something. Cheap; called at the opening and after every write. */
  void written() {
    if (due.compareAndSet(false, true)) {
      thread.schedule(this::refresh, DELAY_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void refresh() {
    if (!due.compareAndSet(true, false)) {
      return;
    }
    try {
      make(database, place);
      failed = false;
    } catch (StoreException failure) {
      if (!failed) {
        LOG.warn("The backup {} could not be renewed. {}", place, failure.getMessage());
      }
      failed = true;
      written();
    }
  }

  /**
   * Makes a copy now.
   *
   * @throws StoreException when there is none; the old one is as it was
   */
  static void make(Database database, Path place) {
    Path unfinished = StoreFiles.beside(place, ".new");
    try {
      try {
        StoreFiles.deleteDatabase(unfinished);
        StoreFiles.createPrivate(unfinished);
        try (Connection connection = database.source().getConnection()) {
          Sql.update(connection, "VACUUM INTO ?", unfinished.toString());
        }
        // SQLite copies a text with a flipped bit as it is: a good copy must not give way to that.
        String damage = Opening.damageOfCopy(unfinished);
        if (damage != null) {
          throw new StoreException(
              Kind.CORRUPT,
              "The store "
                  + database.file()
                  + " is damaged ("
                  + damage
                  + "), and its backup stays as it is. Restart Sluice, which restores it.");
        }
        StoreFiles.replace(unfinished, place);
      } finally {
        StoreFiles.deleteDatabase(unfinished);
      }
    } catch (SQLException failure) {
      throw Failures.of(database.file(), failure);
    } catch (IOException failure) {
      throw Failures.of(place, failure);
    }
  }

  /**
   * Waits for a copy that is being made, and makes none until the next {@link #written}: whoever
   * has the store then makes his own.
   */
  void pause() {
    if (!thread.isShutdown()) {
      run(() -> due.set(false));
    }
  }

  /** Makes the copy that is still due. */
  @Override
  public void close() {
    if (thread.isShutdown()) {
      return;
    }
    try {
      run(this::refresh);
    } finally {
      thread.shutdownNow();
    }
  }

  /**
   * Behind what the thread does; waits for it whatever happens: the files are not ours after it.
   */
  private void run(Runnable task) {
    Future<?> done = thread.submit(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          done.get();
          return;
        } catch (InterruptedException interrupt) {
          interrupted = true;
        }
      }
    } catch (ExecutionException failure) {
      throw new IllegalStateException("the copy of " + database.file() + " failed", failure);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
