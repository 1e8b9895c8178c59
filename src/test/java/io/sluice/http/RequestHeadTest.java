package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.http.MessageHead.Progress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("StringConcatToTextBlock") // lines that end with CRLF are no text block
class RequestHeadTest {
  private static final HeadLimits LIMITS = new HeadLimits(8192, 32768, 100);

  private final RequestHead head = new RequestHead();

  private Progress feed(String text) {
    return feed(Unpooled.wrappedBuffer(Ascii.bytes(text)), LIMITS);
  }

  private Progress feed(ByteBuf in, HeadLimits limits) {
    head.reset();
    return head.feed(in, limits);
  }

  private void accept(String text) {
    assertThat(feed(text)).as("%s", head.violation()).isEqualTo(Progress.COMPLETE);
  }

  private @Nullable HttpViolation violationOf(String text) {
    feed(text);
    return head.violation();
  }

  private static String get(String fields) {
    return "GET /x HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n";
  }

  private String text(int from, int to) {
    return Ascii.text(head.bytes(), from, to);
  }

  @Test
  void splitsTheRequestLine() {
    accept("PATCH /a/b?q=1?2 HTTP/1.1\r\nHost: a.example:81\r\n\r\n");
    assertThat(text(head.methodStart(), head.methodEnd())).isEqualTo("PATCH");
    assertThat(head.isMethod("PATCH")).isTrue();
    assertThat(head.isMethod("PATC")).isFalse();
    assertThat(text(head.targetStart(), head.targetEnd())).isEqualTo("/a/b?q=1?2");
    assertThat(text(head.pathStart(), head.pathEnd())).isEqualTo("/a/b");
    assertThat(text(head.hostStart(), head.hostEnd())).isEqualTo("a.example:81");
    assertThat(head.minor()).isEqualTo(1);
    assertThat(head.hasBody()).isFalse();
    assertThat(head.isKeepAlive()).isTrue();
  }

  @Test
  void takesItsBytesAndNoneBehindThem() {
    ByteBuf in = Unpooled.wrappedBuffer(Ascii.bytes(get("Content-Length: 3\r\n") + "abcGET /"));
    assertThat(feed(in, LIMITS)).isEqualTo(Progress.COMPLETE);
    assertThat(in.toString(java.nio.charset.StandardCharsets.US_ASCII)).isEqualTo("abcGET /");
    assertThat(head.length()).isEqualTo(3);
  }

  @Test
  void everySplitOfAHeadGivesTheSame() {
    String text =
        "\r\nPOST /p?q HTTP/1.1\r\nHost: t:80\r\nX:\t a \t\r\nConnection: close, X\r\n"
            + "Transfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n";
    for (int cut = 0; cut <= text.length(); cut++) {
      head.reset();
      ByteBuf first = Unpooled.wrappedBuffer(Ascii.bytes(text.substring(0, cut)));
      ByteBuf second = Unpooled.wrappedBuffer(Ascii.bytes(text.substring(cut)));
      Progress progress = head.feed(first, LIMITS);
      if (cut < text.length()) {
        assertThat(progress).as("cut at %d", cut).isEqualTo(Progress.MORE);
        progress = head.feed(second, LIMITS);
      }
      assertThat(progress).as("cut at %d", cut).isEqualTo(Progress.COMPLETE);
      assertThat(head.fieldCount()).isEqualTo(5);
      assertThat(head.value(1)).isEqualTo("a");
      assertThat(head.isChunked() && head.expectsContinue() && !head.isKeepAlive()).isTrue();
      assertThat(text(head.hostStart(), head.hostEnd())).isEqualTo("t:80");
    }
  }

