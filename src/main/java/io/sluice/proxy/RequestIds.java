package io.sluice.proxy;

import java.security.SecureRandom;

/**
 * Makes request ids of 128 bits as 32 hexadecimal digits: unique, not secret. One for each event
 * loop, started from different random numbers.
 */
final class RequestIds {
  static final int LENGTH = 32;
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };
  private final long high;
  private long low;

  RequestIds() {
    SecureRandom random = new SecureRandom();
    high = random.nextLong();
    low = random.nextLong();
  }

  /** Writes the next id. */
  void next(byte[] to) {
    low += 0x9E3779B97F4A7C15L; // walks through all 64-bit numbers
    hex(to, 0, high);
    hex(to, 16, mix(low));
  }

  /** A bijection that makes neighbours look unlike (the finaliser of MurmurHash3). */
  private static long mix(long n) {
    long x = (n ^ n >>> 33) * 0xFF51AFD7ED558CCDL;
    x = (x ^ x >>> 33) * 0xC4CEB9FE1A85EC53L;
    return x ^ x >>> 33;
  }

  private static void hex(byte[] to, int at, long n) {
    for (int i = 0; i < 16; i++) {
      to[at + i] = HEX[(int) (n >>> 60 - 4 * i) & 15];
    }
  }
}
