package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyFramingTest {
  private final BodyFraming framing = new BodyFraming();

  /** What came out when pieces went in: bytes for the other side, data, and how it ended. */
  private record Result(String passed, boolean done, @Nullable HttpViolation why, int consumed) {}

  private static ByteBuf buffer(String text) {
    return Unpooled.wrappedBuffer(Ascii.bytes(text));
  }

  /** Passes pieces on as the proxy does. */
  private Result pass(List<String> pieces) {
    ByteBuf out = Unpooled.buffer();
    int consumed = 0;
    for (String piece : pieces) {
      if (framing.isDone() || framing.violation() != null) {
        break;
      }
      ByteBuf in = buffer(piece);
      int n = framing.follow(in);
      assertThat(in.readerIndex()).as("the reader index is left alone").isZero();
      out.writeBytes(in, n);
      consumed += framing.consumed();
      if (framing.isDone() && framing.hasTrailers()) {
        int length = framing.trailerLength();
        int before = out.writerIndex();
        framing.takeTrailers(out);
        assertThat(out.writerIndex() - before).isEqualTo(length);
      }
    }
    return new Result(
        out.toString(StandardCharsets.ISO_8859_1), framing.isDone(), framing.violation(), consumed);
  }

  private Result passChunked(List<String> pieces) {
    framing.startChunked();
    return pass(pieces);
  }

  private String dataOf(List<String> pieces) {
    framing.startChunked();
    StringBuilder data = new StringBuilder();
    for (String piece : pieces) {
      ByteBuf in = buffer(piece);
      int n;
      while ((n = framing.nextData(in)) > 0) {
        data.append(in.readCharSequence(n, StandardCharsets.ISO_8859_1));
      }
    }
    return data.toString();
  }

  private static List<String> bytewise(String text) {
    List<String> pieces = new ArrayList<>();
    for (int i = 0; i < text.length(); i++) {
      pieces.add(text.substring(i, i + 1));
    }
    return pieces;
  }

  @Test
  void aMessageWithoutABodyIsDoneAtOnce() {
    framing.startNone();
    assertThat(pass(List.of("GET /"))).isEqualTo(new Result("", true, null, 0));
    framing.startLength(0);
    assertThat(framing.isDone()).isTrue();
  }

  @Test
  void aLengthEndsTheBodyExactly() {
    String text = "hello, next";
    for (int cut = 0; cut <= text.length(); cut++) {
      framing.startLength(5);
      Result result = pass(List.of(text.substring(0, cut), text.substring(cut)));
      assertThat(result).as("cut at %d", cut).isEqualTo(new Result("hello", true, null, 5));
      assertThat(framing.dataBytes()).isEqualTo(5);
    }
    framing.startLength(50);
    assertThat(pass(List.of("hello"))).isEqualTo(new Result("hello", false, null, 5));
  }

  @Test
  void aBodyUntilCloseNeverEndsByItself() {
    framing.startUntilClose();
    assertThat(pass(List.of("a", "bc"))).isEqualTo(new Result("abc", false, null, 3));
    assertThat(framing.isUntilClose()).isTrue();
    assertThat(framing.dataBytes()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0\r\n\r\n",
        "00000\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "005\r\nhello\r\n000000000000000\r\n\r\n",
        "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
        "5;a=b\r\nhello\r\n0;c\r\n\r\n",
        "5 \t;a=\"b;c\"\r\nhello\r\n0\r\n\r\n",
        "2\r\n\r\n\r\n1\r\n0\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\nX-T: v\r\n\r\n",
        "0\r\nA:\r\nDate: x\r\nC: caf\u00e9\t1\r\n\r\n",
      })
  void everySplitOfAChunkedBodyGivesTheSame(String body) {
    String text = body + "GET /next";
    String data = Objects.requireNonNull(ChunkedReference.read(text)).data();
    Result whole = new Result(body, true, null, body.length());
    for (int cut = 0; cut <= text.length(); cut++) {
      List<String> pieces = List.of(text.substring(0, cut), text.substring(cut));
      assertThat(passChunked(pieces)).as("cut at %d", cut).isEqualTo(whole);
      assertThat(framing.dataBytes()).isEqualTo(data.length());
      assertThat(dataOf(pieces)).as("cut at %d", cut).isEqualTo(data);
    }
    assertThat(passChunked(bytewise(text))).isEqualTo(whole);
    assertThat(dataOf(bytewise(text))).isEqualTo(data);
  }

  @Test
  void trailersAreHandedOutOnce() {
    Result result = passChunked(List.of("0\r\nA: 1\r\nB: 2\r\n\r\n"));
    assertThat(result.passed()).isEqualTo("0\r\nA: 1\r\nB: 2\r\n\r\n");
    assertThat(framing.hasTrailers()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "5\t\r\nhello\r\n0\r\n\r\n",
        "5h\r\nhello\r\n0\r\n\r\n",
        "5_\r\nhello\r\n0\r\n\r\n",
        "\u00b5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "4\r\nhello\r\n0\r\n\r\n",
        "6\r\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "5;a\u0000\r\nhello\r\n0\r\n\r\n",
        "5;a\u007f\r\nhello\r\n0\r\n\r\n",
        "1000000000000000\r\nhello\r\n0\r\n\r\n",
        "0000000000000005\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n\r\n\r\n",
        "5\r\nhello\r\n0\r\n\rX",
        "5\r\nhello\r\n0\n\r\n",
      })
  void aMalformedChunkIsNeverPassedOnAsAWholeBody(String body) {
    for (int cut = 0; cut <= body.length(); cut++) {
      Result result = passChunked(List.of(body.substring(0, cut), body.substring(cut)));
      assertThat(result.why()).as("cut at %d", cut).isEqualTo(HttpViolation.CHUNK);
      assertThat(result.done()).isFalse();
      assertThat(ChunkedReference.read(result.passed())).isNull();
    }
    dataOf(bytewise(body));
    assertThat(framing.violation()).isEqualTo(HttpViolation.CHUNK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bad trailer line\r\n",
        "X-T : v\r\n",
        " X-T: v\r\n",
        ": v\r\n",
        "X-T: a\rb\r\n",
        "X-T: a\u0000b\r\n",
        "X-T: v\n",
        "\n",
        "X-A: 1\r\n folded\r\n",
        "Content-Length: 5\r\n",
        "content_length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Host: evil\r\n",
        "Connection: close\r\n",
        "X-Forwarded-For: 1.2.3.4\r\n",
        "Forwarded: for=1.2.3.4\r\n",
        "X-A: 1\r\nTE: x\r\n",
        "Authorization: Basic YQ==\r\n",
        "set_cookie: a=b\r\n",
        "Content-Encoding: gzip\r\n",
      })
  void aBadTrailerIsNeverPassedOnAsAWholeBody(String trailers) {
    String body = "5\r\nhello\r\n0\r\n" + trailers + "\r\n";
    for (int cut = 0; cut <= body.length(); cut++) {
      Result result = passChunked(List.of(body.substring(0, cut), body.substring(cut)));
      assertThat(result.why()).as("cut at %d", cut).isEqualTo(HttpViolation.TRAILER);
      assertThat(result.done()).isFalse();
      assertThat(ChunkedReference.read(result.passed() + "\r\n"))
          .as("cut at %d", cut)
          .satisfiesAnyOf(
              r -> assertThat(r).isNull(),
              r -> assertThat(result.passed()).doesNotContain("\r\n\r\n"));
    }
  }

  @Test
  void extensionsOfAllChunksTogetherAreLimited() {
    assertThat(passChunked(List.of("5;" + "a".repeat(256) + "\r\nhello\r\n0\r\n\r\n")).done())
        .isTrue();
    assertThat(passChunked(List.of("5;" + "a".repeat(257) + "\r\n")).why())
        .isEqualTo(HttpViolation.CHUNK);
    assertThat(passChunked(List.of(("1;" + "a".repeat(100) + "\r\nx\r\n").repeat(3))).why())
        .isEqualTo(HttpViolation.CHUNK);
    assertThat(passChunked(List.of("5" + " ".repeat(300) + ";\r\n")).why())
        .isEqualTo(HttpViolation.CHUNK);
  }

  @Test
  void trailersAreLimitedByNumberAndSize() {
    String many = "0\r\n" + "A: b\r\n".repeat(64);
    assertThat(passChunked(List.of(many + "\r\n")).done()).isTrue();
    assertThat(passChunked(List.of(many + "A: b\r\n\r\n")).why()).isEqualTo(HttpViolation.TRAILER);
    assertThat(passChunked(List.of("0\r\nA: " + "b".repeat(8000) + "\r\n\r\n")).done()).isTrue();
    assertThat(passChunked(List.of("0\r\nA: " + "b".repeat(9000))).why())
        .isEqualTo(HttpViolation.TRAILER);
  }

  @Test
  void extensionsDoNotCountAsTrailers() {
    String body = "5;" + "a".repeat(200) + "\r\nhello\r\n0\r\nX-T: v\r\n\r\n";
    assertThat(passChunked(List.of(body))).isEqualTo(new Result(body, true, null, body.length()));
  }

  @Test
  void everyMutationOfAChunkedBodyIsJudgedAsByTheGrammar() {
    SplittableRandom random = new SplittableRandom(20260101);
    int whole = 0;
    int broken = 0;
    for (int i = 0; i < 60_000; i++) {
      String text = mutated(valid(random), random);
      ChunkedReference expected = ChunkedReference.read(text);
      Result result = passChunked(randomPieces(text, random));
      if (expected == null) {
        broken++;
        assertThat(result.done()).as("%s", text).isFalse();
        assertThat(ChunkedReference.read(result.passed())).as("%s", text).isNull();
      } else {
        whole++;
        assertThat(result)
            .as("%s", text)
            .isEqualTo(
                new Result(text.substring(0, expected.length()), true, null, expected.length()));
        assertThat(dataOf(randomPieces(text, random))).isEqualTo(expected.data());
      }
    }
    assertThat(Math.min(whole, broken)).as("both kinds are met often").isGreaterThan(10_000);
  }

  private static String valid(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(4); n > 0; n--) {
      String data = "\r\n0;aF:G".repeat(3).substring(random.nextInt(20));
      text.append(Integer.toHexString(data.length()));
      text.append(random.nextInt(4) == 0 ? ";e=1" : "").append("\r\n");
      text.append(data).append("\r\n");
    }
    text.append("0\r\n");
    for (int n = random.nextInt(5) - 2; n > 0; n--) {
      text.append("T-").append(n).append(": v\r\n");
    }
    return text.append("\r\n").toString();
  }

  private static String mutated(String text, SplittableRandom random) {
    String alphabet = "\r\n\r\n0159afAFg;: \t-x\u0000\u00e9";
    StringBuilder out = new StringBuilder(text);
    for (int n = random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(out.length());
      char c = alphabet.charAt(random.nextInt(alphabet.length()));
      switch (random.nextInt(3)) {
        case 0 -> out.insert(at, c);
        case 1 -> out.setCharAt(at, c);
        default -> out.deleteCharAt(at);
      }
    }
    return out.toString();
  }

  private static List<String> randomPieces(String text, SplittableRandom random) {
    List<String> pieces = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int n = Math.min(text.length() - at, 1 + random.nextInt(12));
      pieces.add(text.substring(at, at + n));
      at += n;
    }
    return pieces;
  }
}
