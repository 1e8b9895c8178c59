package io.sluice.telemetry;

import io.sluice.telemetry.MinuteSink.Minute;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread {@code sluice-statistics-minutes}: hands minutes to the sink, which may block, so that
 * seconds do not wait for a disk.
 */
final class MinuteWriter implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Statistics.class);

  /** Minutes that a slow sink may be behind; more are not kept. */
  private static final int MOST_WAITING = 10;

  private static final long SETTLE_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

  private static final List<Minute> END = List.of();

  private final MinuteSink sink;
  private final BlockingQueue<List<Minute>> waiting = new ArrayBlockingQueue<>(MOST_WAITING + 1);
  private final WarningPace failurePace = new WarningPace();
  private final WarningPace dropPace = new WarningPace();
  private final Thread thread;

  /** Lists that were added and not yet written; written by both threads. */
  private final AtomicInteger unwritten = new AtomicInteger();

  MinuteWriter(MinuteSink sink) {
    this.sink = sink;
    this.thread = Thread.ofPlatform().name("sluice-statistics-minutes").daemon().unstarted(this);
  }

  void start() {
    thread.start();
  }

  /** Hands over without waiting. One caller at a time. */
  void add(List<Minute> minutes) {
    if (waiting.size() >= MOST_WAITING) {
      if (dropPace.permits(System.nanoTime())) {
        log.warn(
            "statistics: the store is {} minutes behind; the figures of {} will be missing after a"
                + " restart",
            MOST_WAITING,
            minutes.getFirst().minute());
      }
      return;
    }
    unwritten.getAndIncrement();
    waiting.add(minutes);
  }

  /**
   * Waits until all that was added before is with the sink.
   *
   * @return false when that takes longer
   */
  boolean settle(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (unwritten.get() > 0) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(this, SETTLE_PAUSE);
    }
    return true;
  }

  /**
   * Hands over what waits and ends the thread.
   *
   * @param millis how long a sink that does not take it is waited for
   */
  void close(long millis) throws InterruptedException {
    waiting.add(END); // only the collector adds, and it has ended: there is room
    thread.join(millis);
    if (thread.isAlive()) {
      log.warn(
          "statistics: the store has not taken the last minutes within {} ms; they will be missing"
              + " after a restart",
          millis);
    }
  }

  @Override
  public void run() {
    try {
      for (List<Minute> next = waiting.take(); !next.isEmpty(); next = waiting.take()) {
        write(next);
      }
    } catch (InterruptedException e) {
      log.debug("statistics: minutes are no longer kept", e); // nobody interrupts but the JVM's end
    }
  }

  private void write(List<Minute> minutes) {
    try {
      sink.minutes(minutes);
      unwritten.getAndDecrement();
    } catch (RuntimeException e) {
      unwritten.getAndDecrement();
      if (failurePace.permits(System.nanoTime())) {
        log.warn(
            "statistics: the figures of {} cannot be kept and will be missing after a restart: {}",
            minutes.getFirst().minute(),
            e.toString());
      }
    }
  }
}
