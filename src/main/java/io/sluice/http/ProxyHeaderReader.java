package io.sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import io.sluice.http.MessageHead.Progress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads one header of the PROXY protocol, version 1 or 2, as it arrives. Strict: there is one, it
 * is whole, and whatever the specification does not define is refused at the first byte that shows
 * it. Bound to one thread and used once.
 */
public final class ProxyHeaderReader {
  /** Longest line of version 1, its line end included. */
  static final int LONGEST_LINE = 107;

  /** Most bytes of addresses and TLVs; all that are defined fit many times. */
  static final int LONGEST_BLOCK = 4096;

  /** Why a header is refused. */
  public enum Violation {
    MISSING("no PROXY header"),
    LINE("malformed line of PROXY protocol version 1"),
    LINE_TOO_LONG("line of PROXY protocol version 1 longer than 107 bytes"),
    ADDRESS("malformed address in a line of PROXY protocol version 1"),
    PORT("malformed port in a line of PROXY protocol version 1"),
    VERSION("PROXY protocol version that is neither 1 nor 2"),
    COMMAND("PROXY protocol command that is neither LOCAL nor PROXY"),
    FAMILY("unknown address family or transport in a PROXY header"),
    BLOCK_TOO_LONG("PROXY header longer than 4112 bytes"),
    BLOCK_TOO_SHORT("PROXY header without room for its addresses"),
    TLV("malformed TLV in a PROXY header"),
    CHECKSUM("wrong checksum in a PROXY header"),
    CUT("connection ended within its PROXY header"),
    LATE("PROXY header not complete in time");

    private final String reason;

    Violation(String reason) {
      this.reason = reason;
    }

    /** A short phrase for logs. */
    public String reason() {
      return reason;
    }
  }

