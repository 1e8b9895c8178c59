package io.sluice.telemetry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread {@code sluice-access-log}: takes the lines of all event loops and writes them in large
 * pieces. It looks by itself every {@value #PAUSE_MILLIS} ms, because waking it for each line would
 * cost the event loop more than the line does; a queue that is half full wakes it.
 *
 * <p>A target that fails (a full disk, a closed pipe) is tried again every second from the very
 * byte where it failed; meanwhile the queues fill and then drop. The proxy never waits for it.
 */
final class LogWriter implements Runnable {
  static final int PAUSE_MILLIS = 50;
  private static final Logger log = LoggerFactory.getLogger(AccessLog.class);
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);
  private static final long BLOCKED_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long FAILED_PAUSE = TimeUnit.SECONDS.toNanos(1);

  private final LogTarget target;
  private final Queue<CompletableFuture<Void>> reopenings = new ConcurrentLinkedQueue<>();
  private final WarningPace failureWarnings = new WarningPace();
  private final WarningPace dropWarnings = new WarningPace();
  private final Thread thread;

  /** Written under this object's lock when a loop is added; read by the writer. */
  private volatile LogQueue[] queues = {};

  /** Written by {@link #close}, read by the writer. */
  private volatile boolean closing;

  /** Written by the writer when it has closed the target, read by {@link #reopen}. */
  private volatile boolean ended;

  /** Lines given up at the end. Written by the writer, read by anyone. */
  private volatile long lost;

  // The writer's own.
  private WritableByteChannel channel;
  private int next;
  private boolean failing;
  private long reported;

  /**
   * Opens the target and starts the thread.
   *
   * @throws IOException when the target cannot be opened
   */
  LogWriter(LogTarget target) throws IOException {
    this.target = target;
    this.channel = target.open();
    this.thread = Thread.ofPlatform().name("sluice-access-log").daemon().unstarted(this);
  }

  void start() {
    thread.start();
  }

  /** A new queue that this thread drains. */
  synchronized LogQueue newQueue() {
    LogQueue queue = new LogQueue(this::wake);
    LogQueue[] all = Arrays.copyOf(queues, queues.length + 1);
    all[all.length - 1] = queue;
    queues = all;
    return queue;
  }

  private void wake() {
    LockSupport.unpark(thread);
  }

  /** Lines dropped for want of room or given up at the end. Any thread. */
  long dropped() {
    long sum = lost;
    for (LogQueue queue : queues) {
      sum += queue.dropped();
    }
    return sum;
  }

  /** Asks for the target to be opened again; see {@link AccessLog#reopen}. */
  CompletableFuture<Void> reopen() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    reopenings.add(done);
    wake();
    if (ended) {
      finishReopenings();
    }
    return done;
  }

  /**
   * Writes what is there and ends the thread.
   *
   * @param millis how long a target that does not take the lines is waited for
   */
  void close(long millis) throws InterruptedException {
    closing = true;
    wake();
    thread.join(millis);
    if (thread.isAlive()) {
      log.warn(
          "access log: {} has not taken the last lines within {} ms; they are lost",
          target.name(),
          millis);
    }
  }

  @Override
  public void run() {
    while (!closing) {
      LockSupport.parkNanos(this, turn());
    }
    finish();
  }

  /** One round; returns the nanoseconds until the next. */
  private long turn() {
    long pause = PAUSE;
    try {
      if (!drain()) {
        pause = BLOCKED_PAUSE;
      }
    } catch (IOException e) {
      failed(e);
      pause = FAILED_PAUSE;
    }
    CompletableFuture<Void> reopening = reopenings.poll();
    while (reopening != null) {
      reopen(reopening);
      reopening = reopenings.poll();
      pause = 0;
    }
    warnOfDrops();
    return Math.max(pause, 1);
  }

  /**
   * Writes what is there, beginning with the queue whose line may have been cut.
   *
   * @return false when the target takes no more at the moment
   */
  private boolean drain() throws IOException {
    LogQueue[] all = queues;
    for (int left = all.length; left > 0; left--) {
      if (!all[next].drainTo(channel)) {
        return false;
      }
      next = (next + 1) % all.length;
    }
    if (failing) {
      failing = false;
      log.info("access log: {} takes lines again", target.name());
    }
    return true;
  }

  private void failed(IOException e) {
    failing = true;
    if (failureWarnings.permits(System.nanoTime())) {
      log.warn(
          "access log: writing to {} fails: {}. Requests go on; it is tried again every second,"
              + " and lines that find no room are dropped ({} so far)",
          target.name(),
          e.getMessage(),
          dropped());
    }
  }

  private void warnOfDrops() {
    long all = dropped();
    if (all > reported && dropWarnings.permits(System.nanoTime())) {
      log.warn(
          "access log: {} lines dropped, {} since the start: {} {}",
          all - reported,
          all,
          target.name(),
          failing
              ? "cannot be written to"
              : "takes them more slowly than requests end. Log to a faster disk, or read the"
                  + " pipe faster");
      reported = all;
    }
  }

  private void reopen(CompletableFuture<Void> done) {
    WritableByteChannel fresh;
    try {
      drain(); // what came between the last round and the call belongs to the old file
    } catch (IOException e) {
      failed(e);
    }
    try {
      fresh = target.open();
    } catch (IOException e) {
      log.warn(
          "access log: cannot open {} again: {}. The old one is written on",
          target.name(),
          describe(e));
      done.completeExceptionally(e);
      return;
    }
    closeChannel();
    channel = fresh;
    restartCutLine();
    done.complete(null);
  }

  /** A line that the old file got in part is written whole to the new one. */
  private void restartCutLine() {
    if (queues.length == 0 || !queues[next].rewindCutLine()) {
      return;
    }
    try {
      if (channel instanceof SeekableByteChannel file && file.size() > 0) {
        // The same file again: the half line in it must not grow together with the next one.
        channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  /** What an operator reads: file exceptions alone say no more than the path. */
  static String describe(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  private void finish() {
    try {
      while (!drain()) {
        LockSupport.parkNanos(this, BLOCKED_PAUSE);
      }
    } catch (IOException e) {
      failed(e);
      long left = 0;
      for (LogQueue queue : queues) {
        left += queue.remaining();
      }
      lost = left;
    }
    warnOfDrops();
    closeChannel();
    ended = true;
    finishReopenings();
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException e) {
      log.warn("access log: closing {} fails: {}", target.name(), describe(e));
    }
  }

  private void finishReopenings() {
    CompletableFuture<Void> reopening = reopenings.poll();
    while (reopening != null) {
      reopening.completeExceptionally(new IOException("the access log is closed"));
      reopening = reopenings.poll();
    }
  }
}
