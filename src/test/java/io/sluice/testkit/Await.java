package io.sluice.testkit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for conditions that no latch can tell of; the only place in the tests that parks. */
public final class Await {
  /** Far beyond what any condition takes on a slow machine; only a failure takes that long. */
  public static final Duration DEADLINE = Duration.ofSeconds(30);

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
}
