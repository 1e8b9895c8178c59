package io.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A verdict of the conformance tests is worth as much as its readers. */
class ReadersTest {
  private static final String SMUGGLED = Wire.head("GET /smuggled HTTP/1.1", "Host: t");
  private final StrictReader strict = new StrictReader();

  private static String post(String body, String... fields) {
    String[] lines = new String[fields.length + 2];
    lines[0] = "POST /p HTTP/1.1";
    lines[1] = "Host: t";
    System.arraycopy(fields, 0, lines, 2, fields.length);
    return Wire.head(lines) + body;
  }

  static Stream<String> clearRequests() {
    return Stream.of(
        Wire.head("GET /p?q HTTP/1.1", "Host: t:80", "X: a\tb"),
        post("hello", "Content-Length: 5"),
        post(SMUGGLED, "Content-Length: " + SMUGGLED.length()),
        post("5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        post("a;x=y\r\n0\r\n\r\n0\r\n\r\n\r\n0;z\r\nT: v\r\n\r\n", "Transfer-Encoding: chunked"),
        Wire.head("DELETE /p HTTP/1.1", "Host: [::1]") + Wire.head("GET /q HTTP/1.1", "Host: t"));
  }

  @ParameterizedTest
  @MethodSource("clearRequests")
  void allReadersAgreeOnWhatIsClear(String bytes) {
    RequestReader.Reading reading = strict.read(bytes);
    assertThat(reading.invalid()).isNull();
    assertThat(reading.cut()).isFalse();
    assertThat(reading.requests()).isNotEmpty();
    for (LenientReader reader : LenientReader.values()) {
      assertThat(reader.read(bytes).essence()).as("%s", reader).isEqualTo(reading.essence());
    }
  }

  @ParameterizedTest
  @MethodSource("clearRequests")
  void aCutRequestIsNotWhole(String bytes) {
    String cut = bytes.substring(0, bytes.length() - 3);
    assertThat(strict.read(cut).cut()).isTrue();
    for (LenientReader reader : LenientReader.values()) {
      assertThat(reader.read(cut).requests())
          .as("%s", reader)
          .hasSameSizeAs(strict.read(cut).requests());
    }
  }

  static Stream<Arguments> attacks() {
    String chunked = "Transfer-Encoding: chunked";
    return Stream.of(
        Arguments.of(
            LenientReader.CONTENT_LENGTH_WINS,
            post("4\r\n\r\n\r\n\r\n0\r\n\r\n" + SMUGGLED, "Content-Length: 3", chunked)),
        Arguments.of(
            LenientReader.LAST_LENGTH_WINS,
            post(SMUGGLED, "Content-Length: 99", "Content-Length: 0")),
        Arguments.of(
            LenientReader.SLOPPY_CODING,
            post("0\r\n\r\n" + SMUGGLED, "Transfer-Encoding: xchunked", "Content-Length: 9")),
        Arguments.of(
            LenientReader.BARE_LINE_FEED,
            Wire.head("GET /p HTTP/1.1", "Host: t", "X: a\n\nGET /smuggled HTTP/1.1\nHost: t")),
        Arguments.of(
            LenientReader.BARE_CARRIAGE_RETURN,
            Wire.head("GET /p HTTP/1.1", "Host: t", "X: a\r\rGET /smuggled HTTP/1.1\rHost: t")),
        Arguments.of(
            LenientReader.UNDERSCORE_IS_DASH,
            post("0\r\n\r\n" + SMUGGLED, "Transfer_Encoding: chunked", "Content-Length: 63")),
        Arguments.of(
            LenientReader.UNFOLDS_LINES,
            post("0\r\n\r\n" + SMUGGLED, "Transfer-Encoding:\r\n chunked", "Content-Length: 9")));
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void eachLenientReaderFallsForTheAttackOnItsKind(LenientReader reader, String bytes) {
    List<String> targets = reader.read(bytes).requests().stream().map(ReadRequest::target).toList();
    assertThat(targets).anyMatch(t -> t.contains("smuggled"));
  }

  @Test
  void theStrictReaderRefusesWhatAnAttackNeeds() {
    List<String> bad =
        List.of(
            Wire.head("GET /p HTTP/1.1"),
            Wire.head("GET /p HTTP/1.1", "Host: t", "Host: t"),
            Wire.head("GET /p HTTP/1.1", "Host: a b"),
            Wire.head("GET  /p HTTP/1.1", "Host: t"),
            Wire.head("GET /p#f HTTP/1.1", "Host: t"),
            Wire.head("GET /p HTTP/2.0", "Host: t"),
            Wire.head("GET /p HTTP/1.1", "Host: t", "X : a"),
            Wire.head("GET /p HTTP/1.1", "Host: t", "X: a\nb"),
            Wire.head("GET /p HTTP/1.1", "Host: t", "X: a\r b"),
            Wire.head("GET /p HTTP/1.1", "Host: t", "X: a", " b"),
            Wire.head("GET /p HTTP/1.1", "Host: t", "X: a\u0000"),
            post("", "Content-Length: 5", "Content-Length: 5"),
            post("", "Content-Length: +5"),
            post("", "Content-Length: 5", "Transfer-Encoding: chunked"),
            post("", "Transfer-Encoding: chunked, chunked"),
            post("0x5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
            post("5\r\nhelloX\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
            post("5;\u0001\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
            post("0\r\nbad trailer\r\n\r\n", "Transfer-Encoding: chunked"),
            "\r\n" + Wire.head("GET /p HTTP/1.1", "Host: t"));
    assertThat(bad).allSatisfy(b -> assertThat(strict.read(b).invalid()).as(b).isNotNull());
    assertThat(Arrays.asList(LenientReader.values())).hasSize(7);
  }
}
