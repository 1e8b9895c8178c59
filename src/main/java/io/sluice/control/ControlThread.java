package io.sluice.control;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that works out and publishes what requests read. With a single writer nothing of
 * that needs a lock, and no two changes ever overlap.
 */
final class ControlThread implements Executor, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlThread.class);

  /** Written by the executor when it starts its thread. */
  private volatile @Nullable Thread self;

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(this::unstarted);

  private Thread unstarted(Runnable task) {
    Thread made = Thread.ofPlatform().name("sluice-control").daemon().unstarted(task);
    self = made;
    return made;
  }

  /** Whether the caller runs on it. */
  boolean isCurrent() {
    return Thread.currentThread() == self;
  }

  /** Runs a task behind those that wait; after {@link #close} it is dropped. */
  @Override
  public void execute(Runnable task) {
    if (!thread.isShutdown()) {
      thread.execute(() -> guarded(task));
    }
  }

  /** Runs a task again and again; a failure is logged and does not end that. */
  void every(Duration delay, Runnable task) {
    thread.scheduleWithFixedDelay(
        () -> guarded(task), delay.toNanos(), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Runs a task once, after a while; after {@link #close} it is dropped. */
  void after(Duration delay, Runnable task) {
    if (!thread.isShutdown()) {
      thread.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("a task of the control thread fails", e);
    }
  }

  /**
   * Waits until everything has run that was given to it before; not for long, and not at all on the
   * thread itself or after {@link #close}.
   */
  void settle(Duration most) {
    if (isCurrent() || thread.isShutdown()) {
      return;
    }
    CountDownLatch done = new CountDownLatch(1);
    thread.execute(done::countDown);
    try {
      if (!done.await(most.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.warn("the control thread is busy for more than {}; the end does not wait", most);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Drops what waits; a task that runs is finished. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
