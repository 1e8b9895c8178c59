package io.sluice.telemetry;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The figures of one series step by step, kept as bytes: {@value #CHUNK} steps make a chunk, which
 * is compressed when it is over. A step without figures takes no memory. Not thread-safe.
 */
final class Steps {
  private static final int CHUNK = 60;
  private static final int CHUNK_OVERHEAD = 64;

  private final ArrayDeque<Chunk> closed = new ArrayDeque<>(2);

  /** Moves where chunks begin, so that not all series compress theirs at the same time. */
  private final int offset;

  private @Nullable Numbers open;
  private long openNumber;
  private long last = Long.MIN_VALUE;
  private long bytes;

  /** Steps that are over; the bytes are compressed when there are fewer than the length says. */
  private static final class Chunk {
    final long number;
    final int length;
    final byte[] bytes;

    Chunk(long number, int length, byte[] bytes) {
      this.number = number;
      this.length = length;
      this.bytes = bytes;
    }
  }

  /** Is shown steps. */
  interface Visitor {
    /** A step's figures; see {@link Figures#readFrom}, which must be called once. */
    void step(long step, Numbers figures);
  }

  Steps(int offset) {
    this.offset = Math.floorMod(offset, CHUNK);
  }

  private long chunk(long step) {
    return Math.floorDiv(step + offset, CHUNK);
  }

  private long firstStep(long chunk) {
    return chunk * CHUNK - offset;
  }

  /** The last step that was added. */
  long last() {
    return last;
  }

  /**
   * Adds a step.
   *
   * @param step later than the {@link #last} one
   */
  void add(long step, Numbers figures) {
    if (step <= last) {
      throw new IllegalArgumentException("step " + step + " does not follow " + last);
    }
    last = step;
    long number = chunk(step);
    Numbers to = open;
    if (to == null || number != openNumber) {
      close();
      to = new Numbers();
      open = to;
      openNumber = number;
    }
    to.add(step - firstStep(number));
    to.add(figures.length());
    to.add(figures);
  }

  private void close() {
    Numbers full = open;
    if (full != null) {
      open = null;
      byte[] plain = full.toBytes();
      byte[] small = deflate(plain);
      closed.addLast(new Chunk(openNumber, plain.length, small));
      bytes += small.length + CHUNK_OVERHEAD;
    }
  }

  private static byte[] deflate(byte[] plain) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(plain);
      deflater.finish();
      byte[] out = new byte[plain.length];
      int length = deflater.deflate(out);
      return deflater.finished() && length < plain.length ? Arrays.copyOf(out, length) : plain;
    } finally {
      deflater.end();
    }
  }

  private static Numbers inflate(Chunk chunk) {
    if (chunk.bytes.length == chunk.length) {
      return new Numbers(chunk.bytes, chunk.length);
    }
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(chunk.bytes);
      byte[] out = new byte[chunk.length];
      int length = inflater.inflate(out);
      return new Numbers(out, length);
    } catch (DataFormatException e) {
      throw new IllegalStateException("a chunk was compressed wrongly", e);
    } finally {
      inflater.end();
    }
  }

  /**
   * Shows steps in their order.
   *
   * @param from the first one
   * @param to the first one that is not shown
   */
  void each(long from, long to, Visitor visitor) {
    for (Chunk chunk : closed) {
      if (chunk.number >= chunk(from) && chunk.number <= chunk(to)) {
        each(chunk.number, inflate(chunk), from, to, visitor);
      }
    }
    Numbers current = open;
    if (current != null) {
      each(openNumber, new Numbers(current.toBytes(), current.length()), from, to, visitor);
    }
  }

  private void each(long number, Numbers in, long from, long to, Visitor visitor) {
    while (!in.isAtEnd()) {
      long step = firstStep(number) + in.next();
      long length = in.next();
      if (step >= from && step < to) {
        visitor.step(step, in);
      } else {
        in.skip(length);
      }
    }
  }

  /** Gives up chunks that hold only steps before this one. */
  void forget(long before) {
    long number = chunk(before);
    for (Chunk first = closed.peekFirst();
        first != null && first.number < number;
        first = closed.peekFirst()) {
      bytes -= first.bytes.length + CHUNK_OVERHEAD;
      closed.removeFirst();
    }
    if (open != null && openNumber < number) {
      open = null;
    }
  }

  boolean isEmpty() {
    return open == null && closed.isEmpty();
  }

  /** Memory that is held, in bytes. */
  long bytes() {
    return bytes + (open == null ? 0 : open.capacity() + CHUNK_OVERHEAD);
  }
}
