package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.sluice.http.MessageHead.Progress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseHeadTest {
  private static final HeadLimits LIMITS = new HeadLimits(8192, 32768, 100);

  private final ResponseHead head = new ResponseHead();

  private @Nullable HttpViolation judge(String text) {
    head.reset();
    head.feed(Unpooled.wrappedBuffer(Ascii.bytes(text)), LIMITS);
    return head.violation();
  }

  private static String ok(String fields) {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\n";
  }

  @ParameterizedTest
  @CsvSource({
    "'HTTP/1.1 200 OK', 200, OK",
    "'HTTP/1.0 404 Not Found', 404, Not Found",
    "'HTTP/1.1 200 ', 200, ''",
    "'HTTP/1.1 200', 200, ''",
    "'HTTP/1.2 599 caf\u00e9', 599, caf\u00e9",
    "'HTTP/1.1 100 Continue', 100, Continue",
    "'HTTP/1.1 299 \t', 299, '\t'",
  })
  void splitsTheStatusLine(String line, int status, String reason) {
    assertThat(judge(line + "\r\n\r\n")).isNull();
    assertThat(head.status()).isEqualTo(status);
    assertThat(Ascii.text(head.bytes(), head.reasonStart(), head.reasonEnd())).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "'NONSENSE'",
    "''",
    "'HTTP/1.1'",
    "'HTTP/1.1 20 OK'",
    "'HTTP/1.1 2000 OK'",
    "'HTTP/1.1 200OK'",
    "'HTTP/1.1  200 OK'",
    "'HTTP/1.1 099 OK'",
    "'HTTP/1.1 600 OK'",
    "'HTTP/1.1 2x0 OK'",
    "'HTTP/1.1 -20 OK'",
    "'HTTP/2.0 200 OK'",
    "'http/1.1 200 OK'",
    "'HTTP/1.1\t200 OK'",
    "' HTTP/1.1 200 OK'",
    "'HTTP/1.1 200 O\u0000K'",
    "'HTTP/1.1 200 O\rK'",
    "'ICY 200 OK'",
    "'HTTP/11 200 OK'",
    "'HTTP/1.x 200 OK'"
  })
  void refusesOtherStatusLines(String line) {

    assertThat(judge(line + "\r\n\r\n")).isEqualTo(HttpViolation.STATUS_LINE);
  }

  @Test
  void aStatusLineThatNeverEndsIsRefused() {
    assertThat(judge("HTTP/1.1 200 " + "x".repeat(9000))).isEqualTo(HttpViolation.STATUS_LINE);
    assertThat(judge("HTTP/1.1 200 OK\n\n")).isEqualTo(HttpViolation.STATUS_LINE);
  }

  @ParameterizedTest
  @CsvSource({
    "'Content-Length: 5', , 5, false",
    "'X: y', , -1, false",
    "'Transfer-Encoding: chunked', , -1, true",
    "'Content-Length: 5\r\nTransfer-Encoding: chunked', LENGTH_AND_CODING, 0, false",
    "'Content-Length: 5\r\nContent-Length: 5', CONTENT_LENGTH, 0, false",
    "'Content-Length: 5, 5', CONTENT_LENGTH, 0, false",
    "'Content-Length: +5', CONTENT_LENGTH, 0, false",
    "'Content-Length: 18446744073709551621', CONTENT_LENGTH, 0, false",
    "'Content_Length: 5', AMBIGUOUS_FIELD, 0, false",
    "'Transfer-Encoding: gzip', TRANSFER_ENCODING, 0, false",
    "'Transfer-Encoding: gzip, chunked', TRANSFER_ENCODING, 0, false",
    "'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', TRANSFER_ENCODING, 0, false",
    "'X : a', FIELD_NAME, 0, false",
    "'Bad Name: x', FIELD_NAME, 0, false",
    "'X: a\u0000b', FIELD_VALUE, 0, false",
    "'X: a\r\n b', FIELD_FOLDED, 0, false",
    "'X: a\nY: b', LINE_END, 0, false",
  })
  void judgesFieldsAsStrictlyAsARequests(
      String fields, @Nullable HttpViolation expected, long length, boolean chunked) {
    assertThat(judge(ok(fields))).isEqualTo(expected);
    if (expected == null) {
      assertThat(head.length()).isEqualTo(length);
      assertThat(head.isChunked()).isEqualTo(chunked);
    }
  }

  @ParameterizedTest
  @CsvSource({"HTTP/1.0 200 OK", "HTTP/1.1 101 x", "HTTP/1.1 103 x", "HTTP/1.1 204 x"})
  void chunksHaveNoPlaceHere(String line) {
    assertThat(judge(line + "\r\nTransfer-Encoding: chunked\r\n\r\n"))
        .isEqualTo(HttpViolation.TRANSFER_ENCODING);
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1, '', true", "HTTP/1.1, close, false", "HTTP/1.1, 'x, Close', false",
    "HTTP/1.0, '', false", "HTTP/1.0, keep-alive, true", "HTTP/1.0, 'keep-alive, close', false"
  })
  void saysWhetherTheBackendKeepsTheConnection(String version, String connection, boolean kept) {
    String field = connection.isEmpty() ? "X: y" : "Connection: " + connection;
    assertThat(judge(version + " 200 OK\r\n" + field + "\r\n\r\n")).isNull();
    assertThat(head.isKeepAlive()).isEqualTo(kept);
  }

  @Test
  void knowsWhichStatusNeverHasABody() {
    for (int status = 100; status < 600; status++) {
      assertThat(judge("HTTP/1.1 " + status + " x\r\n\r\n")).isNull();
      assertThat(head.isBodiless())
          .as("%d", status)
          .isEqualTo(status < 200 || status == 204 || status == 304);
    }
  }

  @Test
  void everySplitOfAHeadGivesTheSame() {
    String text =
        "HTTP/1.1 206 Some Part\r\nContent-Length: 12\r\nConnection: close\r\nA: b\r\n\r\n";
    for (int cut = 0; cut < text.length(); cut++) {
      head.reset();
      assertThat(head.feed(Unpooled.wrappedBuffer(Ascii.bytes(text.substring(0, cut))), LIMITS))
          .isEqualTo(Progress.MORE);
      assertThat(head.feed(Unpooled.wrappedBuffer(Ascii.bytes(text.substring(cut))), LIMITS))
          .as("cut at %d", cut)
          .isEqualTo(Progress.COMPLETE);
      assertThat(head.status()).isEqualTo(206);
      assertThat(head.length()).isEqualTo(12);
      assertThat(head.isKeepAlive()).isFalse();
      assertThat(head.fieldCount()).isEqualTo(3);
    }
  }

  @Test
  void anEmptyLineBeforeTheAnswerIsRefused() {
    assertThat(judge("\r\n" + ok("A: b"))).isEqualTo(HttpViolation.STATUS_LINE);
  }
}
