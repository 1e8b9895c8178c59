package io.sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;

/**
 * Puts a head together in one growing array and hands it over as one buffer. One for each event
 * loop; bound to its thread.
 */
public final class HeadWriter {
  private static final byte[] CRLF = {'\r', '\n'};

  private byte[] out = new byte[4096];
  private int length;

  /** Starts a new head. */
  public HeadWriter start() {
    length = 0;
    return this;
  }

  /** Appends bytes. */
  public HeadWriter put(byte[] bytes) {
    return put(bytes, 0, bytes.length);
  }

  /** Appends bytes [from, to). */
  public HeadWriter put(byte[] bytes, int from, int to) {
    int n = to - from;
    makeRoom(n);
    System.arraycopy(bytes, from, out, length, n);
    length += n;
    return this;
  }

  /** Appends what another one has written. */
  public HeadWriter put(HeadWriter other) {
    return put(other.out, 0, other.length);
  }

  /** Appends one byte. */
  public HeadWriter put(char c) {
    makeRoom(1);
    out[length++] = (byte) c;
    return this;
  }

  /** Appends a number that is not negative in decimal digits. */
  public HeadWriter put(long number) {
    makeRoom(20);
    int end = length + digits(number);
    long n = number;
    for (int i = end - 1; i >= length; i--) {
      out[i] = (byte) ('0' + n % 10);
      n /= 10;
    }
    length = end;
    return this;
  }

  private static int digits(long number) {
    int n = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      n++;
    }
    return n;
  }

  /** Appends a line end. */
  public HeadWriter crlf() {
    return put(CRLF);
  }

  private void makeRoom(int n) {
    if (length + n > out.length) {
      out = Arrays.copyOf(out, Math.max(length + n, out.length * 2));
    }
  }

  /**
   * Copies a head's field lines except the dropped and edited ones, in whole runs, and then the
   * lines that the edits put in.
   */
  public HeadWriter fields(MessageHead head, HeadEdits edits) {
    int n = head.fieldCount();
    boolean edited = !edits.isEmpty();
    int run = -1;
    for (int i = 0; i < n; i++) {
      boolean out = head.isDropped(i) || edited && edits.takesOut(head, i);
      if (out && run >= 0) {
        put(head.bytes(), run, head.nameStart(i));
        run = -1;
      } else if (!out && run < 0) {
        run = head.nameStart(i);
      }
    }
    if (run >= 0) {
      put(head.bytes(), run, head.lineEnd(n - 1));
    }
    if (edited) {
      edits.write(this);
    }
    return this;
  }

  /** How many bytes were written. */
  public int length() {
    return length;
  }

  /** Copies what was written into a buffer. */
  public void writeTo(ByteBuf buffer) {
    buffer.writeBytes(out, 0, length);
  }

  /** What was written, as a new array. */
  public byte[] toBytes() {
    return Arrays.copyOf(out, length);
  }

  /**
   * The head as a new buffer.
   *
   * @param extra bytes of room behind it
   */
  public ByteBuf take(ByteBufAllocator allocator, int extra) {
    ByteBuf buffer = allocator.directBuffer(length + extra);
    buffer.writeBytes(out, 0, length);
    return buffer;
  }
}
