package io.sluice.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * File descriptors by their numbers. Whoever has a number closes it, once. What is made here is
 * closed in programs that this process starts.
 */
public final class Descriptors {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  private static final int STREAM = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_ACCEPTCONN = 30;
  private static final int CLOEXEC = 0x80000;
  private static final int NONBLOCK = 0x800;
  private static final int F_SETFD = 2;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int FD_CLOEXEC = 1;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int O_WRONLY_CREAT_APPEND = 0x441;

  private static final CFunction CLOSE = CFunction.ofInt("close", INT);
  private static final CFunction FCNTL = CFunction.ofInt("fcntl", INT, INT, INT);
  private static final CFunction DUP2 = CFunction.ofInt("dup2", INT, INT);
  private static final CFunction OPEN = CFunction.ofInt("open", ValueLayout.ADDRESS, INT, INT);
  private static final CFunction WRITE =
      CFunction.ofLong("write", INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
  private static final CFunction SOCKET = CFunction.ofInt("socket", INT, INT, INT);
  private static final CFunction BIND = CFunction.ofInt("bind", INT, ValueLayout.ADDRESS, INT);
  private static final CFunction LISTEN = CFunction.ofInt("listen", INT, INT);
  private static final CFunction FCHMOD = CFunction.ofInt("fchmod", INT, INT);
  private static final CFunction CHMOD = CFunction.ofInt("chmod", ValueLayout.ADDRESS, INT);
  private static final CFunction GETSOCKNAME =
      CFunction.ofInt("getsockname", INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
  private static final CFunction GETSOCKOPT =
      CFunction.ofInt("getsockopt", INT, INT, INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
  private static final CFunction SETSOCKOPT =
      CFunction.ofInt("setsockopt", INT, INT, INT, ValueLayout.ADDRESS, INT);

  private Descriptors() {}

  /** Whether this system has what this package needs. */
  public static boolean isSupported() {
    return System.getProperty("os.name", "").equals("Linux")
        && ValueLayout.ADDRESS.byteSize() == Long.BYTES
        && Files.isDirectory(Path.of("/proc/self"));
  }

  /** Closes one. */
  public static void close(int descriptor) throws OsException {
    CLOSE.call(descriptor);
  }

  /** Another number for the same open file or socket. */
  public static int duplicate(int descriptor) throws OsException {
    return FCNTL.call(descriptor, F_DUPFD_CLOEXEC, 3);
  }

  /**
   * Makes one that came from elsewhere like those that are made here: its calls do not block, and
   * it is closed in programs that this process starts.
   */
  public static void adopt(int descriptor) throws OsException {
    FCNTL.call(descriptor, F_SETFD, FD_CLOEXEC);
    FCNTL.call(descriptor, F_SETFL, FCNTL.call(descriptor, F_GETFL, 0) | NONBLOCK);
  }

  /**
   * Lets a number mean another open file; what it meant before is closed. Programs started from
   * here on have it too.
   */
  public static void redirect(int descriptor, int onto) throws OsException {
    DUP2.call(descriptor, onto);
  }

  /**
   * Opens a file to append to it.
   *
   * @param mode of a new file, before the process's mask
   */
  public static int append(Path file, int mode) throws OsException {
    try (Arena arena = Arena.ofConfined()) {
      return OPEN.call(arena.allocateFrom(file.toString()), O_WRONLY_CREAT_APPEND | CLOEXEC, mode);
    }
  }

  /** Writes all of it; waits as long as the other end takes. */
  public static void write(int descriptor, byte[] data) throws OsException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, data);
      for (long written = 0; written < data.length; ) {
        written += WRITE.call(descriptor, bytes.asSlice(written), data.length - written);
      }
    }
  }

  /**
   * A socket that listens, non-blocking as Netty wants it. Nothing is put in the place of an
   * existing file.
   *
   * @param at a Unix socket's path, or a resolved address
   * @param backlog connections that may wait to be accepted
   * @param mode of a Unix socket's file, whatever the process's mask is; at no moment has it more
   */
  public static int listen(SocketAddress at, int backlog, int mode) throws OsException {
    int made = socket(SocketAddresses.family(at), STREAM | NONBLOCK);
    try (Arena arena = Arena.ofConfined()) {
      Path file = at instanceof UnixDomainSocketAddress unix ? unix.getPath() : null;
      if (file == null) {
        MemorySegment on = arena.allocateFrom(INT, 1);
        SETSOCKOPT.call(made, SOL_SOCKET, SO_REUSEADDR, on, Integer.BYTES);
      } else {
        FCHMOD.call(made, mode); // what bind gives the file, less the mask
      }
      MemorySegment address = SocketAddresses.of(at, arena);
      BIND.call(made, address, (int) address.byteSize());
      if (file != null) {
        CHMOD.call(arena.allocateFrom(file.toString()), mode); // what the mask took away
      }
      LISTEN.call(made, backlog);
    } catch (OsException | RuntimeException e) {
      close(made);
      throw e;
    }
    return made;
  }

  /** A socket of a type; closed in programs that are started. */
  static int socket(int family, int type) throws OsException {
    return SOCKET.call(family, type | CLOEXEC, 0);
  }

  /** Whether it is a socket that listens. */
  public static boolean isListening(int descriptor) {
    try {
      return option(descriptor, SO_ACCEPTCONN, 1)[0] != 0;
    } catch (OsException e) {
      return false; // not a socket, or not open
    }
  }

  /** Some integers of a socket's option. */
  static int[] option(int descriptor, int option, int integers) throws OsException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(INT, integers);
      MemorySegment length = arena.allocateFrom(INT, integers * Integer.BYTES);
      GETSOCKOPT.call(descriptor, SOL_SOCKET, option, value, length);
      return value.toArray(INT);
    }
  }

  /** Sets a socket's option. */
  static void option(int descriptor, int option, MemorySegment value) throws OsException {
    SETSOCKOPT.call(descriptor, SOL_SOCKET, option, value, (int) value.byteSize());
  }

  /**
   * Where a socket is bound: an {@link java.net.InetSocketAddress} or a {@link
   * UnixDomainSocketAddress}.
   */
  public static SocketAddress address(int descriptor) throws OsException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddresses.MOST_BYTES, Long.BYTES);
      MemorySegment length = arena.allocateFrom(INT, SocketAddresses.MOST_BYTES);
      GETSOCKNAME.call(descriptor, address, length);
      return SocketAddresses.read(address, length.get(INT, 0));
    }
  }
}