  private static final byte[] LINE_START = Ascii.bytes("PROXY ");
  private static final String UNKNOWN = "PROXY UNKNOWN";
  private static final Pattern DECIMAL_4 =
      Pattern.compile("(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3}");
  private static final Pattern TEXT_6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,4}");

  private static final int TLV_HEAD = 3;
  private static final int TLV_CRC32C = 0x03;

  private byte[] bytes = new byte[128];
  private int filled;

  /** Where the header of version 2 ends; 0: not known yet. */
  private int end;

  private @Nullable ProxyHeader header;
  private @Nullable Violation violation;

  /** Nothing has come yet. */
  public ProxyHeaderReader() {}

  /** Whether not even a first byte has come. */
  public boolean isEmpty() {
    return filled == 0;
  }

  /**
   * The header.
   *
   * @throws IllegalStateException when it is not complete
   */
  public ProxyHeader header() {
    if (header == null) {
      throw new IllegalStateException("the header is not complete");
    }
    return header;
  }

  /**
   * Why it is refused.
   *
   * @throws IllegalStateException when it is not
   */
  public Violation violation() {
    if (violation == null) {
      throw new IllegalStateException("the header is not refused");
    }
    return violation;
  }

  /**
   * Takes bytes of the header from the buffer, and none behind it.
   *
   * @param in read up to the header's end when that is in it, else wholly
   */
  public Progress feed(ByteBuf in) {
    Progress progress = Progress.MORE;
    while (progress == Progress.MORE && in.isReadable()) {
      byte first = filled > 0 ? bytes[0] : in.getByte(in.readerIndex());
      progress = first == LINE_START[0] ? feedLine(in) : feedBlock(in);
    }
    return progress;
  }

  private Progress refuse(Violation why) {
    violation = why;
    return Progress.VIOLATION;
  }

  private Progress complete(ProxyHeader found) {
    header = found;
    return Progress.COMPLETE;
  }

  // ---------------------------------------------------------------- version 1

  private Progress feedLine(ByteBuf in) {
    byte b = in.readByte();
    bytes[filled++] = b;
    if (filled <= LINE_START.length && b != LINE_START[filled - 1]) {
      return refuse(Violation.MISSING);
    }
    if (b == '\n') {
      return bytes[filled - 2] == '\r' ? parseLine() : refuse(Violation.LINE);
    }
    return filled == LONGEST_LINE ? refuse(Violation.LINE_TOO_LONG) : Progress.MORE;
  }

  private Progress parseLine() {
    String line = new String(bytes, 0, filled - 2, StandardCharsets.ISO_8859_1);
    if (line.indexOf('\r') >= 0) {
      return refuse(Violation.LINE);
    }
    if (line.equals(UNKNOWN) || line.startsWith(UNKNOWN + " ")) {
      return complete(ProxyHeader.LOCAL); // whatever follows is to be ignored
    }
    String[] words = line.split(" ", -1);
    boolean four = words.length == 6 && words[1].equals("TCP4");
    if (!four && !(words.length == 6 && words[1].equals("TCP6"))) {
      return refuse(Violation.LINE);
    }
    InetAddress source = address(words[2], four);
    InetAddress destination = address(words[3], four);
    if (source == null || destination == null) {
      return refuse(Violation.ADDRESS);
    }
    int from = port(words[4]);
    int to = port(words[5]);
    if (from < 0 || to < 0) {
      return refuse(Violation.PORT);
    }
    return complete(
        new ProxyHeader(
            new InetSocketAddress(source, from), new InetSocketAddress(destination, to)));
  }

  private static @Nullable InetAddress address(String text, boolean four) {
    boolean valid =
        four
            ? DECIMAL_4.matcher(text).matches() && NetUtil.isValidIpV4Address(text)
            : TEXT_6.matcher(text).matches() && NetUtil.isValidIpV6Address(text);
    byte[] found = valid ? NetUtil.createByteArrayFromIpAddressString(text) : null;
    return found == null ? null : address(found);
  }

  private static int port(String text) {
    int port = DECIMAL.matcher(text).matches() ? Integer.parseInt(text) : -1;
    return port > 65_535 ? -1 : port;
  }

  // ---------------------------------------------------------------- version 2

  private Progress feedBlock(ByteBuf in) {
    int from = filled;
    int take = Math.min(in.readableBytes(), (end == 0 ? ProxyHeader.V2_HEAD : end) - filled);
    in.readBytes(bytes, filled, take);
    filled += take;
    for (int i = from; i < Math.min(filled, ProxyHeader.V2_HEAD - 4); i++) {
      if (bytes[i] != ProxyHeader.signature(i)) {
        return refuse(Violation.MISSING);
      }
    }
    if (end == 0 && filled == ProxyHeader.V2_HEAD) {
      Violation wrong = parseHead();
      if (wrong != null) {
        return refuse(wrong);
      }
    }
    return filled == end ? parseBlock() : Progress.MORE;
  }

  private int unsigned(int at) {
    return bytes[at] & 0xFF;
  }

  private int unsignedShort(int at) {
    return unsigned(at) << 8 | unsigned(at + 1);
  }

  private boolean isLocal() {
    return (bytes[12] & 0xF) == 0;
  }

  private @Nullable Violation parseHead() {
    if ((bytes[12] & 0xF0) != 0x20) {
      return Violation.VERSION;
    }
    if ((bytes[12] & 0xF) > 1) {
      return Violation.COMMAND;
    }
    int length = unsignedShort(14);
    int family = unsigned(13) >> 4;
    int transport = unsigned(13) & 0xF;
    // LOCAL: family and block are to be ignored
    if (!isLocal() && (family > 3 || transport > 2 || family > 0 && transport == 0)) {
      return Violation.FAMILY;
    }
    if (length > LONGEST_BLOCK) {
      return Violation.BLOCK_TOO_LONG;
    }
    if (!isLocal() && length < addressBytes()) {
      return Violation.BLOCK_TOO_SHORT;
    }
    end = ProxyHeader.V2_HEAD + length;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, end);
    }
    return null;
  }

  /** Bytes of both addresses with their ports. */
  private int addressBytes() {
    return switch (unsigned(13) >> 4) {
      case 1 -> 12;
      case 2 -> 36;
      case 3 -> 216;
      default -> 0;
    };
  }

  private Progress parseBlock() {
    int family = unsigned(13) >> 4;
    if (isLocal() || family == 0) {
      return complete(ProxyHeader.LOCAL); // the whole block is to be ignored
    }
    Violation wrong = checkTlvs(ProxyHeader.V2_HEAD + addressBytes());
    if (wrong != null) {
      return refuse(wrong);
    }
    if (family == 3) {
      return complete(ProxyHeader.LOCAL); // paths of sockets on another machine
    }
    int at = ProxyHeader.V2_HEAD;
    int length = family == 1 ? 4 : 16;
    InetAddress source = address(Arrays.copyOfRange(bytes, at, at + length));
    InetAddress destination = address(Arrays.copyOfRange(bytes, at + length, at + 2 * length));
    int ports = at + 2 * length;
    return complete(
        new ProxyHeader(
            new InetSocketAddress(source, unsignedShort(ports)),
            new InetSocketAddress(destination, unsignedShort(ports + 2))));
  }

  private @Nullable Violation checkTlvs(int first) {
    int checksum = 0;
    int at = first;
    while (at < end) {
      int value = at + TLV_HEAD;
      int next = value <= end ? value + unsignedShort(at + 1) : Integer.MAX_VALUE;
      if (next > end) {
        return Violation.TLV;
      }
      if (bytes[at] == TLV_CRC32C) {
        if (checksum != 0 || next - value != 4) {
          return Violation.TLV;
        }
        checksum = value;
      }
      at = next;
    }
    return checksum == 0 || isRight(checksum) ? null : Violation.CHECKSUM;
  }

  /** The checksum is over the whole header with zeros in the checksum's place. */
  private boolean isRight(int at) {
    long said = (long) unsignedShort(at) << 16 | unsignedShort(at + 2);
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, at);
    crc.update(new byte[4]);
    crc.update(bytes, at + 4, end - at - 4);
    return crc.getValue() == said;
  }

  /** An IPv4-mapped IPv6 address is the IPv4 address that it stands for. */
  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }
}
