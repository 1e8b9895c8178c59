package io.sluice.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Values as the ASCII bytes of a log line, without making objects. Every method writes at a
 * position and returns the one behind; the caller has made sure of the room.
 *
 * <p>Nothing that a client sends can end a line or leave its quotes: whatever is no plain visible
 * ASCII becomes a JSON escape, in both formats.
 */
final class LineBytes {
  /** The most bytes that one byte or character becomes: {@code \}{@code u00e9}. */
  static final int MAX_ESCAPE = 6;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private LineBytes() {}

  static int put(byte[] to, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, to, at, bytes.length);
    return at + bytes.length;
  }

  /** A decimal number; one below 0 is written as 0. */
  static int number(byte[] to, int at, long value) {
    long rest = Math.max(0, value);
    int end = at + digits(rest);
    int i = end;
    do {
      long tenth = rest / 10;
      to[--i] = (byte) ('0' + (rest - tenth * 10));
      rest = tenth;
    } while (rest != 0);
    return end;
  }

  private static int digits(long value) {
    int digits = 1;
    for (long limit = 10; digits < 19 && value >= limit; limit *= 10) {
      digits++;
    }
    return digits;
  }

  /** Nanoseconds as milliseconds with three decimals, the rest cut off. */
  static int millis(byte[] to, int at, long nanos) {
    long micros = Math.max(0, nanos) / 1000;
    long whole = micros / 1000;
    int i = number(to, at, whole);
    to[i] = '.';
    return threeDigits(to, i + 1, (int) (micros - whole * 1000));
  }

  /** A number of 0 to 999 with leading zeros. */
  static int threeDigits(byte[] to, int at, int value) {
    to[at] = (byte) ('0' + value / 100);
    return twoDigits(to, at + 1, value % 100);
  }

  /** A number of 0 to 99 with a leading zero. */
  static int twoDigits(byte[] to, int at, int value) {
    to[at] = (byte) ('0' + value / 10);
    to[at + 1] = (byte) ('0' + value % 10);
    return at + 2;
  }

  /** A JSON string of bytes, each taken as the Latin-1 character of its number. */
  static int quoted(byte[] to, int at, byte[] from, int offset, int length) {
    int out = at;
    to[out++] = '"';
    int end = offset + length;
    int i = offset;
    while (i < end) {
      int stop = end;
      if (end - i >= Long.BYTES) {
        long eight = (long) LONGS.get(from, i);
        if (isPlain(eight)) {
          LONGS.set(to, out, eight);
          i += Long.BYTES;
          out += Long.BYTES;
          continue;
        }
        stop = i + Long.BYTES;
      }
      for (; i < stop; i++) {
        out = escaped(to, out, from[i] & 0xFF);
      }
    }
    to[out++] = '"';
    return out;
  }

  /** A JSON string of at most so many characters of a text. */
  static int quoted(byte[] to, int at, String text, int max) {
    int out = at;
    to[out++] = '"';
    int length = Math.min(text.length(), max);
    for (int i = 0; i < length; i++) {
      out = escaped(to, out, text.charAt(i));
    }
    to[out++] = '"';
    return out;
  }

  /** Whether a value of the text format cannot stand without quotes. */
  static boolean needsQuotes(byte[] from, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      byte b = from[i];
      if (!isPlain(b) || b == ' ' || b == '=') {
        return true;
      }
    }
    return length == 0 || length == 1 && from[offset] == '-';
  }

  /** Whether eight bytes all stand for themselves in a JSON string. */
  private static boolean isPlain(long eight) {
    long quote = eight ^ (ONES * '"');
    long backslash = eight ^ (ONES * '\\');
    long delete = eight ^ (ONES * 0x7F);
    long hits =
        eight
            | ((eight - ONES * ' ') & ~eight)
            | ((quote - ONES) & ~quote)
            | ((backslash - ONES) & ~backslash)
            | ((delete - ONES) & ~delete);
    return (hits & HIGHS) == 0;
  }

  private static boolean isPlain(int c) {
    return c >= ' ' && c < 0x7F && c != '"' && c != '\\';
  }

  private static int escaped(byte[] to, int at, int c) {
    if (isPlain(c)) {
      to[at] = (byte) c;
      return at + 1;
    }
    to[at] = '\\';
    if (c == '"' || c == '\\') {
      to[at + 1] = (byte) c;
      return at + 2;
    }
    to[at + 1] = 'u';
    to[at + 2] = HEX[c >>> 12];
    to[at + 3] = HEX[c >>> 8 & 15];
    to[at + 4] = HEX[c >>> 4 & 15];
    to[at + 5] = HEX[c & 15];
    return at + MAX_ESCAPE;
  }
}
