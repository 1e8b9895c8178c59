package io.sluice.testkit;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Waits for conditions that no latch can tell of; the only place in the tests that parks. */
public final class Await {
  /** Far beyond what any condition takes on a slow machine; only a failure takes that long. */
  public static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final Duration REST = Duration.ofMillis(500);

  private Await() {}

  /**
   * Waits until the condition holds.
   *
   * @param description of the condition, for the failure
   */
  public static void until(BooleanSupplier condition, String description) {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited " + DEADLINE.toSeconds() + " s in vain: " + description);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  /** Waits for a latch. */
  public static void latch(CountDownLatch latch, String description) {
    try {
      if (!latch.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("waited " + DEADLINE.toSeconds() + " s in vain: " + description);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting: " + description, e);
    }
  }

  /**
   * Waits until a figure rests: whatever moves it has come to a stand.
   *
   * @return the figure
   */
  public static long rest(LongSupplier figure) {
    long last = figure.getAsLong();
    long since = System.nanoTime();
    while (System.nanoTime() - since < REST.toNanos()) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      long now = figure.getAsLong();
      if (now != last) {
        last = now;
        since = System.nanoTime();
      }
    }
    return last;
  }
}
