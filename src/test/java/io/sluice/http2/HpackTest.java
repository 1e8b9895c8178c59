package io.sluice.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.sluice.http.Ascii;
import io.sluice.http.HttpViolation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Header compression as RFC 7541 has it, both ways. */
class HpackTest {
  // ---------------------------------------------------------------- appendix C

  @ParameterizedTest
  @CsvSource({
    "400a637573746f6d2d6b65790d637573746f6d2d686561646572, custom-key: custom-header",
    "040c2f73616d706c652f70617468, :path: /sample/path",
    "100870617373776f726406736563726574, password: secret",
    "82, :method: GET"
  })
  void singleFieldsOfTheStandardAreRead(String hex, String line) {
    assertThat(Fields.of(new HpackDecoder(), hex)).containsExactly(line);
  }

  private static final List<List<String>> REQUESTS =
      List.of(
          List.of(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"),
          List.of(
              ":method: GET",
              ":scheme: http",
              ":path: /",
              ":authority: www.example.com",
              "cache-control: no-cache"),
          List.of(
              ":method: GET",
              ":scheme: https",
              ":path: /index.html",
              ":authority: www.example.com",
              "custom-key: custom-value"));

  private static final List<List<String>> ANSWERS =
      List.of(
          List.of(
              ":status: 302",
              "cache-control: private",
              "date: Mon, 21 Oct 2013 20:13:21 GMT",
              "location: https://www.example.com"),
          List.of(
              ":status: 307",
              "cache-control: private",
              "date: Mon, 21 Oct 2013 20:13:21 GMT",
              "location: https://www.example.com"),
          List.of(
              ":status: 200",
              "cache-control: private",
              "date: Mon, 21 Oct 2013 20:13:22 GMT",
              "location: https://www.example.com",
              "content-encoding: gzip",
              "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"));

  /** The answers' table has 256 bytes, which an update in front of the first one says. */
  private static final String TABLE_OF_256 = "3fe101";

  record Sequence(String section, List<List<String>> heads, List<String> blocks) {
    Sequence(String section, List<List<String>> heads, String... blocks) {
      this(section, heads, List.of(blocks));
    }
  }

  static Stream<Sequence> sequences() {
    return Stream.of(
        new Sequence(
            "C.3",
            REQUESTS,
            "828684410f7777772e6578616d706c652e636f6d",
            "828684be58086e6f2d6361636865",
            "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"),
        new Sequence(
            "C.4",
            REQUESTS,
            "828684418cf1e3c2e5f23a6ba0ab90f4ff",
            "828684be5886a8eb10649cbf",
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"),
        new Sequence(
            "C.5",
            ANSWERS,
            TABLE_OF_256
                + "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a3133"
                + "3a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
            "4803333037c1c0bf",
            "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738"
                + "666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167"
                + "653d333630303b2076657273696f6e3d31"),
        new Sequence(
            "C.6",
            ANSWERS,
            TABLE_OF_256
                + "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad"
                + "171863c78f0b97c8e9ae82ae43d3",
            "4883640effc1c0bf",
            "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7"
                + "b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"));
  }

  @ParameterizedTest
  @MethodSource("sequences")
  void sequencesOfTheStandardAreRead(Sequence sequence) {
    HpackDecoder decoder = new HpackDecoder();
    for (int i = 0; i < sequence.blocks().size(); i++) {
      assertThat(Fields.of(decoder, sequence.blocks().get(i))).isEqualTo(sequence.heads().get(i));
    }
  }

  // ---------------------------------------------------------------- what is broken

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", // an index of nothing
        "be", // an entry that is not there
        "7f", // an integer without its end
        "ffffffffff0f", // an integer out of all bounds
        "ff8080808080", // an integer that never ends
        "3fe21f", // a table larger than we allow
        "8220", // the table's size behind a field
        "40", // a literal without its name
        "4001", // a name that is cut
        "400161", // a name without its value
        "4001610261", // a value that is cut
        "400161ff8080808001", // a length out of all bounds
        "40016181ff", // a text with a byte of padding
        "00827fff0161" // a name that is no text
      })
  void whatIsBrokenIsRefused(String hex) {
    assertThat(Fields.of(new HpackDecoder(), hex)).isNull();
  }