  @Test
  void everySplitOfABadHeadIsRefusedForTheSameReason() {
    String text = "GET /x HTTP/1.1\r\nHost: t\r\nX : a\r\n\r\n";
    for (int cut = 0; cut <= text.length(); cut++) {
      head.reset();
      head.feed(Unpooled.wrappedBuffer(Ascii.bytes(text.substring(0, cut))), LIMITS);
      if (head.violation() == null) {
        head.feed(Unpooled.wrappedBuffer(Ascii.bytes(text.substring(cut))), LIMITS);
      }
      assertThat(head.violation()).as("cut at %d", cut).isEqualTo(HttpViolation.FIELD_NAME);
    }
  }

  @Test
  void aHeadThatComesByteByByteIsTheSame() {
    String text = get("A: " + "v".repeat(3000) + "\r\nB: w\r\n");
    head.reset();
    for (int i = 0; i < text.length(); i++) {
      Progress progress =
          head.feed(Unpooled.wrappedBuffer(new byte[] {(byte) text.charAt(i)}), LIMITS);
      assertThat(progress).isEqualTo(i + 1 < text.length() ? Progress.MORE : Progress.COMPLETE);
    }
    assertThat(head.value(1)).hasSize(3000);
    assertThat(head.value(2)).isEqualTo("w");
  }

  @ParameterizedTest
  @CsvSource({
    "'GET /x HTTP/1.1', ",
    "'GET  /x HTTP/1.1', TARGET",
    "'GET /x  HTTP/1.1', REQUEST_LINE",
    "'GET /x HTTP/1.1 ', REQUEST_LINE",
    "' GET /x HTTP/1.1', METHOD",
    "'GET /x', REQUEST_LINE",
    "'GET', METHOD",
    "'G@T /x HTTP/1.1', METHOD",
    "'GET\t/x\tHTTP/1.1', METHOD",
    "'GET /x HTTP/1.2', ",
    "'GET /x HTTP/1.0', ",
    "'GET /x HTTP/2.0', VERSION",
    "'GET /x HTTP/0.9', VERSION",
    "'GET /x HTTP/9.9', VERSION",
    "'GET /x http/1.1', REQUEST_LINE",
    "'GET /x HTTP/1.10', REQUEST_LINE",
    "'GET /x HTTP/11', REQUEST_LINE",
    "'GET /x HTTP/1,1', REQUEST_LINE",
    "'GET /x ICY/1.1', REQUEST_LINE",
    "'GET x HTTP/1.1', TARGET",
    "'GET * HTTP/1.1', TARGET",
    "'OPTIONS * HTTP/1.1', ",
    "'OPTIONS ** HTTP/1.1', TARGET",
    "'CONNECT t:80 HTTP/1.1', NOT_IMPLEMENTED",
    "'TRACE /x HTTP/1.1', NOT_IMPLEMENTED",
    "'trace /x HTTP/1.1', ",
    "'GET /x#f HTTP/1.1', TARGET",
    "'GET /\u00e9 HTTP/1.1', TARGET",
    "'GET /a\u007fb HTTP/1.1', TARGET",
    "'GET /a\u0000b HTTP/1.1', TARGET",
    "'GET http://t HTTP/1.1', ",
    "'GET HTTP://t/x HTTP/1.1', ",
    "'GET https://t/x HTTP/1.1', ",
    "'GET ftp://t/x HTTP/1.1', TARGET",
    "'GET http:/t/x HTTP/1.1', TARGET",
    "'GET http:///x HTTP/1.1', TARGET",
    "'GET http://u:p@t/x HTTP/1.1', TARGET",
    "'GET http://t:port/x HTTP/1.1', TARGET",
    "'GET /a/../b HTTP/1.1', DOT_SEGMENTS",
    "'GET /.. HTTP/1.1', DOT_SEGMENTS",
    "'GET /. HTTP/1.1', DOT_SEGMENTS",
    "'GET /./a HTTP/1.1', DOT_SEGMENTS",
    "'GET /a/%2e%2E/b HTTP/1.1', DOT_SEGMENTS",
    "'GET /a/.%2e HTTP/1.1', DOT_SEGMENTS",
    "'GET /a/..;v=1/b HTTP/1.1', DOT_SEGMENTS",
    "'GET http://t/../x HTTP/1.1', DOT_SEGMENTS",
    "'GET /... HTTP/1.1', ",
    "'GET /a..b/.c HTTP/1.1', ",
    "'GET /x?/../y HTTP/1.1', ",
    "'GET /%2fx HTTP/1.1', ",
  })
  void judgesTheRequestLine(String line, @Nullable HttpViolation expected) {
    assertThat(violationOf(line + "\r\nHost: t\r\n\r\n")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "'Host: t', ",
    "'', HOST",
    "'Host:', HOST",
    "'Host: t\r\nHost: t', HOST",
    "'Host: t\r\nhost: u', HOST",
    "'Host: a b', HOST",
    "'Host: a,b', HOST",
    "'Host: a/b', HOST",
    "'Host: u@t', HOST",
    "'Host: a\\b', HOST",
    "'Host: t:80', ",
    "'Host: t:', ",
    "'Host: :80', HOST",
    "'Host: t:x', HOST",
    "'Host: t:123456', HOST",
    "'Host: t:80:80', HOST",
    "'Host: [::1]', ",
    "'Host: [::1]:80', ",
    "'Host: [::ffff:1.2.3.4]', ",
    "'Host: [::1', HOST",
    "'Host: []', HOST",
    "'Host: [::1]x', HOST",
    "'Host: ::1', HOST",
    "'Host: a%20b', ",
    "'Host: \u00e9.example', HOST",
    "'Host: a_b.example', ",
  })
  void judgesHost(String fields, @Nullable HttpViolation expected) {
    String line = fields.isEmpty() ? "" : fields + "\r\n";
    assertThat(violationOf("GET /x HTTP/1.1\r\n" + line + "\r\n")).isEqualTo(expected);
  }

