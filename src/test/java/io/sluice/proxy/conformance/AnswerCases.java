package io.sluice.proxy.conformance;

import static io.sluice.testkit.Wire.chunk;
import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.proxy.conformance.AnswerCase.End;
import io.sluice.proxy.conformance.AnswerCase.Expected;
import io.sluice.testkit.Response;
import io.sluice.testkit.Wire;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What backends may send, and what becomes of it. */
final class AnswerCases {
  private static final String GET = head("GET /answer HTTP/1.1", "Host: t");
  static final String GET_10 = head("GET /answer HTTP/1.0", "Host: t");
  private static final String HEAD = head("HEAD /answer HTTP/1.1", "Host: t");
  private static final String OK = "HTTP/1.1 200 OK";
  private static final String CHUNKED = "Transfer-Encoding: chunked";

  /** An answer that would be taken for the next request's if it were left over. */
  private static final String STRAY = Wire.ok("stray");

  private static AnswerCase bad(String name, String section, String bytes) {
    return new AnswerCase(name, section, GET, bytes, End.CLOSES, new Expected.BadGateway());
  }

  private static AnswerCase badField(String line) {
    return bad(
        "<" + Wire.show(line) + ">", "RFC 9112 5", head(OK, line, "Content-Length: 5") + "hello");
  }

  private static AnswerCase badLength(String value) {
    return bad(
        "length <" + Wire.show(value) + ">",
        "RFC 9110 8.6",
        head(OK, "Content-Length: " + value) + "hello");
  }

  private static AnswerCase badStatus(String line) {
    return bad(
        "<" + Wire.show(line) + ">", "RFC 9112 4", head(line, "Content-Length: 5") + "hello");
  }

  private static AnswerCase passes(String name, String section, String bytes, String body) {
    return passes(name, section, bytes, 200, body, r -> {});
  }

  private static AnswerCase passes(
      String name,
      String section,
      String bytes,
      int status,
      String body,
      Consumer<Response> check) {
    return new AnswerCase(
        name, section, GET, bytes, End.STAYS, new Expected.Passes(status, body, check));
  }

  private static AnswerCase closing(
      String name, String request, String bytes, String body, Consumer<Response> check) {
    return new AnswerCase(
        name, "RFC 9112 6.3", request, bytes, End.CLOSES, new Expected.Passes(200, body, check));
  }

  private static AnswerCase cut(String name, String bytes) {
    return new AnswerCase(name, "RFC 9112 8", GET, bytes, End.CLOSES, new Expected.Cut());
  }

