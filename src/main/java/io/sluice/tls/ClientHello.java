package io.sluice.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a client says of itself before anything else (RFC 8446 4.1.2), as far as the choice of a
 * certificate hangs on it.
 *
 * @param serverName the name that it asks for, in lower case without a final dot; null: none
 * @param tls13 whether it offers TLS 1.3
 * @param ecdsaSuites whether it offers ciphers of TLS 1.2 for ECDSA
 * @param schemes which of ECDSA's signatures it takes; see {@link #takesEcdsa}
 */
public record ClientHello(
    @Nullable String serverName, boolean tls13, boolean ecdsaSuites, int schemes) {
  private static final int SERVER_NAME = 0;
  private static final int SIGNATURE_ALGORITHMS = 13;
  private static final int SUPPORTED_VERSIONS = 43;
  private static final int TLS_1_3 = 0x0304;

  private static final int P256 = 1;
  private static final int P384 = 2;
  private static final int P521 = 4;
  private static final int LONGEST_NAME = 255;

  /**
   * Reads the body of a ClientHello, behind its type and length.
   *
   * @return null when it is malformed; the TLS library would refuse it, too
   */
  public static @Nullable ClientHello parse(ByteBuf body) {
    try {
      return new Reader(body.duplicate()).read();
    } catch (IndexOutOfBoundsException e) {
      return null;
    }
  }

  /** Whether a certificate with an ECDSA key of so many bits can be shown to this client. */
  boolean takesEcdsa(int curveBits) {
    int wanted = curveBits == 256 ? P256 : curveBits == 384 ? P384 : P521;
    return tls13 ? (schemes & wanted) != 0 : ecdsaSuites && schemes != 0;
  }

  /** Reads one; goes out of bounds where it ends too soon. */
  private static final class Reader {
    private final ByteBuf in;
    private @Nullable String serverName;
    private boolean tls13;
    private boolean ecdsaSuites;
    private int schemes;

    /** Before TLS 1.2 nobody said which signatures they take, and some still do not. */
    private boolean saysSchemes;

    Reader(ByteBuf in) {
      this.in = in;
    }

    ClientHello read() {
      in.skipBytes(2 + 32); // version and random
      in.skipBytes(in.readUnsignedByte()); // session id
      ByteBuf suites = in.readSlice(in.readUnsignedShort());
      while (suites.isReadable()) {
        ecdsaSuites |= isEcdsa(suites.readUnsignedShort());
      }
      in.skipBytes(in.readUnsignedByte()); // compression
      if (in.isReadable()) {
        ByteBuf extensions = in.readSlice(in.readUnsignedShort());
        while (extensions.isReadable()) {
          int type = extensions.readUnsignedShort();
          extension(type, extensions.readSlice(extensions.readUnsignedShort()));
        }
      }
      return new ClientHello(
          serverName, tls13, ecdsaSuites, saysSchemes ? schemes : P256 | P384 | P521);
    }

    private void extension(int type, ByteBuf content) {
      switch (type) {
        case SERVER_NAME -> serverName(content);
        case SIGNATURE_ALGORITHMS -> {
          saysSchemes = true;
          ByteBuf list = content.readSlice(content.readUnsignedShort());
          while (list.isReadable()) {
            schemes |= scheme(list.readUnsignedShort());
          }
        }
        case SUPPORTED_VERSIONS -> {
          ByteBuf list = content.readSlice(content.readUnsignedByte());
          while (list.isReadable()) {
            tls13 |= list.readUnsignedShort() == TLS_1_3;
          }
        }
        default -> {
          // nothing hangs on it
        }
      }
    }

    private void serverName(ByteBuf content) {
      ByteBuf list = content.readSlice(content.readUnsignedShort());
      while (list.isReadable()) {
        int type = list.readUnsignedByte();
        ByteBuf name = list.readSlice(list.readUnsignedShort());
        if (type == 0 && serverName == null && isName(name)) {
          String text = name.toString(StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
          serverName = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        }
      }
    }

    /** Anything else would be let into logs by whoever connects. */
    private static boolean isName(ByteBuf name) {
      for (int i = name.readerIndex(); i < name.writerIndex(); i++) {
        byte b = name.getByte(i);
        boolean ordinary =
            b >= 'a' && b <= 'z'
                || b >= 'A' && b <= 'Z'
                || b >= '0' && b <= '9'
                || b == '-'
                || b == '.'
                || b == '_';
        if (!ordinary) {
          return false;
        }
      }
      return name.readableBytes() > 0 && name.readableBytes() <= LONGEST_NAME;
    }

    private static int scheme(int code) {
      return switch (code) {
        case 0x0403 -> P256;
        case 0x0503 -> P384;
        case 0x0603 -> P521;
        default -> 0;
      };
    }

    private static boolean isEcdsa(int suite) {
      return switch (suite) {
        case 0xC009, 0xC00A, 0xC023, 0xC024, 0xC02B, 0xC02C, 0xCCA9 -> true;
        default -> false;
      };
    }
  }
}
