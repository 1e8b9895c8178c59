package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AsciiTest {

  private static boolean isControl(int b) {
    return b < 0x20 || b == 0x7F;
  }

  @Test
  void findsEveryControlCharacterAtEveryPlaceInAWord() {
    for (int value = 0; value < 256; value++) {
      for (int at = 0; at < 19; at++) {
        byte[] bytes = Ascii.bytes("abcdefghijklmnopqrs");
        bytes[at] = (byte) value;
        int expected = isControl(value) ? at : bytes.length;
        assertThat(Ascii.control(bytes, 0, bytes.length))
            .as("0x%x at %d", value, at)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void findsTheFirstOfSeveralControlCharactersWhateverStandsBeforeIt() {
    // bytes that differ by one from a control character lead a subtraction to borrow
    byte[] tricky = {0x20, (byte) 0x80, (byte) 0xFF, 0x7E, 0x21, (byte) 0xA0, 0x1F, 0x00, 0x7F};
    assertThat(Ascii.control(tricky, 0, tricky.length)).isEqualTo(6);
    assertThat(Ascii.control(tricky, 7, tricky.length)).isEqualTo(7);
    assertThat(Ascii.control(tricky, 0, 6)).isEqualTo(6);
  }

  @Test
  void findsALineFeedAtEveryPlaceAndNothingElse() {
    for (int value = 0; value < 256; value++) {
      for (int at = 0; at < 19; at++) {
        byte[] bytes = Ascii.bytes("abcdefghijklmnopqrs");
        bytes[at] = (byte) value;
        assertThat(Ascii.lineFeed(bytes, 0, bytes.length))
            .as("0x%x at %d", value, at)
            .isEqualTo(value == '\n' ? at : bytes.length);
        assertThat(Ascii.lineFeed(bytes, Math.min(at + 1, bytes.length), bytes.length))
            .isEqualTo(bytes.length);
      }
    }
  }

  @Test
  void tokensAreThoseOfRfc9110() {
    String others = "!#$%&'*+-.^_`|~";
    for (int value = 0; value < 256; value++) {
      boolean letter = value >= 'A' && value <= 'Z' || value >= 'a' && value <= 'z';
      boolean token = letter || value >= '0' && value <= '9' || others.indexOf(value) >= 0;
      int lower = value >= 'A' && value <= 'Z' ? value + 32 : value;
      assertThat(Ascii.token((byte) value)).as("0x%x", value).isEqualTo((byte) (token ? lower : 0));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "close, close, true",
    "'keep-alive, CLOSE', close, true",
    "'\tclose ,x', close, true",
    "',,close', close, true",
    "closed, close, false",
    "'not close', close, false",
    "'\"close\"', close, false",
    "'', close, false",
    "'a,b,', b, true",
  })
  void aListHasOnlyWholeMembers(String list, String member, boolean expected) {
    byte[] bytes = Ascii.bytes(list);
    assertThat(Ascii.listContains(bytes, 0, bytes.length, Ascii.bytes(member))).isEqualTo(expected);
  }
}
