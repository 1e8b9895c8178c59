package io.sluice.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.sluice.http.Ascii;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Huffman's code as RFC 7541, appendix B, has it. */
class HuffmanTest {
  private static final int BROKEN = -1;

  private static byte[] out(int length) {
    return new byte[Huffman.mostDecoded(length)];
  }

  private static int decode(byte[] in, byte[] out) {
    return Huffman.decode(in, 0, in.length, out, 0);
  }

  private static String decoded(String hex) {
    byte[] in = HexFormat.of().parseHex(hex);
    byte[] out = out(in.length);
    int end = decode(in, out);
    return end < 0 ? "broken" : Ascii.text(out, 0, end);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "f1e3c2e5f23a6ba0ab90f4ff|www.example.com",
        "a8eb10649cbf|no-cache",
        "25a849e95ba97d7f|custom-key",
        "25a849e95bb8e8b4bf|custom-value",
        "6402|302",
        "aec3771a4b|private",
        "d07abe941054d444a8200595040b8166e082a62d1bff|Mon, 21 Oct 2013 20:13:21 GMT",
        "9d29ad171863c78f0b97c8e9ae82ae43d3|https://www.example.com",
        "640eff|307",
        "9bd9ab|gzip"
      })
  void theTextsOfTheStandardAreRead(String hex, String text) {
    assertThat(decoded(hex)).isEqualTo(text);
  }

  @Test
  void everyByteIsReadAsAnotherImplementationWritesIt() throws Http2Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    verify(all);
    Random random = new Random(7541);
    for (int round = 0; round < 200; round++) {
      byte[] some = new byte[1 + random.nextInt(64)];
      random.nextBytes(some);
      verify(some);
    }
  }

  /** Netty's encoder uses the code when it is shorter, so the text is padded with short ones. */
  private static void verify(byte[] bytes) throws Http2Exception {
    StringBuilder text = new StringBuilder(Ascii.text(bytes, 0, bytes.length));
    text.append("0".repeat(8 * bytes.length + 64));
    ByteBuf block = Unpooled.buffer();
    new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.ALWAYS_SENSITIVE, true, 16, 1)
        .encodeHeaders(1, new DefaultHttp2Headers(false).add("x", text.toString()), block);
    byte[] encoded = ByteBufUtil.getBytes(block);
    assertThat(encoded.length).as("it is coded").isLessThan(text.length());
    assertThat(Fields.of(new HpackDecoder(), encoded)).containsExactly("x: " + text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ffffffff", // the end within a text
        "fffffffc", // the end's bits, and then something
        "ff", // eight bits of padding
        "1fff", // a whole byte of padding
        "18", // padding that is not all ones
        "f0" // the same behind another letter
      })
  void whatIsNoTextIsRefused(String hex) {
    assertThat(decoded(hex)).isEqualTo("broken");
  }

  @Test
  void nothingIsAText() {
    assertThat(decode(new byte[0], out(0))).isZero();
  }

  @Test
  void noBytesWhateverNeedMoreRoomThanIsForeseen() {
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] in = new byte[random.nextInt(12)];
      random.nextBytes(in);
      int end = decode(in, out(in.length));
      assertThat(end).isBetween(BROKEN, Huffman.mostDecoded(in.length));
    }
    byte[] shortest = new byte[1000]; // "0" has five bits, all of them zero
    Arrays.fill(shortest, (byte) 0);
    assertThat(decode(shortest, out(shortest.length))).isEqualTo(1600);
  }
}
