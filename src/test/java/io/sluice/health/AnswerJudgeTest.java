package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.config.HealthCheckSpec.BodyPattern;
import io.sluice.config.HealthCheckSpec.Http;
import io.sluice.config.HealthCheckSpec.StatusRange;
import io.sluice.testkit.Wire;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnswerJudgeTest {
  private static final String PENDING = "pending";

  private static Http http(String method, @Nullable BodyPattern body, boolean reuse) {
    return new Http(
        method,
        "/",
        null,
        List.of(new StatusRange(200, 299), new StatusRange(304, 304)),
        body,
        Map.of(),
        0,
        reuse);
  }

  private static AnswerJudge judge(Http http) {
    return new AnswerJudge(
        http, http.expectBody() == null ? null : new ExpectedBody(http.expectBody()));
  }

  /** The verdict on an answer that comes in pieces of this size. */
  private static @Nullable String verdict(AnswerJudge judge, String answer, int piece) {
    judge.reset();
    for (int at = 0; at < answer.length(); at += piece) {
      ByteBuf in =
          Unpooled.wrappedBuffer(
              Wire.bytes(answer.substring(at, Math.min(answer.length(), at + piece))));
      if (judge.feed(in)) {
        return judge.error();
      }
    }
    return PENDING;
  }

  /** The same in one piece, then byte by byte: it must be the same verdict. */
  private static @Nullable String verdict(Http http, String answer) {
    AnswerJudge judge = judge(http);
    String whole = verdict(judge, answer, Integer.MAX_VALUE / 2);
    assertThat(verdict(judge, answer, 1)).isEqualTo(whole);
    return whole;
  }

  private static final Http ANY_BODY = http("GET", null, false);

  private static Http expecting(String text) {
    return http("GET", new BodyPattern(text, false), false);
  }

  @Test
  void anExpectedStatusPasses() {
    assertThat(verdict(ANY_BODY, Wire.head("HTTP/1.1 204 No Content"))).isNull();
    assertThat(verdict(ANY_BODY, Wire.head("HTTP/1.1 304 Not Modified"))).isNull();
    assertThat(verdict(ANY_BODY, Wire.head("HTTP/1.0 200 OK"))).isNull();
  }

  @Test
  void anotherStatusIsNamedWithWhatWasExpected() {
    assertThat(verdict(ANY_BODY, Wire.head("HTTP/1.1 503 Busy", "Content-Length: 0")))
        .isEqualTo("status 503 not in 200-299,304");
  }

  @Test
  void theBodyIsNotWaitedForWhenItDecidesNothing() {
    assertThat(verdict(ANY_BODY, Wire.head("HTTP/1.1 200 OK", "Content-Length: 1000000"))).isNull();
  }

  @Test
  void interimAnswersAreSkippedButNotForEver() {
    String interim = Wire.head("HTTP/1.1 103 Early Hints", "Link: </a>");
    assertThat(verdict(ANY_BODY, interim + interim + Wire.ok("x"))).isNull();
    assertThat(verdict(ANY_BODY, interim.repeat(17))).isEqualTo("more than 16 interim answers");
    assertThat(verdict(ANY_BODY, Wire.head("HTTP/1.1 101 Switching", "Upgrade: x")))
        .isEqualTo("malformed answer: answer that nobody asked for");
  }

  @Test
  void whatTheProxyWouldRefuseIsRefused() {
    assertThat(verdict(ANY_BODY, "SSH-2.0-OpenSSH_9.2\r\n"))
        .isEqualTo("malformed answer: malformed status line");
    assertThat(
            verdict(
                ANY_BODY,
                Wire.head("HTTP/1.1 200 OK", "Content-Length: 3", "Transfer-Encoding: chunked")))
        .isEqualTo("malformed answer: both Content-Length and Transfer-Encoding");
    assertThat(
            verdict(
                expecting("ok"),
                Wire.head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + "zz\r\n"))
        .isEqualTo("malformed answer: malformed chunk");
  }

  @Test
  void aTextIsFoundInABodyOfAnyFraming() {
    assertThat(verdict(expecting("all ok"), Wire.ok("status: all ok!"))).isNull();
    assertThat(
            verdict(
                expecting("all ok"),
                Wire.head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")
                    + Wire.chunk("status: al")
                    + Wire.chunk("l ok!")
                    + "0\r\n\r\n"))
        .isNull();
    AnswerJudge untilClose = judge(expecting("all ok"));
    assertThat(verdict(untilClose, Wire.head("HTTP/1.1 200 OK") + "all ok", 3)).isEqualTo(PENDING);
    untilClose.inputEnded();
    assertThat(untilClose.error()).isNull();
  }

  @Test
  void aMissingTextIsNamed() {
    assertThat(verdict(expecting("ok"), Wire.ok("starting"))).isEqualTo("body lacks \"ok\"");
    assertThat(verdict(expecting("ok"), Wire.head("HTTP/1.1 204 No Content")))
        .isEqualTo("body lacks \"ok\"");
    assertThat(
            verdict(
                http("HEAD", new BodyPattern("ok", false), false),
                Wire.head("HTTP/1.1 200 OK", "Content-Length: 2")))
        .isEqualTo("body lacks \"ok\"");
  }

  @Test
  void aPatternIsSearchedFor() {
    Http http = http("GET", new BodyPattern("^(ok|ready)$", true), false);
    assertThat(verdict(http, Wire.ok("ready"))).isNull();
    assertThat(verdict(http, Wire.ok("not ready"))).isEqualTo("body does not match /^(ok|ready)$/");
  }

  @Test
  void onlyTheBeginningOfALargeBodyIsLookedAt() {
    String filler = "x".repeat(AnswerJudge.MOST_BODY - 2);
    assertThat(verdict(judge(expecting("ok")), Wire.ok(filler + "ok and more"), 1000)).isNull();
    assertThat(verdict(judge(expecting("ok")), Wire.ok(filler + "xok and more"), 1000))
        .isEqualTo("body lacks \"ok\" in its first 64 KiB");
  }

  @Test
  void anEndBeforeItsTimeSaysHowFarItCame() {
    assertThat(ended("")).isEqualTo("the backend closed the connection without an answer");
    assertThat(ended("HTTP/1.1 200 OK\r\n"))
        .isEqualTo("the backend closed the connection in the middle of the answer's head");
    assertThat(ended(Wire.head("HTTP/1.1 200 OK", "Content-Length: 5") + "ok"))
        .isEqualTo("the backend closed the connection in the middle of the body");
  }

  private static @Nullable String ended(String answer) {
    AnswerJudge judge = judge(expecting("ok"));
    assertThat(verdict(judge, answer, 7)).isEqualTo(PENDING);
    judge.inputEnded();
    return judge.error();
  }

  @Test
  void aConnectionIsReusedOnlyBehindAWholeAnswerOfABackendThatKeepsIt() {
    Http reuse = http("GET", null, true);
    assertThat(isReusable(reuse, Wire.ok("hello"))).isTrue();
    assertThat(isReusable(ANY_BODY, Wire.ok("hello"))).isFalse();
    assertThat(isReusable(reuse, Wire.ok("hello") + "surplus")).isFalse();
    assertThat(
            isReusable(
                reuse, Wire.head("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 0")))
        .isFalse();
    assertThat(isReusable(reuse, Wire.ok("x".repeat(AnswerJudge.MOST_BODY + 1)))).isFalse();
  }

  private static boolean isReusable(Http http, String answer) {
    AnswerJudge judge = judge(http);
    assertThat(verdict(judge, answer, 10_000_000)).isNull();
    return judge.isReusable();
  }
}
