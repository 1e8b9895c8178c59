package io.sluice.store;

import io.sluice.store.StoreException.Kind;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteDataSource;

/**
 * One SQLite file in write-ahead mode: one connection that writes, a few that read what was
 * committed and wait for nobody. A connection on which anything failed is thrown away, so that no
 * half transaction and no state of an error is left: after a full disk has room again, the next
 * write works.
 */
final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final int READERS = 4;

  /** Only for a foreign process that looks into the file; ours never wait for each other. */
  private static final int BUSY_MILLIS = 5_000;

  /** A log that has grown beyond this is cut after a checkpoint. */
  private static final int LOG_BYTES = 16 * 1024 * 1024;

  private final Path file;
  private final SynchronousMode synchronous;
  private final ReentrantLock writing = new ReentrantLock();
  private final Semaphore reading = new Semaphore(READERS, true);
  private final ConcurrentLinkedDeque<Connection> readers = new ConcurrentLinkedDeque<>();

  /** Guarded by {@code writing}; null: to be opened by the next write. */
  private @Nullable Connection writer;

  /** Run after each write; set once, before the first. */
  private Runnable afterWrite = () -> {};

  /** Run when SQLite has found damage; set once, before the first use. */
  private Runnable onDamage = () -> {};

  /** Why there are neither reads nor writes; null: there are. */
  private volatile @Nullable StoreException refusal;

  /** A database whose connections are opened when needed. */
  Database(Path file, SynchronousMode synchronous) {
    this.file = file;
    this.synchronous = synchronous;
  }

  /** Something done on a connection. */
  @FunctionalInterface
  interface Work<T> {
    /** Statements of one transaction. */
    T on(Connection connection) throws SQLException;
  }

  /** Has something run after each write, by its thread. */
  void afterWrite(Runnable action) {
    afterWrite = action;
  }

  /** Has something run when SQLite finds the file damaged. */
  void onDamage(Runnable action) {
    onDamage = action;
  }

  private StoreException failed(SQLException failure) {
    if (Failures.isDamage(failure)) {
      onDamage.run();
    }
    return Failures.of(file, failure);
  }

  Path file() {
    return file;
  }

  /** A source of writing connections, for one user at a time. */
  SQLiteDataSource source() {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(synchronous);
    config.enforceForeignKeys(true);
    config.setBusyTimeout(BUSY_MILLIS);
    config.setJournalSizeLimit(LOG_BYTES);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    return source;
  }

  /**
   * Does all of it or nothing; when it returns, it is stored as durably as this database is.
   *
   * @throws StoreException when nothing was stored
   */
  <T> T write(Work<T> work) {
    return write(work, stored -> {});
  }

  /**
   * The same.
   *
   * @param stored is given the result once it is durable and before the next write or the end
   */
  <T> T write(Work<T> work, Consumer<? super T> stored) {
    writing.lock();
    try {
      requireOpen();
      Connection connection = writer;
      if (connection == null) {
        connection = source().getConnection();
        writer = connection;
      }
      boolean done = false;
      try {
        execute(connection, "BEGIN IMMEDIATE");
        T result = work.on(connection);
        execute(connection, "COMMIT");
        done = true;
        stored.accept(result);
        afterWrite.run();
        return result;
      } finally {
        if (!done) {
          writer = null;
          discard(connection);
        }
      }
    } catch (SQLException failure) {
      throw failed(failure);
    } finally {
      writing.unlock();
    }
  }

  /** Reads one committed state. */
  <T> T read(Work<T> work) {
    reading.acquireUninterruptibly();
    try {
      requireOpen();
      Connection connection = readers.poll();
      if (connection == null) {
        connection = source().getConnection();
      }
      boolean done = false;
      try {
        execute(connection, "BEGIN");
        T result = work.on(connection);
        execute(connection, "COMMIT");
        done = true;
        return result;
      } finally {
        if (done) {
          readers.push(connection);
        } else {
          discard(connection);
        }
      }
    } catch (SQLException failure) {
      throw failed(failure);
    } finally {
      reading.release();
    }
  }

  private void requireOpen() {
    StoreException why = refusal;
    if (why != null) {
      throw new StoreException(why.kind(), String.valueOf(why.getMessage()));
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Closing rolls back what is open. */
  private void discard(Connection connection) {
    try {
      connection.close();
    } catch (SQLException failure) {
      LOG.warn("A connection to {} that had failed did not close: {}", file, failure.getMessage());
    }
  }

  /** Has reads and writes be done again after {@link #close(StoreException)}. */
  void open() {
    refusal = null;
  }

  /** Waits for what is under way. The last connection puts the write-ahead log into the file. */
  @Override
  public void close() {
    close(new StoreException(Kind.UNAVAILABLE, "The store " + file + " is closed."));
  }

  /**
   * Waits for what is under way, and closes every connection; the last one puts the write-ahead log
   * into the file. May be called again.
   *
   * @param why what reads and writes end with from now on, also those that still wait for their
   *     turn
   */
  void close(StoreException why) {
    refusal = why;
    writing.lock();
    reading.acquireUninterruptibly(READERS);
    try {
      for (Connection reader = readers.poll(); reader != null; reader = readers.poll()) {
        discard(reader);
      }
      Connection last = writer;
      writer = null;
      if (last != null) {
        discard(last);
      }
    } finally {
      reading.release(READERS);
      writing.unlock();
    }
  }
}
