package io.sluice.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Signals as something to be read, with who sent them (signalfd(2)). Works for signals that every
 * thread blocks: the program must have been started with them blocked, and the JVM with {@code
 * -Xrs}, so that it leaves them alone.
 */
public final class SignalFd implements AutoCloseable {
  private static final int SET_BYTES = 128;
  private static final int INFO_BYTES = 128;
  private static final int PID_AT = 12;
  private static final int UID_AT = 16;
  private static final int CLOEXEC = 0x80000;
  private static final int NONE = -1;
  private static final int HEXADECIMAL = 16;

  private static final CFunction SIGNALFD =
      CFunction.ofInt("signalfd", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final CFunction EVENTFD =
      CFunction.ofInt("eventfd", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final CFunction READ =
      CFunction.ofLong("read", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
  private static final CFunction WRITE =
      CFunction.ofLong("write", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);

  /**
   * Signals that have a meaning for a server. HotSpot unblocks USR2, so it never comes this way.
   */
  public enum Signal {
    HUP(1),
    INT(2),
    QUIT(3),
    USR2(12),
    TERM(15);

    private final int number;

    Signal(int number) {
      this.number = number;
    }

    private long bit() {
      return 1L << (number - 1);
    }
  }

  /**
   * A signal that came.
   *
   * @param pid of its sender; 0: the kernel (a terminal), or a process of another namespace
   * @param uid of its sender
   */
  public record Received(Signal signal, int pid, int uid) {}

  private final int descriptor;

  /** Becomes readable when this is closed. */
  private final int end;

  private final ReentrantLock taking = new ReentrantLock();

  /** Written by {@link #close}. */
  private volatile boolean closed;

  private SignalFd(int descriptor, int end) {
    this.descriptor = descriptor;
    this.end = end;
  }

  /** The signals that every thread of this process blocks; none: it was not started that way. */
  public static Set<Signal> blocked() {
    Set<Signal> blocked = EnumSet.noneOf(Signal.class);
    long mask = Descriptors.isSupported() ? blockedByAll() : 0;
    for (Signal signal : Signal.values()) {
      if ((mask & signal.bit()) != 0) {
        blocked.add(signal);
      }
    }
    return blocked;
  }

  private static long blockedByAll() {
    long mask = -1;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        mask &= blockedBy(thread.resolve("status"));
      }
      return mask;
    } catch (IOException e) {
      return 0; // not to be known: the JVM's own way is the safe one
    }
  }

  private static long blockedBy(Path status) throws IOException {
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("SigBlk:")) {
          return Long.parseUnsignedLong(line.substring("SigBlk:".length()).strip(), HEXADECIMAL);
        }
      }
      return 0;
    } catch (NoSuchFileException e) {
      return -1; // the thread has ended
    }
  }

  /**
   * Begins to take signals.
   *
   * @param wanted some of those that are {@link #blocked}
   */
  public static SignalFd open(Set<Signal> wanted) throws OsException {
    long mask = 0;
    for (Signal signal : wanted) {
      mask |= signal.bit();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment set = arena.allocate(SET_BYTES, Long.BYTES);
      set.set(ValueLayout.JAVA_LONG, 0, mask);
      int signals = SIGNALFD.call(NONE, set, CLOEXEC);
      try {
        return new SignalFd(signals, EVENTFD.call(0, CLOEXEC));
      } catch (OsException e) {
        Descriptors.close(signals);
        throw e;
      }
    }
  }

  /** Waits for the next signal; null: this is closed. */
  public @Nullable Received take() throws OsException {
    taking.lock();
    try (Arena arena = Arena.ofConfined()) {
      while (!closed) {
        if (Polling.untilReadable(end, descriptor) == descriptor) {
          MemorySegment info = arena.allocate(INFO_BYTES, Long.BYTES);
          READ.call(descriptor, info, (long) INFO_BYTES);
          return new Received(
              signal(info.get(ValueLayout.JAVA_INT, 0)),
              info.get(ValueLayout.JAVA_INT, PID_AT),
              info.get(ValueLayout.JAVA_INT, UID_AT));
        }
      }
      return null;
    } finally {
      taking.unlock();
    }
  }

  private static Signal signal(int number) {
    for (Signal signal : Signal.values()) {
      if (signal.number == number) {
        return signal;
      }
    }
    throw new IllegalStateException("a signal that was not asked for: " + number);
  }

  /** Takes no more: from now on they wait, blocked. */
  @Override
  public void close() throws OsException {
    if (closed) {
      return;
    }
    closed = true;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
      WRITE.call(end, one, (long) Long.BYTES);
    }
    taking.lock();
    try {
      Descriptors.close(descriptor);
      Descriptors.close(end);
    } finally {
      taking.unlock();
    }
  }
}