  @Test
  void everyBlockThatIsCutIsRefusedOrEndsBehindAField() {
    byte[] whole =
        HexFormat.of()
            .parseHex("828785bf".substring(0, 6) + "408825a849e95ba97d7f8925a849e95bb8e8b4bf");
    List<String> all =
        List.of(":method: GET", ":scheme: https", ":path: /index.html", "custom-key: custom-value");
    for (int n = 0; n <= whole.length; n++) {
      List<String> fields = Fields.of(new HpackDecoder(), Arrays.copyOf(whole, n));
      if (n <= 3 || n == whole.length) {
        assertThat(fields).isEqualTo(all.subList(0, Math.min(n, 4)));
      } else {
        assertThat(fields).as("%d bytes", n).isNull();
      }
    }
  }

  @Test
  void noBytesWhateverBreakTheDecoder() {
    Random random = new Random(9113);
    HpackDecoder decoder = new HpackDecoder();
    int whole = 0;
    for (int round = 0; round < 50_000; round++) {
      byte[] block = new byte[random.nextInt(40)];
      random.nextBytes(block);
      List<String> fields = Fields.of(decoder, block);
      if (fields == null) {
        decoder = new HpackDecoder();
      } else {
        whole++;
      }
    }
    assertThat(whole).isPositive();
  }

  // ---------------------------------------------------------------- the dynamic table

  @Test
  void aSmallerTableForgetsItsOldestEntries() {
    HpackDecoder decoder = new HpackDecoder();
    assertThat(Fields.of(decoder, "40016101784001620179" + "be" + "bf"))
        .containsExactly("a: x", "b: y", "b: y", "a: x");
    assertThat(Fields.of(decoder, "3f03be")).as("34 bytes").containsExactly("b: y");
    assertThat(Fields.of(decoder, "bf")).isNull();
  }

  @Test
  void aTableOfNothingIsEmptyAndMayGrowAgain() {
    HpackDecoder decoder = new HpackDecoder();
    assertThat(Fields.of(decoder, "400161017820")).as("the size comes first").isNull();
    decoder = new HpackDecoder();
    assertThat(Fields.of(decoder, "4001610178")).containsExactly("a: x");
    assertThat(Fields.of(decoder, "203fe11f4001620179be")).containsExactly("b: y", "b: y");
    assertThat(Fields.of(decoder, "bf")).isNull();
  }

  @Test
  void anEntryThatIsLargerThanTheTableEmptiesIt() {
    HpackDecoder decoder = new HpackDecoder();
    assertThat(Fields.of(decoder, "3f094001610178be")).as("40 bytes").hasSize(2);
    assertThat(Fields.of(decoder, "4001620a30313233343536373839")).hasSize(1);
    assertThat(Fields.of(decoder, "be")).isNull();
  }

  @Test
  void anEntryMayTakeTheNameOfOneThatItPushesOut() {
    HpackDecoder decoder = new HpackDecoder();
    assertThat(Fields.of(decoder, "3f094001610178")).hasSize(1); // 40 bytes: room for one
    assertThat(Fields.of(decoder, "7e0179be")).containsExactly("a: y", "a: y");
  }

  // ---------------------------------------------------------------- bombs

  @Test
  void aHeadThatUnfoldsIsNotKept() {
    byte[] value = new byte[4000];
    Arrays.fill(value, (byte) 'v');
    ByteBuf block = Unpooled.buffer();
    block.writeBytes(HexFormat.of().parseHex("828684410174")); // GET http / t
    block.writeBytes(HexFormat.of().parseHex("400162" + "7fa11e")).writeBytes(value);
    for (int i = 0; i < 60_000; i++) {
      block.writeByte(0xBE);
    }
    byte[] bytes = ByteBufUtil.getBytes(block);
    RequestFields fields = new RequestFields();
    fields.begin(false, 32 * 1024);
    assertThat(new HpackDecoder().decode(bytes, 0, bytes.length, fields)).isTrue();
    assertThat(fields.end(true)).isTrue();
    assertThat(fields.refusal()).isEqualTo(HttpViolation.HEAD_TOO_LARGE);
    assertThat(fields.trailerLength()).isLessThan(32 * 1024);
  }

