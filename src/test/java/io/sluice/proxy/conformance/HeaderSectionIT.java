package io.sluice.proxy.conformance;

import static io.sluice.proxy.conformance.RequestCase.forwarded;
import static io.sluice.proxy.conformance.RequestCase.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Field lines: names are tokens, values are clean, lines end with CRLF, and there are limits. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HeaderSectionIT {
  private Scene scene;

  @BeforeAll
  void start() throws IOException {
    scene = new Scene();
  }

  @AfterAll
  void stop() throws IOException {
    scene.close();
  }

  private static String get(String... fields) {
    return Wire.lines("GET /fields HTTP/1.1", "Host: t") + Wire.head(fields);
  }

  static Stream<RequestCase> names() {
    return Stream.of(
            "X : a",
            "X\t: a",
            "X Y: a",
            "Xabc",
            ": a",
            " : a",
            "X(y): a",
            "X)y: a",
            "X,y: a",
            "X/y: a",
            "X;y: a",
            "X<y: a",
            "X=y: a",
            "X>y: a",
            "X?y: a",
            "X@y: a",
            "X[y: a",
            "X\\y: a",
            "X]y: a",
            "X{y: a",
            "X}y: a",
            "\"X\": a",
            "X\u007fy: a",
            "X\u0000y: a",
            "X\u0001: a",
            "X\u00e9: a",
            "X\ry: a",
            "\rX: a",
            "X\r: a")
        .map(line -> refused(400, "<" + Wire.show(line) + ">", "RFC 9110 5.1", get(line)));
  }

  static Stream<RequestCase> goodNames() {
    String every = "!#$%&'*+-.^_`|~09AZaz";
    return Stream.of(
        forwarded(
            "every character of a token",
            "RFC 9110 5.6.2",
            get(every + ": a"),
            r -> assertThat(r.value(every)).isEqualTo("a")),
        forwarded(
            "a name passes as it is written",
            "RFC 9110 5.1",
            get("x-LoWeR: a"),
            r -> assertThat(r.fields().toString()).contains("name=x-LoWeR")));
  }

  static Stream<RequestCase> values() {
    Stream<RequestCase> bad =
        IntStream.concat(IntStream.range(0, 0x20), IntStream.of(0x7f))
            .filter(c -> c != '\t' && c != '\r' && c != '\n')
            .mapToObj(
                c ->
                    refused(
                        400,
                        "0x%02x in a value".formatted(c),
                        "RFC 9110 5.5",
                        get("X: a" + (char) c + "b")));
    return Stream.concat(
        bad,
        Stream.of(
            refused(400, "bare CR", "RFC 9112 2.2", get("X: a\rb")),
            refused(400, "CR CR LF", "RFC 9112 2.2", get("X: a\r")),
            refused(400, "bare LF", "RFC 9112 2.2", get("X: a\nY: b")),
            refused(
                400,
                "a whole request behind a bare LF",
                "RFC 9112 2.2",
                get("X: a\n\nGET /smuggled HTTP/1.1\nHost: t\n\n")),
            refused(
                400,
                "a whole request behind a bare CR",
                "RFC 9112 2.2",
                get("X: a\r\rGET /smuggled HTTP/1.1\rHost: t\r\r")),
            refused(400, "NUL at the end", "RFC 9110 5.5", get("X: a\u0000")),
            refused(400, "NUL at the start", "RFC 9110 5.5", get("X: \u0000a")),
            value("no blank", "X:a", "a"),
            value("blanks around", "X: \t a \t ", "a"),
            value("a tab inside", "X: a\tb", "a\tb"),
            value("empty", "X:", ""),
            value("only blanks", "X: \t ", ""),
            value("colons", "X: a:b: c", "a:b: c"),
            value("a quoted comma", "X: \"a, b\"", "\"a, b\""),
            value("Latin-1", "X: caf\u00e9", "caf\u00e9"),
            value("UTF-8", "X: caf\u00c3\u00a9", "caf\u00c3\u00a9"),
            value("0xff", "X: \u00ff", "\u00ff")));
  }

  private static RequestCase value(String name, String line, String expected) {
    return forwarded(
        name, "RFC 9110 5.5", get(line), r -> assertThat(r.value("X")).isEqualTo(expected));
  }

  static Stream<RequestCase> folds() {
    String s = "RFC 9112 5.2";
    return Stream.of(
        refused(400, "folded with a blank", s, get("X: a", " b")),
        refused(400, "folded with a tab", s, get("X: a", "\tb")),
        refused(400, "folded into nothing", s, get("X: a", " ")),
        refused(400, "a fold that looks like a field", s, get("X: a", " Content-Length: 5")),
        refused(
            400,
            "a blank before the first field",
            "RFC 9112 2.2",
            Wire.head("GET /fields HTTP/1.1", " X: y", "Host: t")),
        refused(
            400,
            "a blank before Host",
            "RFC 9112 2.2",
            Wire.head("GET /fields HTTP/1.1", " Host: t")));
  }

  static Stream<RequestCase> limits() {
    String[] hundred =
        IntStream.range(1, 100).mapToObj(i -> "X-" + i + ": a").toArray(String[]::new);
    String[] more = IntStream.range(0, 100).mapToObj(i -> "X-" + i + ": a").toArray(String[]::new);
    String[] big =
        IntStream.range(0, 256)
            .mapToObj(i -> "X-" + i + ": " + "a".repeat(1000))
            .toArray(String[]::new);
    return Stream.of(
        forwarded(
            "100 fields",
            "RFC 6585 5",
            get(hundred),
            r -> assertThat(r.value("X-99")).isEqualTo("a")),
        refused(431, "101 fields", "RFC 6585 5", get(more)),
        forwarded(
            "one field of 30 KiB",
            "RFC 6585 5",
            get("X: " + "a".repeat(30 * 1024)),
            r -> assertThat(r.value("X")).hasSize(30 * 1024)),
        refused(431, "one field of 33 KiB", "RFC 6585 5", get("X: " + "a".repeat(33 * 1024))),
        refused(431, "one field of 64 KiB", "RFC 6585 5", get("X: " + "a".repeat(65536))),
        refused(431, "one name of 64 KiB", "RFC 6585 5", get("X".repeat(65536) + ": a")),
        refused(431, "256 KiB of fields", "RFC 6585 5", get(big)),
        refused(
            431,
            "a field that never ends",
            "RFC 6585 5",
            Wire.lines("GET /fields HTTP/1.1", "Host: t") + "X: " + "a".repeat(40_000)));
  }

  static Stream<RequestCase> underscores() {
    return Stream.of(
        dropped("X_Forwarded_For", "203.0.113.9"),
        dropped("X-Forwarded_Proto", "https"),
        dropped("X_Real_IP", "203.0.113.9"),
        dropped("X_Request_Id", "1"),
        dropped("Keep_Alive", "timeout=5"),
        dropped("Proxy_Connection", "close"),
        dropped("X_Forwarded_Prefix", "/a"),
        forwarded(
            "another name with an underscore passes",
            "RFC 9110 5.1",
            get("X_Other: a"),
            r -> assertThat(r.value("X_Other")).isEqualTo("a")),
        refused(400, "Content_Length", "RFC 9112 6", get("Content_Length: 5")),
        refused(400, "Transfer_Encoding", "RFC 9112 6", get("Transfer_Encoding: chunked")));
  }

  private static RequestCase dropped(String name, String value) {
    return forwarded(
        name + " is not passed on",
        "RFC 9110 5.1",
        get(name + ": " + value),
        r -> assertThat(r.has(name)).isFalse());
  }

  static Stream<RequestCase> starts() {
    return Stream.of(
        forwarded("one empty line before", "RFC 9112 2.2", "\r\n" + get()),
        refused(400, "two empty lines before", "RFC 9112 2.2", "\r\n\r\n" + get()),
        refused(400, "a bare LF before", "RFC 9112 2.2", "\n" + get()),
        refused(400, "a blank before", "RFC 9112 3", " " + get()),
        refused(
            400,
            "a PROXY line of version 1",
            "PROXY protocol 2.1",
            "PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n" + get()),
        refused(
            400,
            "a PROXY header of version 2",
            "PROXY protocol 2.2",
            "\r\n\r\n\u0000\r\nQUIT\n!\u0011\u0000\u000c\u00cb\u0000q\u0009" + get()),
        refused(
            400,
            "a TLS greeting",
            "RFC 8446 4.1.2",
            "\u0016\u0003\u0001\u0000.\u0001\u0000\u0000*\u0003\u0003" + "\u0000".repeat(37)),
        refused(
            505,
            "what only begins like HTTP/2's preface",
            "RFC 9113 3.4",
            "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"names", "goodNames", "values", "folds", "limits", "underscores", "starts"})
  void aFieldMeansTheSameToEverybody(RequestCase c) throws IOException {
    scene.play(c);
  }
}
