package io.sluice.balance;

import io.sluice.config.BalanceSpec;

/**
 * How much of its share a backend has that has just become eligible: cold caches and an empty
 * connection pool make a new instance slow, and a whole share at once may kill it again.
 */
final class SlowStart {
  /** A tenth, so that it gets to know some requests at all. */
  static final int LEAST = Backend.WARM / 10;

  private final long duration;
  private final double curve;

  SlowStart(BalanceSpec.SlowStart spec) {
    this.duration = spec.duration().toNanos();
    this.curve = spec.curve();
  }

  /**
   * The warmth after some time, in steps of a twentieth: each step means a new picker.
   *
   * @param elapsed nanoseconds
   */
  int warmth(long elapsed) {
    if (duration == 0 || elapsed >= duration) {
      return Backend.WARM;
    }
    double share = Math.pow(Math.max(0, elapsed) / (double) duration, 1 / curve);
    return Math.clamp((int) (share * Backend.WARM), LEAST, Backend.WARM);
  }
}