  static Stream<AnswerCase> statusLines() {
    Stream<AnswerCase> lines =
        Stream.of(
                "NONSENSE",
                "",
                " " + OK,
                "HTTP/2.0 200 OK",
                "HTTP/0.9 200 OK",
                "http/1.1 200 OK",
                "HTTP/1.1  200 OK",
                "HTTP/1.1\t200 OK",
                "HTTP/1.1 20 OK",
                "HTTP/1.1 2000 OK",
                "HTTP/1.1 200OK",
                "HTTP/1.1 +20 OK",
                "HTTP/1.1 099 OK",
                "HTTP/1.1 600 OK",
                "HTTP/1.1 999 OK",
                "HTTP/1.1 xyz OK",
                "HTTP/1.1",
                "HTTP/1.10 200 OK",
                "ICY 200 OK",
                "SSH-2.0-server",
                "HTTP/1.1 200 O\u0000K",
                "HTTP/1.1 200 O\rK",
                "HTTP/1.1 200 O\u007fK",
                "GET / HTTP/1.1",
                "HTTP/1.1 200 " + "x".repeat(9000))
            .map(AnswerCases::badStatus);
    return Stream.concat(
        lines,
        Stream.of(
            bad("LF alone", "RFC 9112 2.2", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
            bad("an empty line before", "RFC 9112 2.2", "\r\n" + Wire.ok("hello")),
            bad("binary", "RFC 9112 4", "\u0015\u0003\u0003\u0000\u0002\u0002("),
            bad("a status line that never ends", "RFC 9112 4", "x".repeat(100_000)),
            passes(
                "no reason", "RFC 9112 4", head("HTTP/1.1 200 ", "Content-Length: 1") + "a", "a"),
            passes("no blank", "RFC 9112 4", head("HTTP/1.1 200", "Content-Length: 1") + "a", "a"),
            passes(
                "another reason and status",
                "RFC 9112 4",
                head("HTTP/1.1 299 Fine caf\u00e9", "Content-Length: 1") + "a",
                299,
                "a",
                r -> assertThat(r.reason()).isEqualTo("Fine caf\u00e9")),
            passes(
                "599",
                "RFC 9110 15",
                head("HTTP/1.1 599 x", "Content-Length: 0"),
                599,
                "",
                r -> {}),
            passes(
                "HTTP/1.2 counts as 1.1",
                "RFC 9110 2.5",
                head("HTTP/1.2 200 OK", "Content-Length: 1") + "a",
                "a")));
  }

  static Stream<AnswerCase> fields() {
    Stream<AnswerCase> lines =
        Stream.of(
                "Bad Name: x",
                "X : a",
                "X\t: a",
                "Xa",
                ": a",
                "X(y): a",
                "X\u00e9: a",
                "X\u0000: a",
                "X: a\u0000b",
                "X: a\u0001b",
                "X: a\u007fb",
                "X: a\rb",
                "X: a\nY: b",
                "X: a\r\n b",
                "X: a\r\n\tb",
                " X: a",
                "Content-Length : 5",
                "Content_Length: 5",
                "Transfer_Encoding: chunked")
            .map(AnswerCases::badField);
    String[] many = IntStream.range(0, 250).mapToObj(i -> "X-" + i + ": a").toArray(String[]::new);
    return Stream.concat(
        lines,
        Stream.of(
            bad(
                "1 MiB of one field",
                "RFC 9110 5.4",
                OK + "\r\n" + head("X: " + "a".repeat(1 << 20), "Content-Length: 5") + "hello"),
            bad("250 fields", "RFC 9110 5.4", OK + "\r\n" + head(many)),
            bad("a head that is cut", "RFC 9112 8", OK + "\r\nX: a\r\n"),
            passes(
                "Latin-1, tabs and empty values",
                "RFC 9110 5.5",
                head(OK, "X: caf\u00e9\tb", "Y:", "Content-Length: 1") + "a",
                200,
                "a",
                r -> {
                  assertThat(r.value("X")).isEqualTo("caf\u00e9\tb");
                  assertThat(r.value("Y")).isEmpty();
                }),
            passes(
                "several cookies stay several",
                "RFC 6265 3",
                head(OK, "Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Length: 1") + "a",
                200,
                "a",
                r -> assertThat(r.values("Set-Cookie")).containsExactly("a=1", "b=2")),
            passes(
                "hop-by-hop fields",
                "RFC 9110 7.6.1",
                head(
                        OK,
                        "Connection: X-Hop, keep-alive",
                        "X-Hop: 1",
                        "Keep-Alive: timeout=5",
                        "Proxy-Connection: keep-alive",
                        "Upgrade: h2c",
                        "Content-Length: 1")
                    + "a",
                200,
                "a",
                r ->
                    assertThat(r.fields())
                        .noneMatch(
                            f ->
                                f.name().matches("(?i)x-hop|keep-alive|proxy-connection|upgrade")
                                    || f.value().contains("X-Hop"))),
            passes(
                "a Date is added",
                "RFC 9110 6.6.1",
                Wire.ok("a"),
                200,
                "a",
                r -> assertThat(r.value("Date")).endsWith(" GMT")),
            passes(
                "a Date stays",
                "RFC 9110 6.6.1",
                head(OK, "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Content-Length: 1") + "a",
                200,
                "a",
                r -> assertThat(r.value("Date")).startsWith("Sun, 06 Nov 1994"))));
  }

  static Stream<AnswerCase> framings() {
    String s = "RFC 9112 6.3";
    Stream<AnswerCase> lengths =
        Stream.of(
                "",
                "+5",
                "-5",
                "5 5",
                "5, 5",
                "5,6",
                "0x5",
                "5abc",
                "5.0",
                "\"5\"",
                "9223372036854775808",
                "18446744073709551621")
            .map(AnswerCases::badLength);
    String five = "5\r\nhello\r\n0\r\n\r\n";
    return Stream.concat(
        lengths,
        Stream.of(
            bad(
                "two equal lengths",
                s,
                head(OK, "Content-Length: 5", "Content-Length: 5") + "hello"),
            bad("two lengths", s, head(OK, "Content-Length: 5", "Content-Length: 0") + "hello"),
            bad("a length and chunks", s, head(OK, "Content-Length: 3", CHUNKED) + five),
            bad("chunks and a length", s, head(OK, CHUNKED, "Content-Length: 15") + five),
            bad("gzip coding", s, head(OK, "Transfer-Encoding: gzip") + "hello"),
            bad("gzip, chunked", s, head(OK, "Transfer-Encoding: gzip, chunked") + five),
            bad("chunked, identity", s, head(OK, "Transfer-Encoding: chunked, identity") + five),
            bad("xchunked", s, head(OK, "Transfer-Encoding: xchunked") + five),
            bad("twice chunked", s, head(OK, CHUNKED, CHUNKED) + five),
            bad("chunks in HTTP/1.0", s, head("HTTP/1.0 200 OK", CHUNKED) + five),
            bad("chunks in 204", s, head("HTTP/1.1 204 No Content", CHUNKED) + five),
            bad("chunks in 103", s, head("HTTP/1.1 103 Hints", CHUNKED) + five),
            passes("length", s, Wire.ok("hello"), "hello"),
            passes("length zero", s, Wire.ok(""), ""),
            passes("chunks", s, head(OK, CHUNKED) + five, "hello"),
            passes("no chunk", s, head(OK, CHUNKED) + "0\r\n\r\n", ""),
            passes(
                "chunks with extensions",
                s,
                head(OK, CHUNKED) + "5;a=b\r\nhello\r\n0\r\n\r\n",
                "hello"),
            passes(
                "chunks with trailers",
                "RFC 9112 7.1.2",
                head(OK, CHUNKED, "Trailer: X-T") + "5\r\nhello\r\n0\r\nX-T: v\r\n\r\n",
                200,
                "hello",
                r -> assertThat(r.trailers().toString()).contains("name=X-T, value=v")),
            passes(
                "a chunk that looks like an answer",
                s,
                head(OK, CHUNKED) + chunk(STRAY) + "0\r\n\r\n",
                STRAY),
            closing("until close", GET, head(OK) + "hello", "hello", AnswerCases::staysOpen),
            closing("until close, empty", GET, head(OK), "", AnswerCases::staysOpen),
            closing(
                "until close from HTTP/1.0",
                GET,
                head("HTTP/1.0 200 OK") + "hello",
                "hello",
                AnswerCases::staysOpen),
            closing("until close to HTTP/1.0", GET_10, head(OK) + "hello", "hello", r -> {}),
            closing(
                "chunks to HTTP/1.0",
                GET_10,
                head(OK, CHUNKED) + five,
                "hello",
                r -> assertThat(r.has("Transfer-Encoding")).isFalse())));
  }

  private static void staysOpen(Response response) {
    assertThat(response.saysClose()).as("only the backend's connection ends").isFalse();
    assertThat(response.untilClose()).isFalse();
  }

  static Stream<AnswerCase> bodiless() {
    String s = "RFC 9112 6.3";
    return Stream.of(
        passes("204", s, head("HTTP/1.1 204 No Content"), 204, "", r -> {}),
        passes(
            "204 with a length of zero",
            "RFC 9110 8.6",
            head("HTTP/1.1 204 No Content", "Content-Length: 0"),
            204,
            "",
            r -> assertThat(r.has("Content-Length")).isFalse()),
        passes(
            "204 with a body",
            s,
            head("HTTP/1.1 204 No Content", "Content-Length: 5") + "hello",
            204,
            "",
            r -> {}),
        passes("304", s, head("HTTP/1.1 304 Not Modified", "ETag: \"a\""), 304, "", r -> {}),
        passes(
            "304 with a length and no body",
            "RFC 9110 15.4.5",
            head("HTTP/1.1 304 Not Modified", "Content-Length: 5"),
            304,
            "",
            r -> assertThat(r.value("Content-Length")).isEqualTo("5")),
        passes(
            "304 with a stray answer as body",
            s,
            head("HTTP/1.1 304 Not Modified", "Content-Length: " + STRAY.length()) + STRAY,
            304,
            "",
            r -> {}),
        passes("304 with chunks", s, head("HTTP/1.1 304 Not Modified", CHUNKED), 304, "", r -> {}),
        passes("205", s, head("HTTP/1.1 205 Reset Content", "Content-Length: 0"), 205, "", r -> {}),
        toHead("HEAD", head(OK, "Content-Length: 5")),
        toHead("HEAD with a body", head(OK, "Content-Length: 5") + "hello"),
        toHead(
            "HEAD with a stray answer as body",
            head(OK, "Content-Length: " + STRAY.length()) + STRAY),
        toHead("HEAD with chunks", head(OK, CHUNKED)),
        toHead("HEAD with a chunked body", head(OK, CHUNKED) + "5\r\nhello\r\n0\r\n\r\n"),
        toHead("HEAD without framing", head(OK)));
  }

  private static AnswerCase toHead(String name, String bytes) {
    return new AnswerCase(
        name, "RFC 9110 9.3.2", HEAD, bytes, End.STAYS, new Expected.Passes(200, "", r -> {}));
  }

  static Stream<AnswerCase> interim() {
    String s = "RFC 9110 15.2";
    String hints = head("HTTP/1.1 103 Early Hints", "Link: </a>");
    return Stream.of(
        passes(
            "103",
            s,
            hints + Wire.ok("a"),
            200,
            "a",
            r -> assertThat(r.interim()).containsExactly(103)),
        passes(
            "16 interim answers",
            s,
            hints.repeat(16) + Wire.ok("a"),
            200,
            "a",
            r -> assertThat(r.interim()).hasSize(16)),
        new AnswerCase(
            "17 interim answers",
            s,
            GET,
            hints.repeat(17) + Wire.ok("a"),
            End.STAYS,
            new Expected.BadGateway()),
        new AnswerCase(
            "interim answers without end",
            s,
            GET,
            head("HTTP/1.1 100 Continue").repeat(2000),
            End.STAYS,
            new Expected.BadGateway()),
        new AnswerCase(
            "none to HTTP/1.0",
            s,
            GET_10,
            hints + Wire.ok("a"),
            End.STAYS,
            new Expected.Passes(200, "a", r -> assertThat(r.interim()).isEmpty())),
        passes("an unasked 100", s, head("HTTP/1.1 100 Continue") + Wire.ok("a"), "a"),
        bad(
            "an unasked 101",
            "RFC 9110 15.2.2",
            head("HTTP/1.1 101 Switching Protocols", "Upgrade: x", "Connection: Upgrade") + STRAY),
        bad("an interim answer and nothing more", s, hints),
        bad("a malformed interim answer", s, head("HTTP/1.1 103 Hints", "X : a") + Wire.ok("a")));
  }

  static Stream<AnswerCase> ends() {
    return Stream.of(
        bad("closes without an answer", "RFC 9110 15.6.3", ""),
        new AnswerCase(
            "resets without an answer",
            "RFC 9110 15.6.3",
            GET,
            "",
            End.RESETS,
            new Expected.BadGateway()),
        new AnswerCase(
            "resets in its head",
            "RFC 9110 15.6.3",
            GET,
            OK + "\r\nX: ",
            End.RESETS,
            new Expected.BadGateway()),
        cut("a length cut short", head(OK, "Content-Length: 50") + "hello"),
        cut("a length without any byte", head(OK, "Content-Length: 50")),
        cut("in a chunk", head(OK, CHUNKED) + "50\r\nhello"),
        cut("behind a chunk", head(OK, CHUNKED) + chunk("hello")),
        cut("before the last empty line", head(OK, CHUNKED) + chunk("hello") + "0\r\n"),
        cut("in a trailer", head(OK, CHUNKED) + chunk("hello") + "0\r\nX: y\r\n"),
        cut("a bad chunk size", head(OK, CHUNKED) + chunk("hello") + "ZZ\r\nhello\r\n0\r\n\r\n"),
        cut("a huge chunk size", head(OK, CHUNKED) + "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        cut("a chunk size with LF alone", head(OK, CHUNKED) + "5\nhello\r\n0\r\n\r\n"),
        cut("a chunk longer than it says", head(OK, CHUNKED) + "3\r\nhello\r\n0\r\n\r\n"),
        cut("a bad trailer", head(OK, CHUNKED) + chunk("hello") + "0\r\nbad line\r\n\r\n"),
        cut(
            "a forbidden trailer",
            head(OK, CHUNKED) + chunk("hello") + "0\r\nContent-Length: 5\r\n\r\n"),
        new AnswerCase(
            "a reset in a body of known length",
            "RFC 9112 8",
            GET,
            head(OK, "Content-Length: 50") + "hello",
            End.RESETS,
            new Expected.Cut()),
        new AnswerCase(
            "a reset in a body until close",
            "RFC 9112 8",
            GET,
            head(OK) + "hello",
            End.RESETS,
            new Expected.Cut()),
        new AnswerCase(
            "a reset in a body until close to HTTP/1.0",
            "RFC 9112 8",
            GET_10,
            head(OK) + "hello",
            End.RESETS,
            new Expected.Cut()),
        new AnswerCase(
            "a cut chunked body to HTTP/1.0",
            "RFC 9112 8",
            GET_10,
            head(OK, CHUNKED) + chunk("hello"),
            End.CLOSES,
            new Expected.Cut()));
  }

  static Stream<AnswerCase> leftovers() {
    String s = "RFC 9112 6.3";
    return Stream.of(
        passes("behind a length", s, Wire.ok("a") + STRAY, "a"),
        passes("behind chunks", s, head(OK, CHUNKED) + "0\r\n\r\n" + STRAY, ""),
        passes("behind 204", s, head("HTTP/1.1 204 x") + STRAY, 204, "", r -> {}),
        passes("an empty line", s, Wire.ok("a") + "\r\n", "a"),
        passes("one byte", s, Wire.ok("a") + "H", "a"),
        passes("half an answer", s, Wire.ok("a") + "HTTP/1.1 200 OK\r\n", "a"),
        passes("a longer body than announced", s, head(OK, "Content-Length: 1") + "abcdef", "a"));
  }

  private AnswerCases() {}
}
