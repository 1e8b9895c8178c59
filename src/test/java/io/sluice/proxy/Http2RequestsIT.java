package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ListenerSpec.Limits;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.Http2Client.Answer;
import io.sluice.testkit.Http2Frame;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Reported;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests over HTTP/2 become HTTP/1.1, and answers the other way round (RFC 9113 8). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http2RequestsIT {
  private static final int REFUSED_STREAM = 7;
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final AtomicReference<ReadRequest> seen = new AtomicReference<>();
  private ScriptedBackend backend;
  private RunningProxy proxy;

  @BeforeAll
  void start() throws IOException {
    backend = ScriptedBackend.start();
    proxy = RunningProxy.to(backend);
    backend.on(
        "/keep",
        c -> {
          seen.set(c.request());
          c.send(Wire.ok("kept"));
        });
  }

  @AfterAll
  void stop() throws IOException {
    proxy.close();
    backend.close();
  }

  private ReadRequest seen() {
    return Objects.requireNonNull(seen.get());
  }

  @Test
  void aGetIsAnswered() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      Answer answer = client.await(client.get("/plain?q=1"));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(ScriptedBackend.saw("GET", "/plain?q=1"));
      assertThat(answer.value("content-type")).isEqualTo("text/plain");
      assertThat(answer.hasEnded()).isTrue();
    }
    Reported reported = proxy.awaitReport("/plain?q=1");
    assertThat(reported.status()).isEqualTo(200);
    assertThat(reported.protocol()).isEqualTo("HTTP/2.0");
    assertThat(reported.host()).isEqualTo("t");
    assertThat(reported.client()).isEqualTo("127.0.0.1");
  }

  @Test
  void theBackendSeesAnHttp1Request() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      client.await(
          client.get(
              "/keep", "te: trailers", "cookie: a=1", "x-one: 1", "cookie: b=2", "x-two: 2"));
    }
    ReadRequest request = seen();
    assertThat(request.value("Host")).isEqualTo("t");
    assertThat(request.value("Cookie")).isEqualTo("a=1; b=2");
    assertThat(request.value("X-One")).isEqualTo("1");
    assertThat(request.value("X-Two")).isEqualTo("2");
    assertThat(request.value("X-Forwarded-For")).isEqualTo("127.0.0.1");
    assertThat(request.has("TE")).isFalse();
    assertThat(request.has("Transfer-Encoding")).isFalse();
    assertThat(request.has("Content-Length")).isFalse();
  }

  @Test
  void hostStandsInForAuthority() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      int stream =
          client.request(true, ":method: GET", ":scheme: http", ":path: /keep", "host: only.host");
      assertThat(client.await(stream).status()).isEqualTo(200);
      assertThat(seen().value("Host")).isEqualTo("only.host");
      int same =
          client.request(
              true,
              ":method: GET",
              ":scheme: http",
              ":path: /keep",
              ":authority: t:80",
              "host: T:80");
      assertThat(client.await(same).status()).isEqualTo(200);
      assertThat(seen().value("Host")).isEqualTo("t:80");
    }
  }

  @Test
  void fieldsOfAConnectionStayOnIt() throws Exception {
    backend.on(
        "/hop",
        c -> {
          c.request();
          c.send(
              head(
                      "HTTP/1.1 200 OK",
                      "Connection: close, X-Private",
                      "X-Private: 1",
                      "Keep-Alive: timeout=5",
                      "X-Public: 2",
                      "Transfer-Encoding: chunked")
                  + Wire.chunk("hop")
                  + Wire.head("0"));
          c.close();
        });
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      Answer answer = client.await(client.get("/hop"));
      assertThat(answer.body()).isEqualTo("hop");
      assertThat(answer.value("x-public")).isEqualTo("2");
      for (String name : List.of("connection", "keep-alive", "transfer-encoding", "x-private")) {
        assertThat(answer.values(name)).as(name).isEmpty();
      }
      assertThat(client.await(client.get("/next")).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 1024, 16_384, 65_535, 200_000, 3_000_000})
  void aBodyOfKnownLengthArrivesWhole(int length) throws Exception {
    String body = "x".repeat(length);
    backend.on("/mirror", c -> c.send(Wire.ok(c.request().body())));
    try (Http2Client client = Http2Client.connect(proxy.port(), 4, 1 << 30)) {
      client.windowUpdate(0, 1 << 30);
      int stream = client.post("/mirror", "content-length: " + length);
      Bodies.send(client, stream, body, true);
      Answer answer = client.await(stream);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.length()).isEqualTo(length);
      assertThat(answer.body()).isEqualTo(body);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 1024, 16_384, 65_535, 200_000, 3_000_000})
  void aBodyWithoutLengthArrivesWholeInChunks(int length) throws Exception {
    String body = "0123456789".repeat(length / 10 + 1).substring(0, length);
    backend.on(
        "/mirror-chunked",
        c -> {
          ReadRequest request = c.request();
          assertThat(request.value("Transfer-Encoding")).isEqualTo("chunked");
          StringBuilder out =
              new StringBuilder(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"));
          for (int at = 0; at < length; at += 7000) {
            out.append(Wire.chunk(request.body().substring(at, Math.min(length, at + 7000))));
          }
          c.send(out + Wire.head("0"));
        });
    try (Http2Client client = Http2Client.connect(proxy.port(), 4, 1 << 30)) {
      client.windowUpdate(0, 1 << 30);
      int stream = client.post("/mirror-chunked");
      Bodies.send(client, stream, body, true);
      Answer answer = client.await(stream);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(body);
    }
  }

  @Test
  void trailersPassBothWays() throws Exception {
    backend.on(
        "/trailers",
        c -> {
          ReadRequest request = c.request();
          seen.set(request);
          c.send(
              head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum")
                  + Wire.chunk(request.body())
                  + Wire.lines("0")
                  + head("X-Sum: 42 ", "X-More:"));
        });
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.post("/trailers");
      client.data(stream, false, "hello").headers(stream, true, "x-check: 7", "x-other: 8");
      Answer answer = client.await(stream);
      assertThat(answer.body()).isEqualTo("hello");
      assertThat(answer.trailers().toString())
          .isEqualTo("[HeaderLine[name=x-sum, value=42], HeaderLine[name=x-more, value=]]");
      assertThat(answer.hasEnded()).isTrue();
    }
    assertThat(seen().trailers().toString()).contains("x-check", "7", "x-other", "8");
  }

  @Test
  void trailersBehindABodyOfKnownLengthAreLeftOut() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.post("/keep", "content-length: 5");
      client.data(stream, false, "hello").headers(stream, true, "x-check: 7");
      assertThat(client.await(stream).status()).isEqualTo(200);
      assertThat(seen().body()).isEqualTo("hello");
    }
  }

  @Test
  void answersWithoutABodyEndWithTheirHead() throws Exception {
    backend.on(
        "/none",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 204 No Content", "X-Kind: none"));
        });
    backend.on(
        "/same",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 304 Not Modified", "Content-Length: 10", "ETag: \"x\""));
        });
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      assertThat(client.await(client.get("/none")).status()).isEqualTo(204);
      Answer same = client.await(client.get("/same"));
      assertThat(same.status()).isEqualTo(304);
      assertThat(same.value("content-length")).isEqualTo("10");
      int stream = client.request(true, Http2Client.lines("/head", "HEAD"));
      Answer answer = client.await(stream);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.value("content-length")).isEqualTo("14");
      assertThat(answer.length()).isZero();
    }
  }

  @Test
  void anAnswerUntilTheConnectionsEndHasAnEnd() throws Exception {
    backend.on(
        "/until-close",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK") + "the whole story");
          c.close();
        });
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      Answer answer = client.await(client.get("/until-close"));
      assertThat(answer.body()).isEqualTo("the whole story");
      assertThat(answer.hasEnded()).isTrue();
    }
  }

  @Test
  void interimAnswersPass() throws Exception {
    backend.on(
        "/hints",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 103 Early Hints", "Link: </a.css>") + Wire.ok("hinted"));
        });
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      Answer answer = client.await(client.get("/hints"));
      assertThat(answer.interim()).containsExactly(103);
      assertThat(answer.body()).isEqualTo("hinted");
      int stream = client.post("/expects", "expect: 100-continue", "content-length: 4");
      client.await(
          f -> f.type() == Http2Frame.HEADERS && f.stream() == stream, "100 of the backend");
      assertThat(client.answer(stream).interim()).containsExactly(100);
      assertThat(client.data(stream, true, "body").await(stream).status()).isEqualTo(200);
    }
  }

  @Test
  void manyStreamsRunAtOnce() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      for (int round = 0; round < 20; round++) {
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          streams.add(client.get("/many/" + round + "/" + i));
        }
        for (int i = 0; i < 100; i++) {
          assertThat(client.await(streams.get(i)).body())
              .isEqualTo(ScriptedBackend.saw("GET", "/many/" + round + "/" + i));
        }
      }
    }
  }

  @Test
  void thePrefaceMayComeInPieces() throws Exception {
    try (Http2Client client = Http2Client.bare(proxy.port())) {
      for (int i = 0; i < PREFACE.length(); i++) {
        client.send(PREFACE.substring(i, i + 1));
      }
      client.settings();
      assertThat(client.await(client.get("/pieces")).status()).isEqualTo(200);
    }
  }

  @Test
  void framesMayComeInPieces() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.newStream();
      byte[] block =
          client.block(Http2Client.lines("/bytes", "POST", "x-long: " + "y".repeat(300)));
      byte[] all = new Http2Frame(Http2Frame.HEADERS, 4, stream, block).toBytes();
      for (byte b : all) {
        client.send(new byte[] {b});
      }
      for (byte b : new Http2Frame(Http2Frame.DATA, 1, stream, Wire.bytes("body")).toBytes()) {
        client.send(new byte[] {b});
      }
      assertThat(client.await(stream).body()).isEqualTo(ScriptedBackend.saw("POST", "/bytes"));
    }
  }

  @Test
  void aHeadMayGoOnInFurtherFramesAndBePadded() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.newStream();
      byte[] block = client.block(Http2Client.lines("/continued", "POST"));
      byte[] first = new byte[1 + 5 + 10 + 3];
      first[0] = 3; // padding
      first[4] = 0; // depends on nothing
      System.arraycopy(block, 0, first, 6, 10);
      client.frame(Http2Frame.HEADERS, 0x8 | 0x20, stream, first);
      client.frame(Http2Frame.CONTINUATION, 0, stream, java.util.Arrays.copyOfRange(block, 10, 12));
      client.frame(
          Http2Frame.CONTINUATION,
          4,
          stream,
          java.util.Arrays.copyOfRange(block, 12, block.length));
      byte[] padded = Wire.bytes("\u0004body....");
      client.frame(Http2Frame.DATA, 0x8, stream, padded);
      client.frame(Http2Frame.DATA, 0x8 | 1, stream, Wire.bytes("\u0000"));
      assertThat(client.await(stream).body()).isEqualTo(ScriptedBackend.saw("POST", "/continued"));
    }
  }

  @Test
  void framesOfUnknownTypesAreSkipped() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      client.frame(0x42, 0xFF, 0, new byte[100]);
      int stream = client.post("/unknown");
      client.frame(0x43, 0, stream).data(stream, true, "x");
      assertThat(client.await(stream).status()).isEqualTo(200);
    }
  }

  @Test
  void http1IsServedOnTheSamePort() throws Exception {
    assertThat(proxy.once(head("GET /one HTTP/1.1", "Host: t")).status()).isEqualTo(200);
    assertThat(proxy.awaitReport("/one").protocol()).isEqualTo("HTTP/1.1");
    try (RawClient client = proxy.connect()) {
      for (char c : head("PUT /two HTTP/1.1", "Host: t").toCharArray()) {
        client.send(String.valueOf(c));
      }
      assertThat(client.read("PUT").status()).isEqualTo(200);
    }
    try (RawClient client = proxy.connect()) {
      client.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(505);
    }
    try (RawClient client = proxy.connect()) {
      assertThat(client.send("PRI").halfClose().read().status()).isEqualTo(400);
    }
  }

  @Test
  void refusalsOfHttp1ComeAsAnswers() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      assertThat(client.await(client.get("/a/../b")).status()).isEqualTo(400);
      assertThat(client.await(client.get("/" + "x".repeat(9000))).status()).isEqualTo(414);
      int trace = client.request(true, Http2Client.lines("/", "TRACE"));
      assertThat(client.await(trace).status()).isEqualTo(501);
      int connect = client.request(false, ":method: CONNECT", ":authority: t:443");
      assertThat(client.await(connect).status()).isEqualTo(501);
      String[] many = new String[101];
      for (int i = 0; i < many.length; i++) {
        many[i] = "x-" + i + ": v";
      }
      assertThat(client.await(client.get("/many", many)).status()).isEqualTo(431);
      int nobody = client.request(true, ":method: GET", ":scheme: http", ":path: /");
      assertThat(client.await(nobody).status()).isEqualTo(400);
      assertThat(client.await(client.get("/still")).status()).isEqualTo(200);
    }
  }

  @Test
  void aListenerMaySpeakHttp1Only() throws Exception {
    Limits limits = Limits.DEFAULT.withHttp2Streams(0);
    try (RunningProxy old = new ProxySetup().limits(limits).pool("p", backend.port()).start();
        RawClient client = old.connect()) {
      client.send(PREFACE);
      assertThat(client.read().status()).isEqualTo(505);
      assertThat(old.once(head("GET /one HTTP/1.0", "Host: t")).status()).isEqualTo(200);
      assertThat(old.awaitReport("/one").protocol()).isEqualTo("HTTP/1.0");
    }
  }

  @Test
  void aListenerMayAllowOtherNumbersOfStreams() throws Exception {
    Limits limits = Limits.DEFAULT.withHttp2Streams(2);
    try (RunningProxy few = new ProxySetup().limits(limits).pool("p", backend.port()).start();
        Http2Client client = Http2Client.connect(few.port())) {
      assertThat(client.awaitFrame(Http2Frame.SETTINGS).number(2)).isEqualTo(2);
      client.ping();
      client.post("/a");
      int second = client.post("/b");
      assertThat(client.await(client.get("/c")).reset()).isEqualTo(REFUSED_STREAM);
      assertThat(client.data(second, true, "b").await(second).status()).isEqualTo(200);
      assertThat(client.await(client.get("/c")).status()).isEqualTo(200);
    }
  }
}
