package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SipHashTest {
  private final SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  private static byte[] upTo(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  /** Of the reference's input (bytes 0, 1, 2, ...) in lengths around those of a word. */
  @Test
  void itGivesTheVectorsOfTheReference() {
    assertThat(hash.of(upTo(0), 0, 0)).isEqualTo(0xabac0158050fc4dcL);
    assertThat(hash.of(upTo(1), 0, 1)).isEqualTo(0xc9f49bf37d57ca93L);
    assertThat(hash.of(upTo(7), 0, 7)).isEqualTo(0xd3927d989bb11140L);
    assertThat(hash.of(upTo(8), 0, 8)).isEqualTo(0x369095118d299a8eL);
    assertThat(hash.of(upTo(15), 0, 15)).isEqualTo(0xd320d86d2a519956L);
    assertThat(hash.of(upTo(63), 0, 63)).isEqualTo(0x9d199062b7bbb3a8L);
  }

  @Test
  void onlyTheBytesOfTheRangeCount() {
    for (int length = 0; length < 40; length++) {
      byte[] alone = upTo(length);
      byte[] within = new byte[length + 7];
      System.arraycopy(alone, 0, within, 3, length);
      within[2] = 99;
      within[length + 3] = 99;
      assertThat(hash.of(within, 3, length + 3)).isEqualTo(hash.of(alone, 0, length));
    }
  }

  @Test
  void everyBitCounts() {
    byte[] bytes = upTo(21);
    long before = hash.of(bytes, 0, bytes.length);
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(hash.of(bytes, 0, bytes.length)).isNotEqualTo(before);
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void everyHashHasItsOwnKey() {
    assertThat(new SipHash().of(upTo(8), 0, 8)).isNotEqualTo(new SipHash().of(upTo(8), 0, 8));
  }
}
