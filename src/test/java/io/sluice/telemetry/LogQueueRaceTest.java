package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LogQueueRaceTest {
  private static final int LINES = 400_000;

  /** Takes lines of the form number, filling of that number's length, line end; in odd pieces. */
  private static final class Checker implements WritableByteChannel {
    private final ByteBuffer line = ByteBuffer.allocate(LogQueue.CHUNK);
    private int calls;
    private int last = -1;
    private int received;

    @Override
    public int write(ByteBuffer bytes) {
      int most = calls++ % 3 == 0 ? 7 : bytes.remaining();
      int taken = 0;
      while (taken < most && bytes.hasRemaining()) {
        byte b = bytes.get();
        taken++;
        if (b == '\n') {
          check();
        } else {
          line.put(b);
        }
      }
      return taken;
    }

    private void check() {
      line.flip();
      int number = line.getInt() ^ MASK;
      if (number <= last || line.remaining() != filling(number)) {
        throw new AssertionError(number + " after " + last + ", " + line.remaining() + " bytes");
      }
      while (line.hasRemaining()) {
        if (line.get() != (byte) ('a' + number % 26)) {
          throw new AssertionError("line " + number + " is torn");
        }
      }
      last = number;
      received++;
      line.clear();
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  /** Moves small bytes away from the line end; numbers that still hold one are passed over. */
  private static final int MASK = 0x80808080;

  private static int filling(int number) {
    return number * 31 % 700;
  }

  @Test
  void linesArriveWholeAndInOrderAndTheRestIsCounted() throws Exception {
    AtomicInteger hurried = new AtomicInteger();
    LogQueue queue = new LogQueue(hurried::incrementAndGet);
    Thread loop = Thread.ofPlatform().start(() -> fill(queue));
    Checker checker = new Checker();
    while (loop.isAlive()) {
      assertThat(queue.drainTo(checker)).isTrue();
    }
    loop.join();
    assertThat(queue.drainTo(checker)).isTrue();
    assertThat(checker.received + queue.dropped()).isEqualTo(written);
    assertThat(queue.remaining()).isZero();
    assertThat(checker.received).isPositive();
  }

  private volatile int written;

  private void fill(LogQueue queue) {
    int lines = 0;
    for (int number = 0; number < LINES; number++) {
      if (hasLineEnd(number)) {
        continue;
      }
      lines++;
      int bound = 4 + filling(number) + 1 + number % 1000;
      byte[] to = queue.room(bound);
      if (to != null) {
        int at = queue.position();
        ByteBuffer.wrap(to).putInt(at, number ^ MASK);
        int end = at + 4 + filling(number);
        java.util.Arrays.fill(to, at + 4, end, (byte) ('a' + number % 26));
        to[end] = '\n';
        queue.publish(end + 1);
      }
    }
    written = lines;
  }

  private static boolean hasLineEnd(int number) {
    int bytes = number ^ MASK;
    for (int shift = 0; shift < 32; shift += 8) {
      if ((bytes >>> shift & 0xFF) == '\n') {
        return true;
      }
    }
    return false;
  }

  @Test
  void aQueueThatNobodyReadsDropsAtItsBound() throws Exception {
    AtomicInteger hurried = new AtomicInteger();
    LogQueue queue = new LogQueue(hurried::incrementAndGet);
    int line = 1000;
    int kept = 0;
    for (int i = 0; i < 10_000; i++) {
      byte[] to = queue.room(line);
      if (to != null) {
        to[queue.position() + line - 1] = '\n';
        queue.publish(queue.position() + line);
        kept++;
      }
    }
    assertThat(kept).isEqualTo(LogQueue.BYTES / LogQueue.CHUNK * (LogQueue.CHUNK / line));
    assertThat(queue.dropped()).isEqualTo(10_000 - kept);
    assertThat(queue.remaining()).isEqualTo(kept);
    assertThat(hurried.get()).isEqualTo(16);
  }
}
