package io.sluice.control;

import java.security.SecureRandom;

/**
 * Names of operations: {@code op-}, ten signs of time, ten of chance. They sort by time, never come
 * twice, and nobody can guess another one from his own. Bound to the control thread.
 */
final class OperationIds {
  /** Crockford's: without letters that look like digits. */
  private static final String SIGNS = "0123456789abcdefghjkmnpqrstvwxyz";

  private static final int LENGTH = 10;

  private final SecureRandom random = new SecureRandom();
  private long last;

  /**
   * Another one, behind all that were made before.
   *
   * @param millis the time; it may stand still or go back
   */
  String next(long millis) {
    last = Math.max(millis, last + 1);
    return "op-" + base32(last) + base32(random.nextLong());
  }

  private static String base32(long value) {
    char[] signs = new char[LENGTH];
    long rest = value;
    for (int i = LENGTH - 1; i >= 0; i--) {
      signs[i] = SIGNS.charAt((int) (rest & 31));
      rest >>>= 5;
    }
    return new String(signs);
  }
}
