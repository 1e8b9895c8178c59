package io.sluice.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Character classes of RFC 9110 and scans over bytes, eight at a time where it pays. */
public final class Ascii {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final long SPACES = 0x2020202020202020L;
  private static final long DELS = 0x7F7F7F7F7F7F7F7FL;

  /** Lower-case form of each token character (RFC 9110 5.6.2); 0 for every other byte. */
  private static final byte[] TOKEN = new byte[256];

  static {
    for (int c = 0x21; c < 0x7F; c++) {
      boolean letterOrDigit = c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
      if (letterOrDigit || "!#$%&'*+-.^_`|~".indexOf(c) >= 0) {
        TOKEN[c] = (byte) (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
      }
    }
  }

  private Ascii() {}

  /** The lower-case form of a token character, or 0 when the byte is none. */
  public static byte token(byte b) {
    return TOKEN[b & 0xFF];
  }

  /** Lower case of an ASCII letter, any other byte as it is. */
  public static byte lower(byte b) {
    return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
  }

  /** Bytes of an ASCII text. */
  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Text of ASCII bytes; bytes over 0x7F become the Latin-1 characters of that number. */
  public static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** The first position in [from, to) that holds a control character or DEL; {@code to}: none. */
  static int control(byte[] bytes, int from, int to) {
    int i = from;
    for (; i + 8 <= to; i += 8) {
      long w = (long) LONGS.get(bytes, i);
      long x = w ^ DELS;
      long hit = (((w - SPACES) & ~w) | ((x - ONES) & ~x)) & HIGHS;
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    for (; i < to; i++) {
      byte b = bytes[i];
      if (b >= 0 && b < 0x20 || b == 0x7F) {
        return i;
      }
    }
    return to;
  }

  /** The first LF in [from, to); {@code to}: none. */
  static int lineFeed(byte[] bytes, int from, int to) {
    int i = from;
    for (; i + 8 <= to; i += 8) {
      long x = (long) LONGS.get(bytes, i) ^ (ONES * '\n');
      long hit = (x - ONES) & ~x & HIGHS;
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    while (i < to && bytes[i] != '\n') {
      i++;
    }
    return i;
  }

  /** Whether [from, to) equals the lower-case text, letters in any case. */
  public static boolean equalsIgnoreCase(byte[] bytes, int from, int to, byte[] lowerCase) {
    if (to - from != lowerCase.length) {
      return false;
    }
    for (int i = 0; i < lowerCase.length; i++) {
      if (lower(bytes[from + i]) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a comma-separated list (RFC 9110 5.6.1) in [from, to) has this lower-case member.
   *
   * @param lowerCase a token
   */
  public static boolean listContains(byte[] bytes, int from, int to, byte[] lowerCase) {
    int i = from;
    while (i < to) {
      int end = listMemberEnd(bytes, i, to);
      int s = skipSpace(bytes, i, end);
      if (equalsIgnoreCase(bytes, s, trimSpace(bytes, s, end), lowerCase)) {
        return true;
      }
      i = end + 1;
    }
    return false;
  }

  static int listMemberEnd(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && bytes[i] != ',') {
      i++;
    }
    return i;
  }

  static int skipSpace(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && (bytes[i] == ' ' || bytes[i] == '\t')) {
      i++;
    }
    return i;
  }

  static int trimSpace(byte[] bytes, int from, int to) {
    int i = to;
    while (i > from && (bytes[i - 1] == ' ' || bytes[i - 1] == '\t')) {
      i--;
    }
    return i;
  }
}
