package io.sluice.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Messages to a Unix datagram socket. */
public final class Datagram {
  private static final int DATAGRAM = 2;
  private static final int MSG_NOSIGNAL = 0x4000;

  private static final CFunction SENDTO =
      CFunction.ofLong(
          "sendto",
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_INT);

  private Datagram() {}

  /**
   * Sends one message.
   *
   * @param address a path; {@code @name}: a name in the kernel's own space
   */
  public static void send(String address, byte[] data) throws OsException {
    int socket = Descriptors.socket(SocketAddresses.UNIX, DATAGRAM);
    try (Arena arena = Arena.ofConfined()) {
      boolean isAbstract = address.startsWith("@");
      MemorySegment to =
          SocketAddresses.unix(isAbstract ? address.substring(1) : address, isAbstract, arena);
      SENDTO.call(
          socket,
          arena.allocateFrom(ValueLayout.JAVA_BYTE, data),
          (long) data.length,
          MSG_NOSIGNAL,
          to,
          (int) to.byteSize());
    } finally {
      Descriptors.close(socket);
    }
  }
}
