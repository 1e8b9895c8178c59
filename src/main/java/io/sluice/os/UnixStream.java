package io.sluice.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A connected Unix socket that carries bytes and, beside them, descriptors. Blocking; one thread
 * sends and one receives. {@link #close} may come from any thread and wakes both.
 */
public final class UnixStream implements AutoCloseable {
  private static final int STREAM = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int SHUT_BOTH = 2;

  /** {@code struct msghdr}: name, its length, vector, its length, control, its length, flags. */
  private static final int HEADER = 56;

  private static final int VECTOR_AT = 16;
  private static final int VECTORS_AT = 24;
  private static final int CONTROL_AT = 32;
  private static final int CONTROL_LENGTH_AT = 40;

  /** {@code struct cmsghdr}: length, level, type; then the data. */
  private static final int CONTROL_HEADER = 16;

  private static final int LEVEL_AT = 8;
  private static final int TYPE_AT = 12;

  private static final CFunction CONNECT =
      CFunction.ofInt("connect", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final CFunction SENDMSG =
      CFunction.ofLong("sendmsg", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final CFunction RECVMSG =
      CFunction.ofLong("recvmsg", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);

  private final int descriptor;
  private final Peer peer;
  private final ReentrantLock sending = new ReentrantLock();
  private final ReentrantLock receiving = new ReentrantLock();

  /** Written by {@link #close}, under both locks. */
  private boolean closed;

  /**
   * Who is at the other end, as the kernel knows it since the connection was made.
   *
   * @param pid of its process; 0: it is in another namespace
   */
  public record Peer(int pid, int uid, int gid) {}

  /**
   * Some bytes and descriptors that came together.
   *
   * @param data none: the other end has closed
   * @param descriptors now the receiver's, to be closed by it
   */
  @SuppressWarnings("ArrayRecordComponent") // a moment's carrier, never compared
  public record Message(byte[] data, int[] descriptors) {}

  private UnixStream(int descriptor) throws OsException {
    this.descriptor = descriptor;
    int[] credentials = Descriptors.option(descriptor, SO_PEERCRED, 3);
    this.peer = new Peer(credentials[0], credentials[1], credentials[2]);
  }

  /** Takes over a connected socket; closed when that fails. */
  static UnixStream of(int descriptor) throws OsException {
    try {
      return new UnixStream(descriptor);
    } catch (OsException e) {
      Descriptors.close(descriptor);
      throw e;
    }
  }

  /** Connects to who listens at a path. */
  public static UnixStream connect(Path path) throws OsException {
    int made = Descriptors.socket(SocketAddresses.UNIX, STREAM);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = SocketAddresses.of(UnixDomainSocketAddress.of(path), arena);
      CONNECT.call(made, address, (int) address.byteSize());
    } catch (OsException | RuntimeException e) {
      Descriptors.close(made);
      throw e;
    }
    return of(made);
  }

  /** Who is at the other end. */
  public Peer peer() {
    return peer;
  }

  /** How long {@link #send} and {@link #receive} wait from now on; zero: for ever (at first). */
  public void timeout(Duration most) throws OsException {
    try (Arena arena = Arena.ofConfined()) {
      long micros = TimeUnit.NANOSECONDS.toMicros(most.toNanos());
      MemorySegment value =
          arena.allocateFrom(
              ValueLayout.JAVA_LONG,
              TimeUnit.MICROSECONDS.toSeconds(micros),
              micros % TimeUnit.SECONDS.toMicros(1));
      Descriptors.option(descriptor, SO_RCVTIMEO, value);
      Descriptors.option(descriptor, SO_SNDTIMEO, value);
    }
  }

  /**
   * Sends all of it; the descriptors go with its first byte and stay open here.
   *
   * @param data at least a byte
   * @throws OsException also when nothing could be sent for the time that was set
   */
  public void send(byte[] data, int... descriptors) throws OsException {
    sending.lock();
    try (Arena arena = Arena.ofConfined()) {
      requireOpen();
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, data);
      MemorySegment control = control(descriptors, arena);
      for (long sent = 0; sent < data.length; ) {
        MemorySegment header =
            header(bytes.asSlice(sent), sent == 0 ? control : MemorySegment.NULL, arena);
        sent += SENDMSG.call(descriptor, header, MSG_NOSIGNAL);
      }
    } finally {
      sending.unlock();
    }
  }

  /**
   * Waits for bytes.
   *
   * @param mostDescriptors that are taken; the kernel closes what else was sent
   */
  public Message receive(int mostBytes, int mostDescriptors) throws OsException {
    receiving.lock();
    try (Arena arena = Arena.ofConfined()) {
      requireOpen();
      MemorySegment bytes = arena.allocate(mostBytes);
      MemorySegment control =
          mostDescriptors == 0
              ? MemorySegment.NULL
              : arena.allocate(space(mostDescriptors), Long.BYTES);
      MemorySegment header = header(bytes, control, arena);
      int count = RECVMSG.call(descriptor, header, MSG_CMSG_CLOEXEC);
      return new Message(
          bytes.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE),
          descriptors(control, header.get(ValueLayout.JAVA_LONG, CONTROL_LENGTH_AT)));
    } finally {
      receiving.unlock();
    }
  }

  private void requireOpen() throws OsException {
    if (closed) {
      throw new OsException("socket", CFunction.EBADF, "closed");
    }
  }

  private static long space(int descriptors) {
    long data = (long) descriptors * Integer.BYTES;
    return CONTROL_HEADER + (data + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
  }

  private static MemorySegment control(int[] descriptors, Arena arena) {
    if (descriptors.length == 0) {
      return MemorySegment.NULL;
    }
    MemorySegment control = arena.allocate(space(descriptors.length), Long.BYTES);
    control.set(
        ValueLayout.JAVA_LONG, 0, CONTROL_HEADER + (long) descriptors.length * Integer.BYTES);
    control.set(ValueLayout.JAVA_INT, LEVEL_AT, SOL_SOCKET);
    control.set(ValueLayout.JAVA_INT, TYPE_AT, SCM_RIGHTS);
    MemorySegment.copy(
        descriptors, 0, control, ValueLayout.JAVA_INT, CONTROL_HEADER, descriptors.length);
    return control;
  }

  private static MemorySegment header(MemorySegment bytes, MemorySegment control, Arena arena) {
    MemorySegment vector = arena.allocate(2L * Long.BYTES, Long.BYTES);
    vector.set(ValueLayout.ADDRESS, 0, bytes);
    vector.set(ValueLayout.JAVA_LONG, Long.BYTES, bytes.byteSize());
    MemorySegment header = arena.allocate(HEADER, Long.BYTES);
    header.set(ValueLayout.ADDRESS, VECTOR_AT, vector);
    header.set(ValueLayout.JAVA_LONG, VECTORS_AT, 1);
    header.set(ValueLayout.ADDRESS, CONTROL_AT, control);
    header.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH_AT, control.byteSize());
    return header;
  }

  /** What came beside the bytes: we ask for nothing but descriptors, so there is one entry. */
  private static int[] descriptors(MemorySegment control, long length) {
    if (length < CONTROL_HEADER
        || control.get(ValueLayout.JAVA_INT, LEVEL_AT) != SOL_SOCKET
        || control.get(ValueLayout.JAVA_INT, TYPE_AT) != SCM_RIGHTS) {
      return new int[0];
    }
    long end = control.get(ValueLayout.JAVA_LONG, 0);
    return control.asSlice(CONTROL_HEADER, end - CONTROL_HEADER).toArray(ValueLayout.JAVA_INT);
  }

  /** Closes it; who waits for the other end fails or sees its end. */
  @Override
  public void close() throws OsException {
    try {
      UnixListener.SHUTDOWN.call(descriptor, SHUT_BOTH);
    } catch (OsException e) {
      if (e.errno() != CFunction.ENOTCONN && e.errno() != CFunction.EBADF) {
        throw e;
      }
    }
    sending.lock();
    receiving.lock();
    try {
      if (!closed) {
        closed = true;
        Descriptors.close(descriptor);
      }
    } finally {
      receiving.unlock();
      sending.unlock();
    }
  }
}
