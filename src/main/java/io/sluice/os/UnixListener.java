package io.sluice.os;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A Unix socket that takes connections, one thread waiting for them. */
public final class UnixListener implements AutoCloseable {
  private static final int BACKLOG = 16;
  private static final int CLOEXEC = 0x80000;
  private static final int SHUT_BOTH = 2;

  private static final CFunction ACCEPT =
      CFunction.ofInt(
          "accept4",
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_INT);
  static final CFunction SHUTDOWN =
      CFunction.ofInt("shutdown", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

  private final int descriptor;
  private final ReentrantLock accepting = new ReentrantLock();

  /** Written by {@link #close}. */
  private volatile boolean closed;

  private UnixListener(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Binds one; nothing is put in the place of an existing file.
   *
   * @param mode who may connect: those who may write
   */
  public static UnixListener bind(Path path, int mode) throws OsException {
    return new UnixListener(Descriptors.listen(UnixDomainSocketAddress.of(path), BACKLOG, mode));
  }

  /** Waits for the next connection; null: this is closed. */
  public @Nullable UnixStream accept() throws OsException {
    accepting.lock();
    try {
      while (!closed) {
        Polling.untilReadable(descriptor);
        if (!closed) {
          int taken = next();
          if (taken >= 0) {
            return UnixStream.of(taken);
          }
        }
      }
      return null;
    } finally {
      accepting.unlock();
    }
  }

  /** A negative number: whoever was there has gone. */
  private int next() throws OsException {
    try {
      return ACCEPT.call(descriptor, MemorySegment.NULL, MemorySegment.NULL, CLOEXEC);
    } catch (OsException e) {
      if (closed || e.isTimeout()) {
        return -1;
      }
      throw e;
    }
  }

  /** Takes no more connections. The file stays: whoever made the place removes it. */
  @Override
  public void close() throws OsException {
    if (closed) {
      return;
    }
    closed = true;
    SHUTDOWN.call(descriptor, SHUT_BOTH); // wakes the one that waits
    accepting.lock();
    try {
      Descriptors.close(descriptor);
    } finally {
      accepting.unlock();
    }
  }
}
