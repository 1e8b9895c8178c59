package io.sluice.balance;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A backend's latency: a moving average that jumps to every peak at once and comes down slowly, so
 * that a backend which turns slow is noticed with its first slow answer. It also comes down while
 * nothing is measured; else a backend that was slow once, and therefore gets no requests, would
 * never be tried again.
 *
 * <p>Average and time of the last sample share one long, so that no reader ever sees one without
 * the other. Written by all event loops: two at once repeat, and none is lost.
 */
final class PeakEwma {
  /** After this time without samples 37 % of the average are left. */
  static final long DECAY_NANOS = 10_000_000_000L;

  /** Time is counted in 65.5 µs: 32 bits last for 78 hours. */
  private static final int TIME_SHIFT = 16;

  private static final double DECAY_TICKS = (double) (DECAY_NANOS >> TIME_SHIFT);

  /** High half: the average in nanoseconds as a float; low half: the time of the last sample. */
  private final AtomicLong state = new AtomicLong();

  /** A request has taken {@code nanos}; {@code now} is the time it ended. */
  void observe(long nanos, long now) {
    int tick = (int) (now >> TIME_SHIFT);
    float sample = Math.max(1f, (float) nanos);
    long before = state.get();
    long after = next(before, sample, tick);
    while (!state.weakCompareAndSetVolatile(before, after)) {
      before = state.get();
      after = next(before, sample, tick);
    }
  }

  private static long next(long before, float sample, int tick) {
    float average = average(before);
    if (sample >= average) {
      return pack(sample, tick);
    }
    double kept = decay(before, tick);
    // a sample that was measured earlier but comes later must not turn the time back
    int newest = tick - (int) before < 0 ? (int) before : tick;
    return pack((float) (average * kept + sample * (1 - kept)), newest);
  }

  /** The average in nanoseconds as it has decayed until now; 0 before the first sample. */
  double nanos(long now) {
    long read = state.get();
    return average(read) * decay(read, (int) (now >> TIME_SHIFT));
  }

  /** Whether anything was ever measured. */
  boolean isKnown() {
    return state.get() != 0;
  }

  private static double decay(long state, int tick) {
    int ticks = tick - (int) state;
    return ticks <= 0 ? 1.0 : Math.exp(-ticks / DECAY_TICKS);
  }

  private static float average(long state) {
    return Float.intBitsToFloat((int) (state >>> 32));
  }

  private static long pack(float average, int tick) {
    return ((long) Float.floatToRawIntBits(average) << 32) | (tick & 0xFFFFFFFFL);
  }
}
