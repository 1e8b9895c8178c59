package io.sluice.health;

import io.netty.buffer.ByteBuf;
import io.sluice.config.HealthCheckSpec.Http;
import io.sluice.config.HealthCheckSpec.StatusRange;
import io.sluice.http.BodyFraming;
import io.sluice.http.HeadLimits;
import io.sluice.http.HttpViolation;
import io.sluice.http.ResponseHead;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answer to a check as strictly as the proxy reads one: a backend whose answers would be
 * refused there is not well. Bytes in, one verdict out; used again for the next check.
 */
final class AnswerJudge {
  /** Bytes of a body that are looked at; what lies behind decides nothing. */
  static final int MOST_BODY = 64 * 1024;

  private static final HeadLimits LIMITS = new HeadLimits(8 * 1024, 64 * 1024, 200);
  private static final int MOST_INTERIM = 16;

  private final Http http;
  private final boolean headRequest;
  private final @Nullable ExpectedBody expected;
  private final ResponseHead head = new ResponseHead();
  private final BodyFraming framing = new BodyFraming();
  private byte[] body = {};
  private int length;
  private int interim;
  private boolean started;
  private boolean headDone;
  private boolean done;
  private boolean reusable;
  private @Nullable String error;

  /**
   * Waits for an answer.
   *
   * @param expected null: any body
   */
  AnswerJudge(Http http, @Nullable ExpectedBody expected) {
    this.http = http;
    this.headRequest = http.method().equals("HEAD");
    this.expected = expected;
    reset();
  }

  /** Waits for another answer. */
  void reset() {
    head.reset();
    framing.startNone();
    body = new byte[0];
    length = 0;
    interim = 0;
    started = false;
    headDone = false;
    done = false;
    reusable = false;
    error = null;
  }

  /** Whether any byte has come. */
  boolean hasStarted() {
    return started;
  }

  /** What is wrong; null: nothing. Only once {@link #feed} or {@link #inputEnded} have said so. */
  @Nullable String error() {
    return error;
  }

  /** Whether the connection can serve another check. */
  boolean isReusable() {
    return reusable;
  }

  /**
   * Takes what has come; the caller releases it.
   *
   * @return whether there is a verdict
   */
  boolean feed(ByteBuf in) {
    started |= in.isReadable();
    while (!done && in.isReadable()) {
      if (headDone) {
        body(in);
      } else {
        head(in);
      }
    }
    return done;
  }

  /** No more bytes come: there is a verdict. */
  void inputEnded() {
    if (done) {
      return;
    }
    if (headDone && framing.isUntilClose()) {
      conclude(true);
    } else if (headDone) {
      refuse("the backend closed the connection in the middle of the body");
    } else if (started) {
      refuse("the backend closed the connection in the middle of the answer's head");
    } else {
      refuse("the backend closed the connection without an answer");
    }
  }

  private void head(ByteBuf in) {
    switch (head.feed(in, LIMITS)) {
      case MORE -> {
        // the rest of the head is on its way
      }
      case VIOLATION -> malformed(head.violation());
      case COMPLETE -> headComplete(in);
    }
  }

  private void headComplete(ByteBuf in) {
    int status = head.status();
    if (status == 101) {
      malformed(HttpViolation.UNASKED);
    } else if (status < 200) {
      if (++interim > MOST_INTERIM) {
        refuse("more than " + MOST_INTERIM + " interim answers");
      }
      head.reset();
    } else if (!http.expects(status)) {
      refuse("status " + status + " not in " + expectedStatuses());
    } else {
      headDone = true;
      frame();
      if (framing.isDone()) {
        finished(in);
      } else if (expected == null && !http.reuseConnection()) {
        conclude(true);
      }
    }
  }

  private String expectedStatuses() {
    return http.expectStatus().stream().map(StatusRange::toString).collect(Collectors.joining(","));
  }

  private void frame() {
    if (headRequest || head.isBodiless()) {
      framing.startNone();
    } else if (head.isChunked()) {
      framing.startChunked();
    } else if (head.length() >= 0) {
      framing.startLength(head.length());
    } else {
      framing.startUntilClose();
    }
  }

  private void body(ByteBuf in) {
    int n = framing.nextData(in);
    if (framing.violation() != null) {
      malformed(framing.violation());
      return;
    }
    int take = Math.min(n, MOST_BODY - length);
    if (expected != null && take > 0) {
      if (length + take > body.length) {
        body = Arrays.copyOf(body, Math.min(MOST_BODY, Math.max(length + take, 2 * body.length)));
      }
      in.getBytes(in.readerIndex(), body, length, take);
    }
    length += take;
    in.skipBytes(n);
    if (n > take || length == MOST_BODY && !framing.isDone()) {
      conclude(false);
    } else if (framing.isDone()) {
      finished(in);
    }
  }

  /** The answer has ended by its own framing. */
  private void finished(ByteBuf in) {
    reusable = http.reuseConnection() && head.isKeepAlive() && !in.isReadable();
    conclude(true);
  }

  private void conclude(boolean whole) {
    done = true;
    error = expected == null ? null : expected.judge(body, length, whole);
    body = new byte[0];
  }

  private void malformed(@Nullable HttpViolation violation) {
    refuse("malformed answer" + (violation == null ? "" : ": " + violation.reason()));
  }

  private void refuse(String why) {
    done = true;
    error = why;
    body = new byte[0];
  }
}