  @Test
  void theTargetsAuthorityReplacesHost() {
    accept("GET http://a.example:81?q HTTP/1.1\r\nHost: b.example\r\n\r\n");
    assertThat(text(head.hostStart(), head.hostEnd())).isEqualTo("a.example:81");
    assertThat(head.pathEnd()).isEqualTo(head.pathStart());
    assertThat(violationOf("GET http://a.example/ HTTP/1.1\r\nHost: b b\r\n\r\n"))
        .isEqualTo(HttpViolation.HOST);
  }

  @Test
  void http10NeedsNoHost() {
    accept("GET /x HTTP/1.0\r\n\r\n");
    assertThat(head.hostEnd()).isEqualTo(head.hostStart());
    assertThat(head.isKeepAlive()).isFalse();
    accept("GET /x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    assertThat(head.isKeepAlive()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'Content-Length: 5', , 5",
    "'Content-Length: 0', , 0",
    "'Content-Length: 0005', , 5",
    "'CONTENT-LENGTH:\t5\t', , 5",
    "'Content-Length: 999999999999999999', , 999999999999999999",
    "'Content-Length: 9223372036854775808', CONTENT_LENGTH, 0",
    "'Content-Length: 0000000000000000005', CONTENT_LENGTH, 0",
    "'Content-Length: 18446744073709551621', CONTENT_LENGTH, 0",
    "'Content-Length:', CONTENT_LENGTH, 0",
    "'Content-Length: +5', CONTENT_LENGTH, 0",
    "'Content-Length: -5', CONTENT_LENGTH, 0",
    "'Content-Length: 5 5', CONTENT_LENGTH, 0",
    "'Content-Length: 5, 5', CONTENT_LENGTH, 0",
    "'Content-Length: 5,', CONTENT_LENGTH, 0",
    "'Content-Length: 0x5', CONTENT_LENGTH, 0",
    "'Content-Length: 5a', CONTENT_LENGTH, 0",
    "'Content-Length: 5.0', CONTENT_LENGTH, 0",
    "'Content-Length: \"5\"', CONTENT_LENGTH, 0",
    "'Content-Length: 5\r\nContent-Length: 5', CONTENT_LENGTH, 0",
    "'Content-Length: 5\r\nContent-Length: 6', CONTENT_LENGTH, 0",
    "'Content_Length: 5', AMBIGUOUS_FIELD, 0",
    "'Transfer_Encoding: chunked', AMBIGUOUS_FIELD, 0",
    "'Content-Length : 5', FIELD_NAME, 0",
    "'Content-Length: 5\r\nTransfer-Encoding: chunked', LENGTH_AND_CODING, 0",
    "'Transfer-Encoding: chunked\r\nContent-Length: 0', LENGTH_AND_CODING, 0",
    "'Transfer-Encoding: identity', TRANSFER_ENCODING, 0",
    "'Transfer-Encoding:', TRANSFER_ENCODING, 0",
    "'Transfer-Encoding: gzip, chunked', TRANSFER_ENCODING, 0",
    "'Transfer-Encoding: chunked, chunked', TRANSFER_ENCODING, 0",
    "'Transfer-Encoding: chunked,', TRANSFER_ENCODING, 0",
    "'Transfer-Encoding: chunked;q=1', TRANSFER_ENCODING, 0",
    "'Transfer-Encoding: \"chunked\"', TRANSFER_ENCODING, 0",
    "'Transfer-Encoding: xchunked', TRANSFER_ENCODING, 0",
    "'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', TRANSFER_ENCODING, 0",
  })
  void judgesTheBodysFraming(String fields, @Nullable HttpViolation expected, long length) {
    assertThat(violationOf(get(fields + "\r\n"))).isEqualTo(expected);
    if (expected == null) {
      assertThat(head.length()).isEqualTo(length);
      assertThat(head.hasBody()).isEqualTo(length > 0);
      assertThat(head.isChunked()).isFalse();
    }
  }

