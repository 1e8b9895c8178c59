package io.sluice.telemetry;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Lines on their way from one event loop to the log's writer: chunks of bytes in a ring, bounded to
 * {@value #BYTES} bytes. The loop never waits: without room a line is dropped and counted.
 *
 * <p>A line lies in one chunk. Chunks are made when first needed, and the one freed last is filled
 * next, so that a log that keeps up lives in two of them and in the processor's cache.
 */
final class LogQueue {
  static final int CHUNK = 128 * 1024;
  private static final int SLOTS = 32;
  private static final int MASK = SLOTS - 1;

  /** What waits at most. */
  static final int BYTES = CHUNK * SLOTS;

  private static final VarHandle FILLING;
  private static final VarHandle READING;
  private static final VarHandle DROPPED;
  private static final VarHandle ENDS = MethodHandles.arrayElementVarHandle(int[].class);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      FILLING = lookup.findVarHandle(LogQueue.class, "filling", long.class);
      READING = lookup.findVarHandle(LogQueue.class, "reading", long.class);
      DROPPED = lookup.findVarHandle(LogQueue.class, "dropped", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Runnable halfFull;

  /** Slots are written by the loop before it publishes {@link #filling}; read by the writer. */
  private final byte[][] chunks = new byte[SLOTS][];

  /**
   * Up to where each chunk holds whole lines. Written by the loop (release), read by the writer.
   */
  private final int[] ends = new int[SLOTS];

  /** Number of the chunk being filled. Written by the loop (release), read by the writer. */
  private long filling;

  /** Number of the chunk being read. Written by the writer (release), read by the loop. */
  private long reading;

  /** Written by the loop (opaque), read by anyone. */
  private long dropped;

  // The loop's own.
  private @Nullable Thread loop;
  private byte[] chunk = new byte[CHUNK];
  private int position;
  private long reclaimed;
  private final byte[][] free = new byte[SLOTS][];
  private int freeCount;

  /** The writer's own: what of the chunk being read has been written. */
  private int written;

  /**
   * An empty queue.
   *
   * @param halfFull called on the loop, at most once for each chunk, to hurry the writer
   */
  LogQueue(Runnable halfFull) {
    this.halfFull = halfFull;
    chunks[0] = chunk;
  }

  /**
   * The array for the next line, to be written at {@link #position}. Loop only.
   *
   * @param bytes the line's length at most, up to {@link #CHUNK}
   * @return null: there is no room, and the line is counted as dropped
   */
  byte @Nullable [] room(int bytes) {
    assert isLoop();
    if (CHUNK - position >= bytes || nextChunk()) {
      return chunk;
    }
    DROPPED.setOpaque(this, dropped + 1);
    return null;
  }

  private boolean isLoop() {
    if (loop == null) {
      loop = Thread.currentThread();
    }
    return loop == Thread.currentThread();
  }

  /** Where the next line starts. Loop only. */
  int position() {
    return position;
  }

  /** A whole line has been written up to here: the writer may have it. Loop only. */
  void publish(int end) {
    position = end;
    ENDS.setRelease(ends, (int) filling & MASK, end);
  }

  private boolean nextChunk() {
    long read = (long) READING.getAcquire(this);
    for (; reclaimed < read; reclaimed++) {
      free[freeCount++] = chunks[(int) reclaimed & MASK];
    }
    long next = filling + 1;
    if (next - read >= SLOTS) {
      return false;
    }
    chunk = freeCount > 0 ? free[--freeCount] : new byte[CHUNK];
    position = 0;
    chunks[(int) next & MASK] = chunk;
    ends[(int) next & MASK] = 0;
    FILLING.setRelease(this, next);
    if (next - read >= SLOTS / 2) {
      halfFull.run();
    }
    return true;
  }

  /** Lines dropped for want of room. Any thread. */
  long dropped() {
    return (long) DROPPED.getOpaque(this);
  }

  /**
   * Writes all that is there. Writer only. After an exception or a false the next call goes on at
   * the very byte.
   *
   * @return false when the channel takes no more at the moment
   */
  boolean drainTo(WritableByteChannel channel) throws IOException {
    long last = (long) FILLING.getAcquire(this);
    while (true) {
      int slot = (int) reading & MASK;
      int end = (int) ENDS.getAcquire(ends, slot);
      if (written < end && !write(channel, chunks[slot], end)) {
        return false;
      }
      if (reading == last) {
        return true;
      }
      written = 0;
      READING.setRelease(this, reading + 1);
    }
  }

  private boolean write(WritableByteChannel channel, byte[] from, int end) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(from, written, end - written);
    try {
      while (bytes.hasRemaining()) {
        if (channel.write(bytes) <= 0) {
          return false;
        }
      }
      return true;
    } finally {
      written = bytes.position();
    }
  }

  /**
   * Goes back to the start of a line that was written in part. Writer only.
   *
   * @return false when there is none
   */
  boolean rewindCutLine() {
    byte[] bytes = chunks[(int) reading & MASK];
    boolean cut = written > 0 && bytes[written - 1] != '\n';
    while (written > 0 && bytes[written - 1] != '\n') {
      written--;
    }
    return cut;
  }

  /** Lines not yet written as a whole. Writer only. */
  long remaining() {
    long last = (long) FILLING.getAcquire(this);
    long lines = 0;
    for (long number = reading; number <= last; number++) {
      byte[] bytes = chunks[(int) number & MASK];
      int end = (int) ENDS.getAcquire(ends, (int) number & MASK);
      for (int i = number == reading ? written : 0; i < end; i++) {
        lines += bytes[i] == '\n' ? 1 : 0;
      }
    }
    return lines;
  }
}
