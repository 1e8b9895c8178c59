package io.sluice.telemetry;

import java.time.Duration;

/** Lets a recurring warning through at once and then at most once a minute. */
final class WarningPace {
  private static final long PAUSE = Duration.ofMinutes(1).toNanos();

  private long last;
  private boolean warned;

  /**
   * Whether to warn now; if so, the minute begins.
   *
   * @param nanos as of {@link System#nanoTime}
   */
  boolean permits(long nanos) {
    if (warned && nanos - last < PAUSE) {
      return false;
    }
    warned = true;
    last = nanos;
    return true;
  }
}
