package io.sluice.health;

import java.util.Arrays;

/** The arithmetic by which one backend stands out from its pool. */
final class Comparison {
  private Comparison() {}

  /**
   * The success rate below which a backend stands out: the mean of all minus so many standard
   * deviations. With n backends a single one is never further away than the root of n - 1.
   */
  static double successFloor(double[] rates, double deviations) {
    double mean = Arrays.stream(rates).average().orElse(0);
    double squares = 0;
    for (double rate : rates) {
      squares += (rate - mean) * (rate - mean);
    }
    return mean - deviations * Math.sqrt(squares / rates.length);
  }

  /** The median of all values but one; of an even number the lower of the two in the middle. */
  static long medianOfOthers(long[] values, int except) {
    long[] others = new long[values.length - 1];
    System.arraycopy(values, 0, others, 0, except);
    System.arraycopy(values, except + 1, others, except, others.length - except);
    Arrays.sort(others);
    return others[(others.length - 1) / 2];
  }

  /**
   * How many of a pool's backends may be ejected at once: its share, rounded down. A share too
   * small for one backend still lets one go, except from a pool that has no other.
   *
   * @param backends that take requests by the operator's will
   */
  static int mostEjected(int backends, double maxShare) {
    int most = (int) (backends * maxShare + 1e-9);
    return most == 0 && maxShare > 0 && backends > 1 ? 1 : most;
  }
}
