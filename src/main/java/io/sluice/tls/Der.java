package io.sluice.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over DER (X.690 10) and the few structures that are written here. The JDK reads and
 * writes certificates, but neither OpenSSL's older keys nor OCSP.
 */
final class Der {
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OID = 0x06;
  static final int ENUMERATED = 0x0A;
  static final int GENERALIZED_TIME = 0x18;
  static final int SEQUENCE = 0x30;

  /** Version 0 of PKCS#8, and rsaEncryption with NULL parameters. */
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

  private static final byte[] RSA = {
    0x30,
    0x0D,
    0x06,
    0x09,
    0x2A,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xF7,
    0x0D,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  private final byte[] bytes;
  private final int end;
  private int at;

  private Der(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** Over the whole. */
  static Der of(byte[] bytes) {
    return new Der(bytes, 0, bytes.length);
  }

  boolean hasMore() {
    return at < end;
  }

  /** The tag of what comes next; -1: nothing. */
  int peek() {
    return hasMore() ? bytes[at] & 0xFF : -1;
  }

  /**
   * Enters the next value, and goes on behind it here.
   *
   * @throws IOException when it has another tag, or does not end within what surrounds it
   */
  Der enter(int tag) throws IOException {
    if (peek() != tag) {
      throw new IOException("expected the DER tag " + tag + ", found " + peek());
    }
    int start = at + 2;
    if (start > end) {
      throw new IOException("DER ends in the middle of a value");
    }
    int length = bytes[at + 1] & 0xFF;
    if (length > 0x7F) {
      int octets = length & 0x7F;
      if (octets == 0 || octets > 3 || start + octets > end) {
        throw new IOException("DER with a length that is not supported");
      }
      length = 0;
      for (int i = 0; i < octets; i++) {
        length = length << 8 | bytes[start++] & 0xFF;
      }
    }
    if (start + length > end) {
      throw new IOException("DER ends in the middle of a value");
    }
    at = start + length;
    return new Der(bytes, start, start + length);
  }

  /** Enters the next value if it has this tag. */
  @Nullable Der enterIf(int tag) throws IOException {
    return peek() == tag ? enter(tag) : null;
  }

  /** Passes over the next value, whatever it is. */
  void skip() throws IOException {
    enter(peek());
  }

  /** The next value with its tag and length. */
  byte[] whole() throws IOException {
    int from = at;
    skip();
    return Arrays.copyOfRange(bytes, from, at);
  }

  /** What is left, without looking at it. */
  byte[] rest() {
    return Arrays.copyOfRange(bytes, at, end);
  }

  // ---------------------------------------------------------------- writing

  /** A value of these parts. */
  static byte[] value(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int length = content.size();
    out.write(tag);
    if (length > 0xFFFF) {
      out.write(0x83);
      out.write(length >> 16);
    } else if (length > 0xFF) {
      out.write(0x82);
    } else if (length > 0x7F) {
      out.write(0x81);
    }
    if (length > 0xFF) {
      out.write(length >> 8);
    }
    out.write(length);
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  /** PKCS#8 (RFC 5208) around a key of PKCS#1. */
  static byte[] pkcs8OfRsa(byte[] pkcs1) {
    return value(SEQUENCE, VERSION_0, RSA, value(OCTET_STRING, pkcs1));
  }

  /**
   * PKCS#8 around a key of SEC 1 (RFC 5915), which has the same parameters as the certified one.
   *
   * @param certified the public key as the certificate has it
   */
  static byte[] pkcs8OfEc(byte[] sec1, byte[] certified) throws IOException {
    byte[] algorithm = of(certified).enter(SEQUENCE).whole();
    return value(SEQUENCE, VERSION_0, algorithm, value(OCTET_STRING, sec1));
  }
}
