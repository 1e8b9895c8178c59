package io.sluice.proxy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * SipHash-1-3 with a random key: whoever chooses the bytes cannot choose where they land, so nobody
 * can use up another client's tokens on purpose. Makes no objects.
 */
final class SipHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long k0;
  private final long k1;

  /** With a key of its own. */
  SipHash() {
    SecureRandom random = new SecureRandom();
    this.k0 = random.nextLong();
    this.k1 = random.nextLong();
  }

  SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** The hash of the bytes from {@code from} to before {@code to}. */
  long of(byte[] bytes, int from, int to) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    int whole = from + ((to - from) & ~7);
    int rounds = 1;
    for (int i = from; rounds > 0; i += 8) {
      long word;
      if (i < whole) {
        word = (long) LONG.get(bytes, i);
      } else if (i == whole) {
        word = last(bytes, from, whole, to);
      } else {
        word = 0;
        v2 ^= 0xff;
        rounds = 3;
      }
      v3 ^= word;
      for (int r = 0; r < rounds; r++) {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= word;
      rounds = rounds == 3 ? 0 : 1;
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  /** The bytes that are left and, in the highest one, the length. */
  private static long last(byte[] bytes, int from, int whole, int to) {
    long word = (long) (to - from) << 56;
    for (int i = whole; i < to; i++) {
      word |= (bytes[i] & 0xFFL) << (i - whole) * 8;
    }
    return word;
  }
}
