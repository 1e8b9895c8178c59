package io.sluice.proxy.conformance;

import static io.sluice.proxy.conformance.RequestCase.forwarded;
import static io.sluice.proxy.conformance.RequestCase.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The request line and Host: who is asked for what must be beyond doubt. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestLineIT {
  private Scene scene;

  @BeforeAll
  void start() throws IOException {
    scene = new Scene();
  }

  @AfterAll
  void stop() throws IOException {
    scene.close();
  }

  private static RequestCase bad(int status, String line, String section) {
    return refused(status, "<" + Wire.show(line) + ">", section, Wire.head(line, "Host: t"));
  }

  static Stream<RequestCase> lines() {
    String s = "RFC 9112 3";
    return Stream.of(
        bad(400, "GET", s),
        bad(400, "GET /x", "RFC 9112 2.3"),
        bad(400, "GET  /x HTTP/1.1", s),
        bad(400, "GET /x  HTTP/1.1", s),
        bad(400, "GET /x HTTP/1.1 ", s),
        bad(400, "GET\t/x\tHTTP/1.1", s),
        bad(400, "GET\u000b/x\u000bHTTP/1.1", s),
        bad(400, "GET /x y HTTP/1.1", "RFC 9112 3.2"),
        bad(400, "GET /x HTTP/1.1 HTTP/1.1", s),
        bad(400, "GET /smuggled HTTP/1.1\r GET /x HTTP/1.1", s),
        refused(400, "LF alone", "RFC 9112 2.2", "GET /x HTTP/1.1\nHost: t\r\n\r\n"),
        refused(400, "HTTP/0.9", "RFC 9112 2.3", "GET /x\r\n"));
  }

  static Stream<RequestCase> versions() {
    String s = "RFC 9110 15.6.6";
    return Stream.of(
        bad(505, "GET /x HTTP/2.0", s),
        bad(505, "GET /x HTTP/3.0", s),
        bad(505, "GET /x HTTP/0.9", s),
        bad(505, "GET /x HTTP/9.9", s),
        bad(400, "GET /x http/1.1", "RFC 9112 2.3"),
        bad(400, "GET /x HTTP/1.10", "RFC 9112 2.3"),
        bad(400, "GET /x HTTP/01.1", "RFC 9112 2.3"),
        bad(400, "GET /x HTTP/1", "RFC 9112 2.3"),
        bad(400, "GET /x HTTP/1.", "RFC 9112 2.3"),
        bad(400, "GET /x HTTP/1.1.1", "RFC 9112 2.3"),
        bad(400, "GET /x HTTP1.1", "RFC 9112 2.3"),
        bad(400, "GET /x HTTP/1.x", "RFC 9112 2.3"),
        bad(400, "GET /x HTTPS/1.1", "RFC 9112 2.3"),
        forwarded(
            "HTTP/1.2 counts as 1.1", "RFC 9110 2.5", Wire.head("GET /x HTTP/1.2", "Host: t")),
        forwarded("HTTP/1.0", "RFC 9110 2.5", Wire.head("GET /x HTTP/1.0", "Host: t")),
        forwarded(
            "HTTP/1.0 without Host gets one",
            "RFC 9112 3.2",
            Wire.head("GET /x HTTP/1.0"),
            r -> assertThat(r.value("Host")).startsWith("127.0.0.1:")));
  }

  static Stream<RequestCase> methods() {
    return Stream.of(
        bad(400, "G@T /x HTTP/1.1", "RFC 9110 9.1"),
        bad(400, "G(T /x HTTP/1.1", "RFC 9110 9.1"),
        bad(400, "G\u00c9T /x HTTP/1.1", "RFC 9110 9.1"),
        bad(400, "\"GET\" /x HTTP/1.1", "RFC 9110 9.1"),
        bad(400, "/x HTTP/1.1", "RFC 9110 9.1"),
        bad(501, "CONNECT t:443 HTTP/1.1", "RFC 9110 9.3.6"),
        bad(501, "CONNECT /x HTTP/1.1", "RFC 9110 9.3.6"),
        bad(501, "TRACE /x HTTP/1.1", "RFC 9110 9.3.8"),
        passes("FOO /x HTTP/1.1", "FOO /x"),
        passes("get /x HTTP/1.1", "get /x"),
        passes("M-SEARCH /x HTTP/1.1", "M-SEARCH /x"),
        passes("OPTIONS * HTTP/1.1", "OPTIONS *"),
        passes("OPTIONS /x HTTP/1.1", "OPTIONS /x"),
        passes("HEAD /x HTTP/1.1", "HEAD /x"),
        passes("DELETE /x HTTP/1.1", "DELETE /x"),
        passes("A".repeat(100) + " /x HTTP/1.1", "A".repeat(100) + " /x"));
  }

  private static RequestCase passes(String line, String expected) {
    return forwarded(
        "<" + Wire.show(line) + ">",
        "RFC 9112 3.2",
        Wire.head(line, "Host: t"),
        r -> {
          assertThat(r.method() + " " + r.target()).isEqualTo(expected);
          assertThat(r.value("Host")).isEqualTo("t");
        });
  }

  static Stream<RequestCase> targets() {
    String s = "RFC 9112 3.2";
    return Stream.of(
        bad(400, "GET x HTTP/1.1", s),
        bad(400, "GET * HTTP/1.1", "RFC 9112 3.2.4"),
        bad(400, "OPTIONS ** HTTP/1.1", "RFC 9112 3.2.4"),
        bad(400, "GET ?x HTTP/1.1", s),
        bad(400, "GET /x#fragment HTTP/1.1", "RFC 9112 3.2.1"),
        bad(400, "GET /# HTTP/1.1", "RFC 9112 3.2.1"),
        bad(400, "GET /\u00e9 HTTP/1.1", s),
        bad(400, "GET /x?\u00ff HTTP/1.1", s),
        bad(400, "GET /\u0001 HTTP/1.1", s),
        bad(400, "GET /\u007f HTTP/1.1", s),
        bad(400, "GET /\u0000 HTTP/1.1", s),
        bad(400, "GET t:80 HTTP/1.1", s),
        bad(400, "GET //[ HTTP/9", s),
        bad(414, "GET /" + "a".repeat(65536) + " HTTP/1.1", "RFC 9110 15.5.15"),
        refused(414, "a line that never ends", "RFC 9110 15.5.15", "GET /" + "a".repeat(9000)),
        passes("GET /?a=b&c=%20 HTTP/1.1", "GET /?a=b&c=%20"),
        passes("GET //x HTTP/1.1", "GET //x"),
        passes("GET /a;b=c/d HTTP/1.1", "GET /a;b=c/d"),
        passes("GET /%2f%00 HTTP/1.1", "GET /%2f%00"),
        passes("GET /|\\^`{}\"<> HTTP/1.1", "GET /|\\^`{}\"<>"),
        passes("GET /" + "a".repeat(8000) + " HTTP/1.1", "GET /" + "a".repeat(8000)));
  }

  static Stream<RequestCase> dotSegments() {
    Stream<RequestCase> refused =
        Stream.of(
                "/..",
                "/.",
                "/../x",
                "/./x",
                "/a/../../etc/passwd",
                "/a/..",
                "/a/.",
                "/a/%2e%2e/b",
                "/a/%2E./b",
                "/a/.%2e",
                "/%2e",
                "/a/..;x=y/b",
                "/..?x",
                "http://t/../x",
                "http://t/a/%2e%2e")
            .map(t -> bad(400, "GET " + t + " HTTP/1.1", "RFC 3986 5.2.4"));
    return Stream.concat(
        refused,
        Stream.of("/...", "/a..b", "/.a", "/a.", "/a?x=/../", "/%2e%2ea", "/a..")
            .map(t -> passes("GET " + t + " HTTP/1.1", "GET " + t)));
  }

  static Stream<RequestCase> absoluteForms() {
    String s = "RFC 9112 3.2.2";
    return Stream.of(
        absolute("http://good.test/x", "evil.test", "/x", "good.test"),
        absolute("http://good.test:81/x?y", "evil.test", "/x?y", "good.test:81"),
        absolute("HTTP://GOOD.test/x", "evil.test", "/x", "GOOD.test"),
        absolute("https://good.test/x", "good.test", "/x", "good.test"),
        absolute("http://good.test", "evil.test", "/", "good.test"),
        absolute("http://good.test?y", "evil.test", "/?y", "good.test"),
        absolute("http://[::1]:80/x", "evil.test", "/x", "[::1]:80"),
        bad(400, "GET http://u:p@t/x HTTP/1.1", "RFC 9110 4.2.4"),
        bad(400, "GET http://u@t/x HTTP/1.1", "RFC 9110 4.2.4"),
        bad(400, "GET http:/t/x HTTP/1.1", s),
        bad(400, "GET http:///x HTTP/1.1", s),
        bad(400, "GET http:t/x HTTP/1.1", s),
        bad(400, "GET ftp://t/x HTTP/1.1", s),
        bad(400, "GET file:///etc/passwd HTTP/1.1", s),
        bad(400, "GET ://t/x HTTP/1.1", s),
        bad(400, "GET http://t:x/ HTTP/1.1", s),
        bad(400, "GET http://a,b/ HTTP/1.1", s),
        bad(400, "GET http://a\\b/ HTTP/1.1", s),
        bad(400, "OPTIONS http://t* HTTP/9", s),
        refused(
            400,
            "absolute-form without Host",
            "RFC 9112 3.2",
            Wire.head("GET http://good.test/x HTTP/1.1")),
        refused(
            400,
            "absolute-form with two Hosts",
            "RFC 9112 3.2",
            Wire.head("GET http://good.test/x HTTP/1.1", "Host: a", "Host: b")));
  }

  private static RequestCase absolute(String target, String host, String path, String expected) {
    return forwarded(
        "<" + target + ">",
        "RFC 9112 3.2.2",
        Wire.head("GET " + target + " HTTP/1.1", "Host: " + host),
        r -> {
          assertThat(r.target()).isEqualTo(path);
          assertThat(r.value("Host")).isEqualTo(expected);
        });
  }

  static Stream<RequestCase> hosts() {
    String s = "RFC 9112 3.2";
    Stream<RequestCase> bad =
        Stream.of(
                "",
                "a b",
                "a,b",
                "a/b",
                "a\\b",
                "u@t",
                "u:p@t",
                ":80",
                "t:x",
                "t:80:80",
                "t:123456",
                "t:-1",
                "t:+80",
                "[::1",
                "::1",
                "[]",
                "[::1]x",
                "[::1]:x",
                "[g::1]",
                "t#",
                "t?x",
                "http://t",
                "\u00e9.test",
                "t\u0000",
                "t\u007f",
                "\"t\"",
                "<t>",
                "{t}")
            .map(
                h ->
                    refused(
                        400,
                        "Host <" + Wire.show(h) + ">",
                        s,
                        Wire.head("GET /x HTTP/1.1", "Host: " + h)));
    Stream<RequestCase> others =
        Stream.of(
            refused(400, "no Host", s, Wire.head("GET /x HTTP/1.1")),
            refused(400, "two equal", s, Wire.head("GET /x HTTP/1.1", "Host: t", "Host: t")),
            refused(400, "two", s, Wire.head("GET /x HTTP/1.1", "Host: t", "hOST: u")),
            refused(400, "two, one empty", s, Wire.head("GET /x HTTP/1.1", "Host: t", "Host:")),
            refused(400, "two in HTTP/1.0", s, Wire.head("GET /x HTTP/1.0", "Host: t", "Host: u")),
            refused(400, "blank before the colon", s, Wire.head("GET /x HTTP/1.1", "Host : t")),
            refused(400, "folded", s, Wire.head("GET /x HTTP/1.1", "Host: t", " u")),
            forwarded(
                "Connection cannot take Host away",
                "RFC 9110 7.6.1",
                Wire.head("GET /x HTTP/1.1", "Host: t", "Connection: Host"),
                r -> assertThat(r.value("Host")).isEqualTo("t")));
    Stream<RequestCase> good =
        Stream.of(
                "t", "T.Test", "t.", "t:80", "t:", "1.2.3.4", "[::1]", "[::1]:8080", "a_b", "a%20")
            .map(
                h ->
                    forwarded(
                        "Host <" + h + ">",
                        s,
                        Wire.head("GET /x HTTP/1.1", "Host: " + h),
                        r -> assertThat(r.value("Host")).isEqualTo(h)));
    return Stream.of(bad, others, good).flatMap(x -> x);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({
    "lines",
    "versions",
    "methods",
    "targets",
    "dotSegments",
    "absoluteForms",
    "hosts"
  })
  void itIsBeyondDoubtWhoIsAskedForWhat(RequestCase c) throws IOException {
    scene.play(c);
  }
}
