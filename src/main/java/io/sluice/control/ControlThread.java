package io.sluice.control;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that works out and publishes what requests read. With a single writer nothing of
 * that needs a lock, and no two changes ever overlap.
 */
final class ControlThread implements Executor, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlThread.class);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("sluice-control").daemon().unstarted(task));

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

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("a task of the control thread fails", e);
    }
  }

  /** Drops what waits; a task that runs is finished. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