  @Test
  void chunkedIsNotForHttp10() {
    accept(get("Transfer-Encoding: \tcHunked\t\r\n"));
    assertThat(head.isChunked() && head.hasBody()).isTrue();
    assertThat(violationOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"))
        .isEqualTo(HttpViolation.TRANSFER_ENCODING);
  }

  @ParameterizedTest
  @CsvSource({
    "'X: a\rb', FIELD_VALUE",
    "'X: a\u0000b', FIELD_VALUE",
    "'X: a\u0001b', FIELD_VALUE",
    "'X: a\u007fb', FIELD_VALUE",
    "'X: a\tb', ",
    "'X: caf\u00e9', ",
    "'X:', ",
    "'X:a:b', ",
    "': a', FIELD_NAME",
    "'Xa', FIELD_NAME",
    "'X y: a', FIELD_NAME",
    "'X\t: a', FIELD_NAME",
    "'X(y): a', FIELD_NAME",
    "'X\u007f: a', FIELD_NAME",
    "'X\u00e9: a', FIELD_NAME",
    "'X: a\r\n b', FIELD_FOLDED",
    "'X: a\r\n\tb: c', FIELD_FOLDED",
    "'X: a\nY: b', LINE_END",
    "'X: a\r\r\nY: b', FIELD_VALUE",
  })
  void judgesFieldLines(String fields, @Nullable HttpViolation expected) {
    assertThat(violationOf(get(fields + "\r\n"))).isEqualTo(expected);
  }

  @Test
  void anEmptyLineBeforeTheRequestIsIgnoredOnce() {
    accept("\r\n" + get(""));
    assertThat(violationOf("\r\n\r\n" + get(""))).isEqualTo(HttpViolation.METHOD);
    assertThat(violationOf("\n" + get(""))).isEqualTo(HttpViolation.LINE_END);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0016\u0003\u0001", "\u0000", "{", "GET\u0001", "\r\r", "(GET)"})
  void whatCanNeverBecomeARequestIsRefusedAtOnce(String start) {
    assertThat(feed(start)).isEqualTo(Progress.VIOLATION);
    assertThat(head.violation()).isEqualTo(HttpViolation.METHOD);
  }

  @Test
  void limitsHoldToTheByte() {
    HeadLimits limits = new HeadLimits(64, 256, 3);
    String line = "GET /" + "a".repeat(64 - "GET / HTTP/1.1".length()) + " HTTP/1.1";
    assertThat(line).hasSize(64);
    assertThat(judged(line + "\r\nHost: t\r\n\r\n", limits)).isNull();
    assertThat(judged(line.replace("/a", "/aa") + "\r\nHost: t\r\n\r\n", limits))
        .isEqualTo(HttpViolation.REQUEST_LINE_TOO_LONG);
    assertThat(judged("GET /" + "a".repeat(100), limits))
        .isEqualTo(HttpViolation.REQUEST_LINE_TOO_LONG);
    String three = "GET / HTTP/1.1\r\nHost: t\r\nA: b\r\nC: d\r\n";
    assertThat(judged(three + "\r\n", limits)).isNull();
    assertThat(judged(three + "E: f\r\n\r\n", limits)).isEqualTo(HttpViolation.TOO_MANY_FIELDS);
    String start = "GET / HTTP/1.1\r\nHost: t\r\nX: ";
    assertThat(judged(start + "v".repeat(220) + "\r\n\r\n", limits)).isNull();
    assertThat(judged(start + "v".repeat(250) + "\r\n\r\n", limits))
        .isEqualTo(HttpViolation.HEAD_TOO_LARGE);
    assertThat(judged(start + "v".repeat(400), limits)).isEqualTo(HttpViolation.HEAD_TOO_LARGE);
  }

  private @Nullable HttpViolation judged(String text, HeadLimits limits) {
    feed(Unpooled.wrappedBuffer(Ascii.bytes(text)), limits);
    return head.violation();
  }

  @ParameterizedTest
  @CsvSource({
    "'Expect: 100-continue', , true",
    "'Expect: 100-Continue', , true",
    "'Expect: nonsense', EXPECTATION, false",
    "'Expect: 100-continue, x', EXPECTATION, false",
    "'Expect: 100-continue\r\nExpect: 100-continue', EXPECTATION, false",
    "'Expect:', EXPECTATION, false",
    "'X: y', , false",
  })
  void judgesExpect(String fields, @Nullable HttpViolation expected, boolean expectsContinue) {
    assertThat(violationOf(get(fields + "\r\n"))).isEqualTo(expected);
    assertThat(head.expectsContinue()).isEqualTo(expectsContinue);
  }

  @Test
  void http10CannotExpectAnInterimAnswer() {
    accept("POST /x HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assertThat(head.expectsContinue()).as("RFC 9110 10.1.1").isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'Connection: upgrade\r\nUpgrade: websocket', true, true",
    "'Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket', true, true",
    "'Connection: upgrade\r\nUpgrade: chat/2', true, false",
    "'Upgrade: websocket', false, false",
    "'Connection: upgrade', false, false",
    "'Connection: upgrade\r\nUpgrade: h2c', false, false",
    "'Connection: upgrade\r\nUpgrade: websocket, H2C', false, false",
    "'Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1', false, false",
    "'Connection: upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked', false, false",
  })
  void onlyAWholeUpgradeRequestIsOne(String fields, boolean upgrade, boolean webSocket) {
    accept(get(fields + "\r\n"));
    assertThat(head.isUpgrade()).isEqualTo(upgrade);
    assertThat(head.isWebSocket()).isEqualTo(webSocket);
    accept(get(fields + "\r\n").replace("HTTP/1.1", "HTTP/1.0"), upgrade);
  }

  private void accept(String http10, boolean wasUpgrade) {
    feed(http10);
    assertThat(wasUpgrade && head.isUpgrade()).as("HTTP/1.0 has no upgrade").isFalse();
  }

  @Test
  void hopByHopFieldsAndThoseThatConnectionNamesAreDropped() {
    accept(
        get(
            "Connection: X-Drop, , Host, content-length\r\nX-Drop: 1\r\nx-drop: 2\r\nX-Keep: 3\r\n"
                + "Keep-Alive: 5\r\nProxy-Connection: a\r\nTE: trailers\r\nUpgrade: x\r\n"
                + "HTTP2-Settings: a\r\nContent-Length: 1\r\nKeep_Alive: 5\r\n"));
    StringBuilder kept = new StringBuilder();
    for (int i = 0; i < head.fieldCount(); i++) {
      if (!head.isDropped(i)) {
        kept.append(text(head.nameStart(i), head.nameEnd(i))).append(' ');
      }
    }
    assertThat(kept.toString()).isEqualTo("Host X-Keep Content-Length ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X_Forwarded_For",
        "X-Forwarded_Proto",
        "X_Real_IP",
        "X_Request_ID",
        "Keep_Alive",
        "Proxy_Connection",
        "X_Forwarded-Something",
        "HTTP2_Settings"
      })
  void aSpellingWithUnderscoresIsNeitherTheFieldNorPassedOn(String name) {
    accept(get(name + ": 1\r\n"));
    assertThat(head.isDropped(1)).isTrue();
    assertThat(head.has(head.kind(1))).isFalse();
    assertThat(head.find(head.kind(1), 0)).isNegative();
  }

  @Test
  void findsFieldsByKindAndByName() {
    accept(get("X-A: 1\r\nDate: d\r\nx-a: 2\r\nX-Forwarded-For: 1\r\nX-Forwarded-For: 2\r\n"));
    assertThat(head.find(Ascii.bytes("x-a"), 0)).isEqualTo(1);
    assertThat(head.find(Ascii.bytes("x-a"), 2)).isEqualTo(3);
    assertThat(head.find(Ascii.bytes("x-a"), 4)).isNegative();
    assertThat(head.find(Field.DATE, 0)).isEqualTo(2);
    assertThat(head.find(Field.DATE, 3)).isNegative();
    assertThat(head.find(Field.X_FORWARDED_FOR, 5)).isEqualTo(5);
    assertThat(head.find(Field.ACCEPT, 0)).isNegative();
  }

  @Test
  void manyFieldsGrowTheTable() {
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < 99; i++) {
      fields.append("X-").append(i).append(": ").append(i * i).append("\r\n");
    }
    accept(get(fields.toString()));
    assertThat(head.fieldCount()).isEqualTo(100);
    for (int i = 0; i < 99; i++) {
      assertThat(head.value(i + 1)).isEqualTo(Integer.toString(i * i));
      assertThat(text(head.nameStart(i + 1), head.lineEnd(i + 1)))
          .isEqualTo("X-" + i + ": " + i * i + "\r\n");
    }
  }

  @Test
  void nothingOfAMessageIsLeftForTheNext() {
    accept(
        "POST http://h/p HTTP/1.0\r\nHost: t\r\nContent-Length: 7\r\nConnection: close\r\n"
            + "Date: d\r\n\r\n");
    accept(get(""));
    assertThat(head.length()).isZero();
    assertThat(head.isKeepAlive()).isTrue();
    assertThat(head.has(Field.DATE)).isFalse();
    assertThat(text(head.hostStart(), head.hostEnd())).isEqualTo("t");
    assertThat(head.isDropped(0)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, true",
    "HEAD, true",
    "PUT, true",
    "DELETE, true",
    "OPTIONS, true",
    "POST, false",
    "PATCH, false",
    "get, false",
    "GETS, false"
  })
  void knowsWhichMethodsAreIdempotent(String method, boolean expected) {
    accept(method + " /x HTTP/1.1\r\nHost: t\r\n\r\n");
    assertThat(head.isIdempotent()).isEqualTo(expected);
  }
}
