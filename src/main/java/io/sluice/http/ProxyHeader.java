package io.sluice.http;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the header of HAProxy's PROXY protocol says of the connection that it stands at the start
 * of. Both addresses are known or neither is.
 *
 * @param source where the client is; null: the header speaks of nobody else's connection (LOCAL,
 *     UNKNOWN, or addresses that are no IP addresses), so its sender is the client
 * @param destination what the client has connected to
 */
public record ProxyHeader(
    @Nullable InetSocketAddress source, @Nullable InetSocketAddress destination) {

  /** The sender speaks for itself. */
  public static final ProxyHeader LOCAL = new ProxyHeader(null, null);

  /** What version 2 begins with. */
  private static final byte[] SIGNATURE = Ascii.bytes("\r\n\r\n\0\r\nQUIT\n");

  /** Version, command, family, transport and a length of two bytes follow the signature. */
  static final int V2_HEAD = SIGNATURE.length + 4;

  private static final byte[] V1_LOCAL = Ascii.bytes("PROXY UNKNOWN\r\n");
  private static final byte V2_LOCAL = 0x20;
  private static final byte V2_PROXY = 0x21;
  private static final byte UNSPECIFIED = 0x00;
  private static final byte TCP_4 = 0x11;
  private static final byte TCP_6 = 0x21;
  private static final String MAPPED = "::ffff:";

  public ProxyHeader {
    if ((source == null) != (destination == null)) {
      throw new IllegalArgumentException("both addresses or neither: " + source + destination);
    }
  }

  /** For a connection between these; {@link #LOCAL} unless both are IP addresses. */
  public static ProxyHeader between(
      @Nullable SocketAddress source, @Nullable SocketAddress destination) {
    return source instanceof InetSocketAddress from
            && destination instanceof InetSocketAddress to
            && !from.isUnresolved()
            && !to.isUnresolved()
        ? new ProxyHeader(from, to)
        : LOCAL;
  }

  static byte signature(int at) {
    return SIGNATURE[at];
  }

  /** The header as the line of version 1. */
  public byte[] v1() {
    if (source == null || destination == null) {
      return V1_LOCAL.clone();
    }
    boolean four = isIpv4(source) && isIpv4(destination);
    return Ascii.bytes(
        (four ? "PROXY TCP4 " : "PROXY TCP6 ")
            + text(source, four)
            + ' '
            + text(destination, four)
            + ' '
            + source.getPort()
            + ' '
            + destination.getPort()
            + "\r\n");
  }

  /** The header in version 2, without TLVs. */
  public byte[] v2() {
    if (source == null || destination == null) {
      return ByteBuffer.allocate(V2_HEAD).put(SIGNATURE).put(V2_LOCAL).put(UNSPECIFIED).array();
    }
    boolean four = isIpv4(source) && isIpv4(destination);
    int length = four ? 12 : 36;
    ByteBuffer header = ByteBuffer.allocate(V2_HEAD + length);
    header.put(SIGNATURE).put(V2_PROXY).put(four ? TCP_4 : TCP_6).putShort((short) length);
    put(header, source.getAddress(), four);
    put(header, destination.getAddress(), four);
    return header
        .putShort((short) source.getPort())
        .putShort((short) destination.getPort())
        .array();
  }

  private static boolean isIpv4(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address;
  }

  /** An IPv4 address beside an IPv6 one is written as an IPv4-mapped one (RFC 4291 2.5.5.2). */
  private static String text(InetSocketAddress address, boolean four) {
    String text = NetUtil.toAddressString(address.getAddress());
    return !four && isIpv4(address) ? MAPPED + text : text;
  }

  private static void put(ByteBuffer to, InetAddress address, boolean four) {
    byte[] bytes = address.getAddress();
    if (!four && bytes.length == 4) {
      to.putLong(0).putShort((short) 0).putShort((short) -1);
    }
    to.put(bytes);
  }
}
