package io.sluice.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for conditions that nothing announces. The only place in the tests that polls. */
public final class Until {

  /** Far beyond what anything here takes on a busy machine; reached only by a failing test. */
  public static final Duration DEADLINE = Duration.ofSeconds(60);

  private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

  private Until() {}

  /** Something that is or is not yet so. */
  @FunctionalInterface
  public interface Condition {
    /** Whether it is so; an exception ends the waiting. */
    boolean holds() throws Exception;
  }

  /**
   * Returns once the condition holds.
   *
   * @param what ends the sentence "waited in vain for"
   * @throws AssertionError at {@link #DEADLINE}
   */
  public static void holds(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
