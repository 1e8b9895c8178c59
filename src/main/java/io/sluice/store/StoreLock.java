package io.sluice.store;

import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets one process use a store, by a lock of the system's on a file beside it: it ends with the
 * process however that ends, so a dead one hinders nobody. The file also says who holds it, and
 * which revision was acknowledged last: that is how a loss is noticed that SQLite cannot see, for
 * instance a cut write-ahead log.
 */
final class StoreLock implements AutoCloseable {
  private static final int LENGTH = form(0, 0).length;
  private static final long NEXT_TRY_NANOS = 10_000_000;

  /**
   * Files that this process holds; guarded by the class. The system's locks belong to a process,
   * and closing any descriptor of a file gives them up: a second opening in this process must be
   * refused before it touches the file.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private final Path file;

  /** Not written through its channel: an interrupt would close that, and the lock with it. */
  private final RandomAccessFile content;

  private final FileLock lock;
  private final long acknowledged;

  private StoreLock(Path file, RandomAccessFile content, FileLock lock, long acknowledged) {
    this.file = file;
    this.content = content;
    this.lock = lock;
    this.acknowledged = acknowledged;
  }

  /**
   * Takes the lock of a store.
   *
   * @throws StoreException UNAVAILABLE when another process has it
   */
  static StoreLock take(StoreFiles files) {
    return take(files, Duration.ZERO);
  }

  /**
   * Takes the lock of a store.
   *
   * @param patience how long another process may still have it; one that was killed keeps it for a
   *     moment
   * @throws StoreException UNAVAILABLE when another process has it
   */
  static StoreLock take(StoreFiles files, Duration patience) {
    long begin = System.nanoTime();
    while (true) {
      try {
        return takeNow(files);
      } catch (HeldException held) {
        if (System.nanoTime() - begin >= patience.toNanos() || Thread.interrupted()) {
          throw held.told(files);
        }
        LockSupport.parkNanos(NEXT_TRY_NANOS);
      }
    }
  }

  private static StoreLock takeNow(StoreFiles files) throws HeldException {
    synchronized (StoreLock.class) {
      Path file = files.lock();
      if (HELD.contains(file)) {
        throw new HeldException(ProcessHandle.current().pid());
      }
      try {
        StoreFiles.createPrivate(file);
        RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw");
        try {
          FileLock lock = content.getChannel().tryLock();
          String text = read(content);
          if (lock == null) {
            throw new HeldException(number(text, "pid"));
          }
          Long acknowledged = number(text, "newest revision");
          StoreLock taken =
              new StoreLock(file, content, lock, acknowledged == null ? 0 : acknowledged);
          taken.acknowledge(taken.acknowledged);
          HELD.add(file);
          return taken;
        } catch (IOException | RuntimeException | HeldException failure) {
          content.close();
          throw failure;
        }
      } catch (IOException failure) {
        throw Failures.of(files.store(), failure);
      }
    }
  }

  /** Another process has it. */
  private static final class HeldException extends Exception {
    private static final long serialVersionUID = 1;

    /** Null: unknown. */
    private final @Nullable Long pid;

    HeldException(@Nullable Long pid) {
      super(null, null, false, false);
      this.pid = pid;
    }

    StoreException told(StoreFiles files) {
      return new StoreException(
          Kind.UNAVAILABLE,
          "The store "
              + files.store()
              + " is in use by "
              + (pid == null ? "another process" : "process " + pid)
              + ". Stop it, or give this one a store of its own (sluice.store.path).");
    }
  }

  /** The newest revision that was acknowledged before the lock was taken; 0: unknown. */
  long acknowledged() {
    return acknowledged;
  }

  /** Notes the newest revision. Survives the process, not a power cut: then an older one stands. */
  void acknowledge(long revision) throws IOException {
    content.seek(0);
    content.write(form(ProcessHandle.current().pid(), revision));
  }

  private static byte[] form(long pid, long revision) {
    // Of fixed width, so that a new one overwrites the old in one write.
    return "pid %10d\nnewest revision %20d\n"
        .formatted(pid, revision)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static String read(RandomAccessFile content) throws IOException {
    byte[] bytes = new byte[(int) Math.min(LENGTH, content.length())];
    content.seek(0);
    content.readFully(bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /** The number behind a name; null: the file is not of our form. */
  private static @Nullable Long number(String text, String name) {
    for (String line : text.lines().toList()) {
      String digits = line.startsWith(name) ? line.substring(name.length()).strip() : "";
      if (digits.matches("[0-9]{1,18}")) {
        return Long.parseLong(digits);
      }
    }
    return null;
  }

  @Override
  public void close() {
    synchronized (StoreLock.class) {
      if (!HELD.remove(file)) {
        return; // closed already
      }
      try {
        lock.release();
        content.close();
      } catch (IOException failure) {
        throw Failures.of(file, failure);
      }
    }
  }
}
