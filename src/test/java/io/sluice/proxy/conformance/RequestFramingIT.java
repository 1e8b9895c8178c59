package io.sluice.proxy.conformance;

import static io.sluice.proxy.conformance.RequestCase.brokenBody;
import static io.sluice.proxy.conformance.RequestCase.cut;
import static io.sluice.proxy.conformance.RequestCase.forwarded;
import static io.sluice.proxy.conformance.RequestCase.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a request's body ends: whatever two servers could see differently is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestFramingIT {
  private static final String CODING = "Transfer-Encoding: chunked";
  private static final String HELLO = "5\r\nhello\r\n0\r\n\r\n";

  private Scene scene;

  @BeforeAll
  void start() throws IOException {
    scene = new Scene();
  }

  @AfterAll
  void stop() throws IOException {
    scene.close();
  }

  private static String post(String body, String... fields) {
    return Wire.lines("POST /framing HTTP/1.1", "Host: t") + Wire.head(fields) + body;
  }

  private static RequestCase chunks(String name, String body) {
    return brokenBody(name, "RFC 9112 7.1", post(body, CODING));
  }

  static Stream<RequestCase> bothLengths() {
    String s = "RFC 9112 6.1";
    String zero = "0\r\n\r\n" + Scene.SMUGGLED;
    return Stream.of(
        refused(
            400,
            "a length that covers a hidden request, and chunks",
            s,
            post(zero, "Content-Length: " + zero.length(), CODING)),
        refused(
            400,
            "chunks, then a length that covers a hidden request",
            s,
            post(zero, CODING, "Content-Length: " + zero.length())),
        refused(
            400,
            "a short length and a chunk that covers a hidden request",
            s,
            post(Wire.chunk(Scene.SMUGGLED) + "0\r\n\r\n", "Content-Length: 4", CODING)),
        refused(400, "length zero and chunks", s, post(zero, "Content-Length: 0", CODING)),
        refused(400, "equal by both counts", s, post(HELLO, "Content-Length: 15", CODING)),
        refused(400, "a malformed length and chunks", s, post(HELLO, "Content-Length: x", CODING)),
        refused(
            400,
            "other letter case",
            s,
            post(zero, "cOnTeNt-LeNgTh: 5", "tRaNsFeR-eNcOdInG: ChUnKeD")),
        refused(
            400,
            "a coding with an underscore and a length",
            s,
            post(HELLO, "Transfer_Encoding: chunked", "Content-Length: 15")),
        refused(
            400,
            "a length with an underscore and chunks",
            s,
            post(zero, "Content_Length: " + zero.length(), CODING)),
        refused(400, "an underscored length alone", s, post("hello", "Content_Length: 5")),
        refused(
            400,
            "Connection names the coding so that it would be dropped",
            "RFC 9110 7.6.1",
            post(zero, "Connection: Transfer-Encoding", CODING, "Content-Length: 5")));
  }

  static Stream<RequestCase> transferEncodings() {
    String s = "RFC 9112 6.1";
    return Stream.of(
            "xchunked",
            "chunkedx",
            "chunked, identity",
            "identity, chunked",
            "identity",
            "chunked, chunked",
            "gzip, chunked",
            "chunked, gzip",
            "gzip",
            "",
            ",",
            "chunked,",
            ", chunked",
            "\"chunked\"",
            "'chunked'",
            "chunked;q=1",
            "chunked foo",
            "chun ked",
            "cow",
            "\u000bchunked",
            "\u000cchunked",
            "chunked\u000b",
            "\u0000chunked",
            "chunked\u007f",
            "\u00a0chunked",
            "chunk\u00e9d")
        .map(
            v ->
                refused(
                    400,
                    "coding <" + Wire.show(v) + ">",
                    s,
                    post(HELLO + Scene.SMUGGLED, "Transfer-Encoding: " + v)));
  }

  static Stream<RequestCase> transferEncodingLines() {
    String s = "RFC 9112 6.1";
    return Stream.of(
        refused(400, "blank before the colon", s, post(HELLO, "Transfer-Encoding : chunked")),
        refused(400, "tab before the colon", s, post(HELLO, "Transfer-Encoding\t: chunked")),
        refused(400, "blank before the name", s, post(HELLO, " Transfer-Encoding: chunked")),
        refused(400, "folded", s, post(HELLO, "Transfer-Encoding:", " chunked")),
        refused(
            400,
            "folded behind another field",
            s,
            post(HELLO, "X: a", " Transfer-Encoding: chunked", "Content-Length: 15")),
        refused(400, "twice chunked", s, post(HELLO, CODING, CODING)),
        refused(
            400, "chunked, then identity", s, post(HELLO, CODING, "Transfer-Encoding: identity")),
        refused(
            400, "identity, then chunked", s, post(HELLO, "Transfer-Encoding: identity", CODING)),
        refused(400, "gzip, then chunked", s, post(HELLO, "Transfer-Encoding: gzip", CODING)),
        refused(
            400,
            "behind a bare CR in another field",
            "RFC 9112 2.2",
            post(HELLO, "X: a\rTransfer-Encoding: chunked", "Content-Length: 15")),
        refused(
            400,
            "behind a bare LF in another field",
            "RFC 9112 2.2",
            post(HELLO, "X: a\nTransfer-Encoding: chunked", "Content-Length: 15")),
        refused(
            400,
            "in HTTP/1.0",
            s,
            "POST /framing HTTP/1.0\r\n" + Wire.head("Host: t", CODING) + HELLO),
        refused(
            400,
            "in HTTP/1.0 with keep-alive",
            s,
            "POST /framing HTTP/1.0\r\n"
                + Wire.head("Host: t", "Connection: keep-alive", CODING)
                + HELLO),
        forwarded("chunked", s, post(HELLO, CODING), "hello"),
        forwarded("CHUNKED", s, post(HELLO, "TRANSFER-ENCODING: CHUNKED"), "hello"),
        forwarded("blanks around", s, post(HELLO, "Transfer-Encoding:\t chunked \t"), "hello"),
        forwarded("no blank", s, post(HELLO, "Transfer-Encoding:chunked"), "hello"),
        forwarded(
            "Connection cannot take the coding away",
            "RFC 9110 7.6.1",
            post(HELLO, "Connection: Transfer-Encoding", CODING),
            "hello"));
  }

  static Stream<RequestCase> contentLengths() {
    String s = "RFC 9110 8.6";
    return Stream.concat(
        Stream.of(
                "",
                "+5",
                "-5",
                "0x5",
                "5 6",
                "5, 5",
                "5,5",
                "5,6",
                "5,",
                ",5",
                "5abc",
                "1_0",
                "5.0",
                "5e0",
                "\"5\"",
                "5;",
                "five",
                "\u00b2",
                "99999999999999999999",
                "9223372036854775808",
                "18446744073709551621",
                "-0",
                "0 0",
                "5\u0000",
                "\u000b5",
                "5\u000c",
                "000000000000000000005")
            .map(
                v ->
                    refused(
                        400,
                        "length <" + Wire.show(v) + ">",
                        s,
                        post("hello" + Scene.SMUGGLED, "Content-Length: " + v))),
        Stream.of(
            refused(
                400,
                "two different lengths",
                s,
                post("hello", "Content-Length: 5", "Content-Length: 50")),
            refused(
                400,
                "two equal lengths",
                s,
                post("hello", "Content-Length: 5", "Content-Length: 5")),
            refused(
                400,
                "two lengths in other letter case",
                s,
                post("hello", "Content-Length: 5", "CONTENT-LENGTH: 0")),
            refused(400, "blank before the colon", s, post("hello", "Content-Length : 5")),
            refused(400, "folded", s, post("hello", "Content-Length:", " 5")),
            forwarded("leading zeros", s, post("hello", "Content-Length: 0005"), "hello"),
            forwarded("blanks around", s, post("hello", "Content-Length: \t5\t "), "hello"),
            forwarded("no blank", s, post("hello", "Content-Length:5"), "hello"),
            forwarded("zero", s, post("", "Content-Length: 0"), ""),
            forwarded("no length: no body", "RFC 9112 6.3", post("", "X: y"), ""),
            forwarded(
                "Connection cannot take the length away",
                "RFC 9110 7.6.1",
                post("hello", "Connection: Content-Length", "Content-Length: 5"),
                "hello"),
            forwarded(
                "a GET's body that looks like a request stays a body",
                "RFC 9110 9.3.1",
                Wire.head(
                        "GET /framing HTTP/1.1",
                        "Host: t",
                        "Content-Length: " + Scene.SMUGGLED.length())
                    + Scene.SMUGGLED,
                Scene.SMUGGLED),
            forwarded(
                "a chunk that looks like a request stays data",
                "RFC 9112 7.1",
                post(Wire.chunk(Scene.SMUGGLED) + "0\r\n\r\n", CODING),
                Scene.SMUGGLED),
            cut("a length cut short", "RFC 9112 8", post("hello", "Content-Length: 50")),
            cut("a length without any byte", "RFC 9112 8", post("", "Content-Length: 50"))));
  }

  static Stream<RequestCase> chunkSizes() {
    return Stream.of(
        chunks("empty size line", "\r\nhello\r\n0\r\n\r\n"),
        chunks("0x5", "0x5\r\nhello\r\n0\r\n\r\n"),
        chunks("+5", "+5\r\nhello\r\n0\r\n\r\n"),
        chunks("-5", "-5\r\nhello\r\n0\r\n\r\n"),
        chunks("blank before", " 5\r\nhello\r\n0\r\n\r\n"),
        chunks("tab before", "\t5\r\nhello\r\n0\r\n\r\n"),
        chunks("blank behind", "5 \r\nhello\r\n0\r\n\r\n"),
        chunks("5_0", "5_0\r\nhello\r\n0\r\n\r\n"),
        chunks("5h", "5h\r\nhello\r\n0\r\n\r\n"),
        chunks("5,0", "5,0\r\nhello\r\n0\r\n\r\n"),
        chunks("five", "five\r\nhello\r\n0\r\n\r\n"),
        chunks("NUL", "\u00005\r\nhello\r\n0\r\n\r\n"),
        chunks("16 digits", "0000000000000005\r\nhello\r\n0\r\n\r\n"),
        chunks("2^64 + 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        chunks("2^63", "8000000000000000\r\nhello\r\n0\r\n\r\n"),
        chunks("-1 as 64 bits", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
        chunks("2^32 times 2^32", "100000000000000000000000000000005\r\nhello\r\n0\r\n\r\n"),
        chunks("LF alone", "5\nhello\r\n0\r\n\r\n"),
        chunks("CR alone", "5\rhello\r\n0\r\n\r\n"),
        chunks("CR CR LF", "5\r\r\nhello\r\n0\r\n\r\n"),
        chunks("data ended by LF", "5\r\nhello\n0\r\n\r\n"),
        chunks("data ended by CR", "5\r\nhello\r0\r\n\r\n"),
        chunks("data not ended", "5\r\nhello0\r\n\r\n"),
        chunks("more data than announced", "3\r\nhello\r\n0\r\n\r\n"),
        chunks("less data than announced", "6\r\nhello\r\n0\r\n\r\n"),
        chunks("LF alone behind the last chunk", "5\r\nhello\r\n0\n\r\n"),
        chunks("LF alone at the end", "5\r\nhello\r\n0\r\n\n"),
        chunks("no empty line at the end", "5\r\nhello\r\n0\r\nGET /smuggled HTTP/1.1\r\n"),
        forwarded(
            "zeros before", "RFC 9112 7.1", post("005\r\nhello\r\n0\r\n\r\n", CODING), "hello"),
        forwarded(
            "last chunk 00000",
            "RFC 9112 7.1",
            post("5\r\nhello\r\n00000\r\n\r\n", CODING),
            "hello"),
        forwarded(
            "capitals", "RFC 9112 7.1", post("A\r\n0123456789\r\n0\r\n\r\n", CODING), "0123456789"),
        forwarded("no data", "RFC 9112 7.1", post("0\r\n\r\n", CODING), ""),
        forwarded(
            "many small chunks",
            "RFC 9112 7.1",
            post("1\r\nx\r\n".repeat(3000) + "0\r\n\r\n", CODING),
            "x".repeat(3000)),
        cut("cut in a chunk", "RFC 9112 8", post("5\r\nhel", CODING)),
        cut("cut behind a chunk", "RFC 9112 8", post("5\r\nhello\r\n", CODING)),
        cut("cut in the last chunk's line", "RFC 9112 8", post("5\r\nhello\r\n0", CODING)),
        cut("cut before the empty line", "RFC 9112 8", post("5\r\nhello\r\n0\r\n", CODING)),
        cut("cut in the empty line", "RFC 9112 8", post("5\r\nhello\r\n0\r\n\r", CODING)),
        cut("cut in a trailer", "RFC 9112 8", post("5\r\nhello\r\n0\r\nX: y\r\n", CODING)));
  }

  static Stream<RequestCase> chunkExtensions() {
    String s = "RFC 9112 7.1.1";
    return Stream.of(
        forwarded("name and value", s, post("5;a=b\r\nhello\r\n0\r\n\r\n", CODING), "hello"),
        forwarded("quoted", s, post("5;a=\"b;\\\"c\"\r\nhello\r\n0;d\r\n\r\n", CODING), "hello"),
        forwarded("blanks before", s, post("5 \t;a\r\nhello\r\n0\r\n\r\n", CODING), "hello"),
        forwarded("no name", s, post("5;\r\nhello\r\n0\r\n\r\n", CODING), "hello"),
        brokenBody("bare CR", s, post("5;a\rb\r\nhello\r\n0\r\n\r\n", CODING)),
        brokenBody("bare LF", s, post("5;a\nb\r\nhello\r\n0\r\n\r\n", CODING)),
        brokenBody(
            "a request behind a bare LF",
            s,
            post("2;\n00\r\n57\r\n0\r\n\r\n" + Scene.SMUGGLED + "\r\n0\r\n\r\n", CODING)),
        brokenBody("NUL", s, post("5;a\u0000\r\nhello\r\n0\r\n\r\n", CODING)),
        brokenBody("DEL", s, post("5;a\u007f\r\nhello\r\n0\r\n\r\n", CODING)),
        brokenBody(
            "256 KiB", s, post("5;" + "a".repeat(262_144) + "\r\nhello\r\n0\r\n\r\n", CODING)),
        brokenBody(
            "a little with each of many chunks",
            s,
            post("1;aaaaaaaa\r\nx\r\n".repeat(100), CODING)),
        brokenBody("endless blanks", s, post("5" + " ".repeat(10_000), CODING)));
  }

  static Stream<RequestCase> trailers() {
    String s = "RFC 9112 7.1.2";
    Stream<RequestCase> bad =
        Stream.of(
                "bad trailer line",
                "X-T : v",
                " X-T: v",
                ": v",
                "X-T: a\rb",
                "X-T: a\u0000b",
                "X-T: a\nY: b",
                "X-T: a\r\n folded",
                "Content-Length: 50",
                "content-length: 50",
                "Content_Length: 50",
                "Transfer-Encoding: chunked",
                "Host: evil",
                "Connection: keep-alive",
                "Upgrade: websocket",
                "Expect: 100-continue",
                "Trailer: X",
                "TE: trailers",
                "X-Forwarded-For: 203.0.113.9",
                "X_Forwarded_For: 203.0.113.9",
                "X-Real-IP: 203.0.113.9",
                "Forwarded: for=203.0.113.9",
                "X-Request-Id: 1",
                "Authorization: Basic YQ==",
                "Cookie: a=b",
                "Content-Type: text/html",
                "Content-Encoding: gzip",
                "X: " + "a".repeat(10_000))
            .map(
                t ->
                    brokenBody(
                        "trailer <" + Wire.show(t.substring(0, Math.min(30, t.length()))) + ">",
                        s,
                        post("5\r\nhello\r\n0\r\n" + t + "\r\n\r\n", CODING)));
    return Stream.concat(
        bad,
        Stream.of(
            brokenBody(
                "a thousand trailers", s, post("0\r\n" + "X: y\r\n".repeat(1000) + "\r\n", CODING)),
            new RequestCase(
                "ordinary trailers pass",
                s,
                post("5\r\nhello\r\n0\r\nX-T: v\r\nX-U:\r\n\r\n", CODING, "Trailer: X-T"),
                new RequestCase.Expected.Forwarded("hello", RequestFramingIT::hasTrailers))));
  }

  private static void hasTrailers(ReadRequest request) {
    assertThat(request.trailers().toString())
        .isEqualTo("[HeaderLine[name=X-T, value=v], HeaderLine[name=X-U, value=]]");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({
    "bothLengths",
    "transferEncodings",
    "transferEncodingLines",
    "contentLengths",
    "chunkSizes",
    "chunkExtensions",
    "trailers"
  })
  void aBodyEndsWhereEverybodySeesItsEnd(RequestCase c) throws IOException {
    scene.play(c);
  }
}
