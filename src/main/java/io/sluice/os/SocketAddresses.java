package io.sluice.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Java's socket addresses in the C library's form, and back. */
final class SocketAddresses {
  static final int UNIX = 1;
  static final int IPV4 = 2;
  static final int IPV6 = 10;

  /** Longest path of a Unix socket, in bytes. */
  static final int MOST_PATH = 107;

  /** Has room for every kind. */
  static final int MOST_BYTES = 128;

  private static final ValueLayout.OfShort NETWORK_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int HEAD = 2;
  private static final int IPV4_BYTES = 16;
  private static final int IPV6_BYTES = 28;
  private static final int IPV4_AT = 4;
  private static final int IPV6_AT = 8;

  private SocketAddresses() {}

  static int family(SocketAddress address) {
    return switch (address) {
      case UnixDomainSocketAddress unix -> UNIX;
      case InetSocketAddress inet when inet.getAddress() instanceof Inet4Address -> IPV4;
      case InetSocketAddress inet when inet.getAddress() != null -> IPV6;
      default ->
          throw new IllegalArgumentException("neither a Unix nor a resolved address: " + address);
    };
  }

  static MemorySegment of(SocketAddress address, Arena arena) {
    if (address instanceof UnixDomainSocketAddress unix) {
      return unix(unix.getPath().toString(), false, arena);
    }
    InetSocketAddress inet = (InetSocketAddress) address;
    int family = family(address);
    MemorySegment made = arena.allocate(family == IPV4 ? IPV4_BYTES : IPV6_BYTES);
    made.set(ValueLayout.JAVA_SHORT, 0, (short) family);
    made.set(NETWORK_SHORT, HEAD, (short) inet.getPort());
    byte[] bytes = inet.getAddress().getAddress();
    MemorySegment.copy(
        bytes, 0, made, ValueLayout.JAVA_BYTE, family == IPV4 ? IPV4_AT : IPV6_AT, bytes.length);
    return made;
  }

  /**
   * The address of a Unix socket.
   *
   * @param isAbstract a name in the kernel's own space instead of a file's path
   */
  static MemorySegment unix(String name, boolean isAbstract, Arena arena) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST_PATH) {
      throw new IllegalArgumentException(
          name + " has " + bytes.length + " bytes; a Unix socket's path has at most " + MOST_PATH);
    }
    // a path ends with a zero byte, an abstract name begins with one
    MemorySegment made = arena.allocate(HEAD + bytes.length + 1L);
    made.set(ValueLayout.JAVA_SHORT, 0, (short) UNIX);
    MemorySegment.copy(
        bytes, 0, made, ValueLayout.JAVA_BYTE, HEAD + (isAbstract ? 1 : 0), bytes.length);
    return made;
  }

  /** Reads what the kernel wrote. */
  static SocketAddress read(MemorySegment address, int length) {
    int family = length < HEAD ? UNIX : address.get(ValueLayout.JAVA_SHORT, 0);
    return switch (family) {
      case UNIX -> UnixDomainSocketAddress.of(path(address, length));
      case IPV4 -> inet(address, IPV4_AT, 4);
      case IPV6 -> inet(address, IPV6_AT, 16);
      default -> throw new IllegalArgumentException("a socket of the family " + family);
    };
  }

  private static String path(MemorySegment address, int length) {
    byte[] bytes = address.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    int end = HEAD;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, Math.min(HEAD, end), Math.max(0, end - HEAD), StandardCharsets.UTF_8);
  }

  private static InetSocketAddress inet(MemorySegment address, int at, int bytes) {
    try {
      InetAddress host =
          InetAddress.getByAddress(address.asSlice(at, bytes).toArray(ValueLayout.JAVA_BYTE));
      return new InetSocketAddress(host, Short.toUnsignedInt(address.get(NETWORK_SHORT, HEAD)));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // only for a wrong length
    }
  }
}
