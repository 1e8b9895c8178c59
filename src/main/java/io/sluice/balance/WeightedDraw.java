package io.sluice.balance;

import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Draws places at random, each as often as its weight says, with one random number and at most two
 * array reads however many there are (Walker's alias method, built as Vose does). Immutable.
 */
final class WeightedDraw {
  private static final long WHOLE = 1L << 32;

  /** The part of each slot, of 2^32, that belongs to the place itself. */
  private final long[] own;

  /** To whom the rest of a slot belongs. */
  private final int[] other;

  /**
   * Of places with these weights.
   *
   * @param weights 1 or more each; at least one
   */
  WeightedDraw(int[] weights) {
    int n = weights.length;
    own = new long[n];
    other = new int[n];
    long total = 0;
    for (int weight : weights) {
      total += weight;
    }
    // In units in which a whole slot is 'total', so that nothing is rounded before the end.
    long[] left = new long[n];
    ArrayDeque<Integer> small = new ArrayDeque<>();
    ArrayDeque<Integer> large = new ArrayDeque<>();
    for (int i = 0; i < n; i++) {
      left[i] = (long) weights[i] * n;
      (left[i] < total ? small : large).add(i);
    }
    while (!small.isEmpty() && !large.isEmpty()) {
      int poor = small.remove();
      int rich = large.remove();
      own[poor] = (long) ((double) left[poor] / total * WHOLE);
      other[poor] = rich;
      left[rich] -= total - left[poor];
      (left[rich] < total ? small : large).add(rich);
    }
    small.addAll(large);
    small.forEach(i -> own[i] = WHOLE);
  }

  /** A place; callable from any thread. */
  int draw() {
    long random = ThreadLocalRandom.current().nextLong();
    int slot = (int) (((random >>> 32) * own.length) >>> 32);
    return (random & (WHOLE - 1)) < own[slot] ? slot : other[slot];
  }
}
