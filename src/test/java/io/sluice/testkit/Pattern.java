package io.sluice.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/** Bytes without end that can be told from others, for bodies too long to keep. */
public final class Pattern {
  private static final int BLOCK = 64 * 1024;
  private static final byte[] BYTES = new byte[BLOCK + 251];

  static {
    for (int i = 0; i < BYTES.length; i++) {
      BYTES[i] = (byte) (i * 31 ^ i >>> 8);
    }
  }

  /** What has come of a body. */
  public record Sum(long length, long checksum) {}

  private Pattern() {}

  /** The sum of this many bytes. */
  public static Sum sum(long length) {
    CRC32C crc = new CRC32C();
    long at = 0;
    while (at < length) {
      int n = (int) Math.min(BLOCK, length - at);
      crc.update(BYTES, offset(at), n);
      at += n;
    }
    return new Sum(length, crc.getValue());
  }

  /** Each block begins elsewhere, so that a lost or repeated one shows. */
  private static int offset(long at) {
    return (int) (at / BLOCK % 251);
  }

  /** Writes this many bytes. */
  public static void write(OutputStream out, long length) throws IOException {
    write(out, length, new AtomicLong());
  }

  /** Writes this many bytes and counts those that were taken. */
  public static void write(OutputStream out, long length, AtomicLong taken) throws IOException {
    long at = 0;
    while (at < length) {
      int n = (int) Math.min(BLOCK, length - at);
      out.write(BYTES, offset(at), n);
      at += n;
      taken.set(at);
    }
    out.flush();
  }

  /** Writes this many bytes as chunks of a body, with the last chunk. */
  public static void writeChunks(OutputStream out, long length) throws IOException {
    long at = 0;
    while (at < length) {
      int n = (int) Math.min(BLOCK, length - at);
      out.write(Wire.bytes(Integer.toHexString(n) + "\r\n"));
      out.write(BYTES, offset(at), n);
      out.write(Wire.bytes("\r\n"));
      at += n;
    }
    out.write(Wire.bytes("0\r\n\r\n"));
    out.flush();
  }

  /** Reads a stream to its end. */
  public static Sum read(InputStream in) throws IOException {
    return read(in, Long.MAX_VALUE);
  }

  /** Reads a stream to its end or this many bytes. */
  public static Sum read(InputStream in, long limit) throws IOException {
    CRC32C crc = new CRC32C();
    byte[] buffer = new byte[BLOCK];
    long length = 0;
    while (length < limit) {
      int n = in.read(buffer, 0, (int) Math.min(BLOCK, limit - length));
      if (n < 0) {
        break;
      }
      crc.update(buffer, 0, n);
      length += n;
    }
    return new Sum(length, crc.getValue());
  }
}