  // ---------------------------------------------------------------- what we write

  private static void encode(HpackEncoder encoder, ByteBuf out, String... lines) {
    encoder.begin(out);
    for (String line : lines) {
      byte[] bytes = Ascii.bytes(line);
      int colon = line.indexOf(": ");
      encoder.field(out, bytes, 0, colon, bytes, colon + 2, bytes.length);
    }
  }

  private static List<String> lines(DefaultHttp2HeadersDecoder decoder, ByteBuf block)
      throws Http2Exception {
    List<String> lines = new ArrayList<>();
    decoder
        .decodeHeaders(1, block)
        .forEach(field -> lines.add(field.getKey() + ": " + field.getValue()));
    return lines;
  }

  @Test
  void whatIsWrittenIsReadByOthersWhateverComes() throws Http2Exception {
    String[] names = {"server", "content-type", "vary", "x-once", "set-cookie", "date", "etag"};
    Random random = new Random(7541);
    HpackEncoder encoder = new HpackEncoder();
    HpackDecoder ours = new HpackDecoder();
    DefaultHttp2HeadersDecoder theirs = new DefaultHttp2HeadersDecoder(false, 1 << 20);
    for (int round = 0; round < 3000; round++) {
      if (random.nextInt(50) == 0) {
        long size = random.nextInt(6000);
        encoder.tableSize(size);
        encoder.tableSize(random.nextBoolean() ? size : 4096);
      }
      String[] lines = new String[1 + random.nextInt(8)];
      for (int i = 0; i < lines.length; i++) {
        int value = random.nextInt(20);
        lines[i] =
            names[random.nextInt(names.length)] + ": " + ("v" + value).repeat(1 + value * 15);
      }
      ByteBuf block = Unpooled.buffer();
      encode(encoder, block, lines);
      assertThat(Fields.of(ours, ByteBufUtil.getBytes(block))).containsExactly(lines);
      assertThat(lines(theirs, block)).containsExactlyInAnyOrder(lines);
    }
  }

  @Test
  void whatComesAgainBecomesOneByte() {
    HpackEncoder encoder = new HpackEncoder();
    int[] lengths = new int[4];
    for (int i = 0; i < lengths.length; i++) {
      ByteBuf block = Unpooled.buffer();
      encode(encoder, block, "Content-Type: application/json");
      lengths[i] = block.readableBytes();
    }
    assertThat(lengths).containsExactly(19, 18, 1, 1);
  }

  @Test
  void secretsAreNeverIndexed() {
    HpackEncoder encoder = new HpackEncoder();
    for (int i = 0; i < 3; i++) {
      ByteBuf block = Unpooled.buffer();
      encode(encoder, block, "Set-Cookie: secret");
      // never indexed, the name of entry 55
      assertThat(ByteBufUtil.hexDump(block)).isEqualTo("1f2806736563726574");
    }
  }

  @Test
  void aSmallerTableOfThePeerIsAnnouncedWithItsLowestSize() {
    HpackEncoder encoder = new HpackEncoder();
    encoder.tableSize(0);
    encoder.tableSize(100);
    ByteBuf block = Unpooled.buffer();
    encoder.begin(block);
    assertThat(ByteBufUtil.hexDump(block)).isEqualTo("20" + "3f45");
    encoder.begin(block.clear());
    assertThat(block.readableBytes()).as("once is enough").isZero();
    encoder.tableSize(1 << 20);
    encoder.begin(block);
    assertThat(ByteBufUtil.hexDump(block)).as("as large as we keep").isEqualTo("3fe11f");
  }
}
