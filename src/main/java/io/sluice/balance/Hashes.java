package io.sluice.balance;

/** Hash functions of bytes; none makes objects. */
final class Hashes {
  private static final int[] CRC_TABLE = crcTable();

  private Hashes() {}

  private static int[] crcTable() {
    int[] table = new int[256];
    for (int i = 0; i < table.length; i++) {
      int value = i;
      for (int bit = 0; bit < 8; bit++) {
        value = (value & 1) == 0 ? value >>> 1 : (value >>> 1) ^ 0xEDB88320;
      }
      table[i] = value;
    }
    return table;
  }

  /** The state of a CRC-32 before its first byte. */
  static final int CRC_START = -1;

  /**
   * Carries the state of a CRC-32 (IEEE 802.3) over some bytes. {@link java.util.zip.CRC32} cannot
   * go on from a common beginning, which is what ketama does 160 times for each backend.
   */
  static int crc(int state, byte[] bytes, int from, int to) {
    int crc = state;
    for (int i = from; i < to; i++) {
      crc = crc(crc, bytes[i]);
    }
    return crc;
  }

  /** Carries the state over one byte. */
  static int crc(int state, int value) {
    return (state >>> 8) ^ CRC_TABLE[(state ^ value) & 0xFF];
  }

  /** The CRC-32 of a state, 0 to 2^32 - 1. */
  static long crcOf(int state) {
    return ~state & 0xFFFFFFFFL;
  }

  /** A well-mixed hash of 63 bits. */
  static long of(byte[] bytes, int from, int to) {
    long hash = 0xCBF29CE484222325L; // FNV-1a
    for (int i = from; i < to; i++) {
      hash = (hash ^ (bytes[i] & 0xFF)) * 0x100000001B3L;
    }
    return mixed(hash) & Long.MAX_VALUE;
  }

  /** Spreads the bits of a number over all 64 (the finalizer of MurmurHash3). */
  static long mixed(long number) {
    long z = number;
    z = (z ^ (z >>> 33)) * 0xFF51AFD7ED558CCDL;
    z = (z ^ (z >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return z ^ (z >>> 33);
  }
}
