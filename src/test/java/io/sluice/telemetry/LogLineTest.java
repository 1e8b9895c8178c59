package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Configuration.AccessLog.Format;
import io.sluice.http.Ascii;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogLineTest {
  private static final long NOW = Instant.parse("2026-03-09T07:05:03.042Z").toEpochMilli();
  private static final JsonMapper JSON = new JsonMapper();

  /** A pair of the text format, by the rules of its documentation. */
  private static final Pattern PAIR =
      Pattern.compile("([a-zA-Z]+)=(?:(-)|\"((?:[^\"\\\\]|\\\\.)*)\"|([^ \"=\\\\]+))(?: |$)");

  private static String line(Format format, Finished request) {
    return line(new LogLine(format), request);
  }

  private static String line(LogLine line, Finished request) {
    int from = 3;
    byte[] to = new byte[from + LogLine.bound(request)];
    int end = line.write(request, NOW, to, from);
    String text = new String(to, from, end - from, StandardCharsets.US_ASCII);
    assertThat(text).endsWith("\n").matches("[ -~]*\n");
    return text.substring(0, text.length() - 1);
  }

  @Test
  void aRequestBecomesOneJsonObject() {
    Finished request =
        Finished.get("/a?b=c d")
            .nanos(12_345_678_901L, 1_002_000, 999)
            .bytes(7, Long.MAX_VALUE)
            .tries(2);
    assertThat(line(Format.JSON, request))
        .isEqualTo(
            "{\"time\":\"2026-03-09T07:05:03.042Z\",\"client\":\"192.0.2.7\","
                + "\"protocol\":\"HTTP/1.1\",\"method\":\"GET\","
                + "\"host\":\"a.example\",\"path\":\"/a?b=c d\",\"status\":200,\"bytesIn\":7,"
                + "\"bytesOut\":9223372036854775807,\"totalMs\":12345.678,\"firstByteMs\":1.002,"
                + "\"connectMs\":0.000,\"route\":\"default\",\"pool\":\"default\","
                + "\"backend\":\"b1\",\"backendAddress\":\"127.0.0.1:8080\",\"tries\":2,"
                + "\"requestId\":\"0123456789abcdef0123456789abcdef\"}");
  }

  @Test
  void aRequestBecomesOneLineOfText() {
    assertThat(line(Format.TEXT, Finished.get("/a?b=c").error("no \"luck\"")))
        .isEqualTo(
            "time=2026-03-09T07:05:03.042Z client=192.0.2.7 protocol=HTTP/1.1"
                + " method=GET host=a.example"
                + " path=\"/a?b=c\" status=200 bytesIn=0 bytesOut=512 totalMs=1.234"
                + " firstByteMs=0.987 connectMs=0.000 route=default pool=default backend=b1"
                + " backendAddress=127.0.0.1:8080 tries=1"
                + " requestId=0123456789abcdef0123456789abcdef error=\"no \\\"luck\\\"\"");
  }

  @Test
  void aRequestByTlsSaysSo() {
    String cipher = "TLS_AES_128_GCM_SHA256";
    assertThat(line(Format.JSON, Finished.get("/").tls("TLSv1.3", cipher, "a.example")))
        .endsWith(
            ",\"tlsVersion\":\"TLSv1.3\",\"tlsCipher\":\""
                + cipher
                + "\",\"serverName\":\"a.example\"}");
    assertThat(line(Format.TEXT, Finished.get("/").tls("TLSv1.3", cipher, "").error("x")))
        .endsWith(" tlsVersion=TLSv1.3 tlsCipher=" + cipher + " serverName=- error=\"x\"");
    assertThat(line(Format.JSON, Finished.get("/"))).doesNotContain("tls");
  }

  @Test
  void whatIsUnknownIsNull() {
    byte[] none = {};
    Finished request =
        new Finished()
            .head(none, none, none)
            .protocol(null)
            .status(0)
            .nanos(5_000, -1, 0)
            .tries(0)
            .route(null)
            .to(null, null, null)
            .error("client closed the connection");
    assertThat(line(Format.JSON, request))
        .contains("\"protocol\":null,\"method\":null,\"host\":null,\"path\":null,\"status\":0,")
        .contains("\"totalMs\":0.005,\"firstByteMs\":null,")
        .contains("\"route\":null,\"pool\":null,\"backend\":null,\"backendAddress\":null,")
        .endsWith(",\"error\":\"client closed the connection\"}");
    assertThat(line(Format.TEXT, request))
        .contains(" protocol=- method=- host=- path=- status=0 ")
        .contains(" firstByteMs=- ")
        .contains(" route=- pool=- backend=- backendAddress=- tries=0 ");
  }

  @Test
  void aTextValueThatLooksLikeNothingIsQuoted() {
    Finished request = Finished.get("-").route("-").to("a b", "", "x").requestId("q\"x");
    assertThat(line(Format.TEXT, request))
        .contains(" path=\"-\" ")
        .contains(" route=\"-\" pool=\"a b\" backend=\"\" backendAddress=x ")
        .endsWith(" requestId=\"q\\\"x\"");
  }

  @Test
  void namesOfTheConfigurationKeepTheirLetters() {
    LogLine line = new LogLine(Format.JSON);
    Finished request = Finished.get("/").route("caf\u00e9 \u2713").to("\"", "\\", "\u007f");
    String first = line(line, request);
    assertThat(first).isEqualTo(line(line, request));
    JsonNode json = JSON.readTree(first);
    assertThat(json.get("route").asString()).isEqualTo("caf\u00e9 \u2713");
    assertThat(json.get("pool").asString()).isEqualTo("\"");
    assertThat(json.get("backend").asString()).isEqualTo("\\");
    assertThat(json.get("backendAddress").asString()).isEqualTo("\u007f");
  }

  @Test
  void whatIsTooLongIsCutAndMarked() {
    byte[] target = new byte[LogLine.MAX_TARGET + 1];
    java.util.Arrays.fill(target, (byte) 0xE9);
    Finished request = new Finished().head(Ascii.bytes("GET"), Ascii.bytes("h"), target);
    request.route("r".repeat(1000)).to("\u2713".repeat(1000), "b", "a").error("e".repeat(1000));
    JsonNode json = JSON.readTree(line(Format.JSON, request));
    assertThat(json.get("path").asString()).isEqualTo("\u00e9".repeat(LogLine.MAX_TARGET));
    assertThat(json.get("route").asString()).hasSize(EncodedTexts.MAX_LENGTH);
    assertThat(json.get("pool").asString()).isEqualTo("\u2713".repeat(EncodedTexts.MAX_LENGTH));
    assertThat(json.get("error").asString()).hasSize(LogLine.MAX_ERROR);
    assertThat(json.get("truncated").asBoolean()).isTrue();
    assertThat(line(Format.TEXT, request)).endsWith(" truncated=true");
    assertThat(line(Format.JSON, Finished.get("/"))).doesNotContain("truncated");
  }

  @Test
  void theLargestLineFitsIntoAChunk() {
    byte[] huge = new byte[100_000];
    Finished request = new Finished().head(huge, huge, huge);
    request.requestId("\u0000".repeat(1000)).error("\u0000".repeat(1000));
    assertThat(LogLine.bound(request)).isLessThan(LogQueue.CHUNK);
    assertThat(line(Format.JSON, request).length()).isLessThan(LogLine.bound(request));
  }

  @Test
  void anyBytesOfAClientComeBackOutOfTheJson() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    LogLine line = new LogLine(Format.JSON);
    for (int i = 0; i < 5_000; i++) {
      byte[] method = bytes(random, LogLine.MAX_METHOD);
      byte[] host = bytes(random, 100);
      byte[] target = bytes(random, 300);
      JsonNode json = JSON.readTree(line(line, new Finished().head(method, host, target)));
      assertThat(json.size()).as("seed %d, round %d", seed, i).isEqualTo(18);
      assertThat(json.get("method").asString()).isEqualTo(latin1(method));
      assertThat(json.get("host").asString()).isEqualTo(latin1(host));
      assertThat(json.get("path").asString()).isEqualTo(latin1(target));
    }
  }

  @Test
  void noBytesOfAClientForgeAFieldOfTheText() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    LogLine line = new LogLine(Format.TEXT);
    for (int i = 0; i < 5_000; i++) {
      byte[] host = bytes(random, 12);
      byte[] target = bytes(random, 60);
      Finished request = new Finished().head(Ascii.bytes("GET"), host, target);
      Map<String, String> pairs = pairs(line(line, request));
      assertThat(pairs).as("seed %d, round %d", seed, i).hasSize(18);
      assertThat(pairs).containsEntry("host", latin1(host)).containsEntry("path", latin1(target));
    }
  }

  /** Reads a line of text as a program would. */
  private static Map<String, String> pairs(String line) {
    Map<String, String> pairs = new LinkedHashMap<>();
    Matcher pair = PAIR.matcher(line);
    int at = 0;
    while (at < line.length()) {
      assertThat(pair.find(at) && pair.start() == at).as("a pair at %d of %s", at, line).isTrue();
      String quoted = pair.group(3);
      String value = pair.group(2) != null ? "" : pair.group(4);
      pairs.put(
          pair.group(1), quoted == null ? value : JSON.readValue('"' + quoted + '"', String.class));
      at = pair.end();
    }
    return pairs;
  }

  /** Mostly plain letters, so that the runs of eight are met, and every other byte in between. */
  private static byte[] bytes(Random random, int most) {
    byte[] bytes = new byte[1 + random.nextInt(most)];
    int strange = 1 + random.nextInt(20);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] =
          random.nextInt(strange) == 0
              ? (byte) random.nextInt(256)
              : (byte) ('a' + random.nextInt(26));
    }
    return bytes;
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void numbersAreWrittenInFull() {
    for (long value : new long[] {0, 1, 9, 10, 99, 100, 12_345, Long.MAX_VALUE / 10}) {
      assertThat(number(value)).isEqualTo(Long.toString(value));
    }
    for (long limit = 1; limit < Long.MAX_VALUE / 10; limit *= 10) {
      assertThat(number(limit - 1)).isEqualTo(Long.toString(limit - 1));
      assertThat(number(limit)).isEqualTo(Long.toString(limit));
    }
    assertThat(number(1_000_000_000_000_000_000L)).isEqualTo("1000000000000000000");
    assertThat(number(Long.MAX_VALUE)).isEqualTo("9223372036854775807");
    assertThat(number(-1)).isEqualTo("0");
  }

  private static String number(long value) {
    byte[] to = new byte[20];
    return Ascii.text(to, 0, LineBytes.number(to, 0, value));
  }

  @Test
  void timeGoesOnAcrossSecondsAndYears() {
    Timestamp timestamp = new Timestamp();
    for (String time :
        new String[] {
          "2026-12-31T23:59:59.999Z",
          "2027-01-01T00:00:00.000Z",
          "2027-01-01T00:00:00.001Z",
          "2028-02-29T12:34:56.789Z",
          "1969-12-31T23:59:59.500Z"
        }) {
      byte[] to = new byte[24];
      assertThat(timestamp.write(to, 0, Instant.parse(time).toEpochMilli())).isEqualTo(24);
      assertThat(Ascii.text(to, 0, 24)).isEqualTo(time);
    }
  }

  @Test
  void moreNamesThanTheCacheHoldsAreStillRight() {
    EncodedTexts texts = new EncodedTexts(Format.JSON);
    for (int i = 0; i < 70_000; i++) {
      String name = "backend-" + i % 40_000;
      byte[] encoded = texts.of(name);
      assertThat(Ascii.text(encoded, 0, encoded.length)).isEqualTo('"' + name + '"');
    }
  }
}
