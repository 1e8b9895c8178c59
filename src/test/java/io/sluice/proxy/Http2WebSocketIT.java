package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ListenerSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.Conversation;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.Http2Client.Answer;
import io.sluice.testkit.Http2Frame;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Reported;
import io.sluice.testkit.RouteSetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream becomes a WebSocket by an extended CONNECT (RFC 8441). */
class Http2WebSocketIT {
  private static final int CANCEL = 8;
  private static final int ENABLE_CONNECT_PROTOCOL = 8;

  private final AtomicReference<ReadRequest> seen = new AtomicReference<>();
  private ScriptedBackend backend;
  private RunningProxy proxy;
  private Http2Client client;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
    backend.on(
        "/echo",
        c -> {
          shake(c);
          c.in().transferTo(c.out());
          c.send(", bye").close();
        });
    backend.on(
        "/said",
        c -> {
          shake(c);
          c.send("all is said");
          c.halfClose();
          assertThat(Wire.text(c.in().readAllBytes())).isEqualTo("still here");
          c.close();
        });
    proxy = RunningProxy.to(backend);
    client = Http2Client.connect(proxy.port());
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    proxy.close();
    backend.close();
  }

  /** The handshake of a WebSocket server (RFC 6455 4.2.2). */
  private void shake(Conversation c) throws IOException {
    seen.set(c.head());
    String key = c.head().value("Sec-WebSocket-Key");
    c.send(switchTo(accept(key)));
  }

  private static String switchTo(String accept) {
    return head(
        "HTTP/1.1 101 Switching Protocols",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Protocol: chat",
        "Sec-WebSocket-Accept: " + accept);
  }

  private static String accept(String key) {
    try {
      byte[] text =
          (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private int connect(String path) throws IOException {
    return connect(client, path);
  }

  private static int connect(Http2Client client, String path) throws IOException {
    return client.request(
        false,
        ":method: CONNECT",
        ":protocol: websocket",
        ":scheme: https",
        ":authority: t",
        ":path: " + path,
        "sec-websocket-version: 13",
        "sec-websocket-protocol: chat",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==");
  }

  private int opened(String path) throws IOException {
    int stream = connect(path);
    assertThat(client.awaitHead(stream).status()).isEqualTo(200);
    return stream;
  }

  @Test
  void theSettingsAllowIt() throws Exception {
    Http2Frame settings = client.awaitFrame(Http2Frame.SETTINGS);
    boolean allowed = false;
    for (int at = 0; at < settings.payload().length; at += 6) {
      int id = settings.payload()[at] << 8 | settings.payload()[at + 1];
      allowed |= id == ENABLE_CONNECT_PROTOCOL && settings.number(at + 2) == 1;
    }
    assertThat(allowed).isTrue();
  }

  @Test
  void aConversationPassesBothWaysAndEndsInOrder() throws Exception {
    int stream = opened("/echo");
    for (int i = 1; i <= 50; i++) {
      client.data(stream, false, "ping");
      client.awaitBytes(stream, 4 * i);
    }
    client.data(stream, true, "end");
    Answer answer = client.await(stream);
    assertThat(answer.body()).isEqualTo("ping".repeat(50) + "end, bye");
    assertThat(answer.hasEnded()).isTrue();
    assertThat(answer.reset()).isEqualTo(-1);
    assertThat(answer.value("sec-websocket-protocol")).isEqualTo("chat");
    for (String name : new String[] {"connection", "upgrade", "sec-websocket-accept"}) {
      assertThat(answer.values(name)).as(name).isEmpty();
    }
    Reported reported = proxy.awaitReport("/echo");
    assertThat(reported.status()).isEqualTo(101);
    assertThat(reported.bytesIn()).isEqualTo(203);
    assertThat(reported.errorReason()).isNull();
  }

  @Test
  void theBackendSeesAHandshakeOfHttp1() throws Exception {
    int stream = opened("/echo");
    client.data(stream, true, "x").await(stream);
    ReadRequest request = Objects.requireNonNull(seen.get());
    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.value("Connection")).isEqualToIgnoringCase("upgrade");
    assertThat(request.value("Upgrade")).isEqualTo("websocket");
    assertThat(request.value("Sec-WebSocket-Version")).isEqualTo("13");
    assertThat(request.value("Sec-WebSocket-Key")).isNotEqualTo("dGhlIHNhbXBsZSBub25jZQ==");
    assertThat(Base64.getDecoder().decode(request.value("Sec-WebSocket-Key"))).hasSize(16);
  }

  @Test
  void bytesBehindTheRequestAreNotLost() throws Exception {
    int stream = connect("/echo");
    client.data(stream, true, "early");
    Answer answer = client.await(stream);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("early, bye");
  }

  @Test
  void bigDataPassesBothWays() throws Exception {
    client.close();
    client = Http2Client.connect(proxy.port(), 4, 1 << 30).windowUpdate(0, 1 << 30);
    int stream = opened("/echo");
    String much = "0123456789abcdef".repeat(200_000);
    Bodies.send(client, stream, much, true);
    Answer answer = client.await(stream);
    assertThat(answer.length()).isEqualTo(much.length() + 5);
    assertThat(answer.body()).isEqualTo(much + ", bye");
  }

  @Test
  void eachSideMayEndFirst() throws Exception {
    int stream = opened("/said");
    assertThat(client.await(stream).body()).isEqualTo("all is said");
    client.data(stream, true, "still here");
    assertThat(proxy.awaitReport("/said").errorReason()).isNull();
    assertThat(client.ping().answer(stream).reset()).isEqualTo(-1);
  }

  @Test
  void aBackendThatCutsResetsTheStream() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    backend.on(
        "/cut",
        c -> {
          shake(c);
          Await.latch(go, "the tunnel is open");
          c.reset();
        });
    int stream = opened("/cut");
    go.countDown();
    assertThat(client.await(stream).reset()).isEqualTo(CANCEL);
    assertThat(client.await(client.get("/other")).status()).isEqualTo(200);
  }

  @Test
  void aClientThatResetsEndsTheBackendsConnection() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    backend.on(
        "/open",
        c -> {
          shake(c);
          c.awaitEnd();
          ended.countDown();
        });
    int stream = opened("/open");
    client.reset(stream, CANCEL);
    Await.latch(ended, "the backend's connection ends");
    assertThat(client.await(client.get("/other")).status()).isEqualTo(200);
  }

  @Test
  void itMayBeIdleForSoLongOnly() throws Exception {
    ListenerSpec.Limits usual = ListenerSpec.Limits.DEFAULT;
    ListenerSpec.Limits limits =
        new ListenerSpec.Limits(
            0,
            0,
            usual.requestLineBytes(),
            usual.headerBytes(),
            usual.headerCount(),
            usual.headerTimeout(),
            usual.bodyIdle(),
            usual.bodyRate(),
            usual.keepAlive(),
            Duration.ofMillis(200));
    try (RunningProxy brief = new ProxySetup().limits(limits).pool("p", backend.port()).start();
        Http2Client other = Http2Client.connect(brief.port())) {
      int stream = connect(other, "/echo");
      assertThat(other.awaitHead(stream).status()).isEqualTo(200);
      assertThat(other.await(stream).reset()).isEqualTo(CANCEL);
      assertThat(brief.awaitReport("/echo").errorReason()).contains("tunnel idle");
    }
  }

  @Test
  void aDrainWaitsForIt() throws Exception {
    int stream = opened("/echo");
    CompletableFuture<Void> drained = proxy.drain();
    client.awaitFrame(Http2Frame.GOAWAY);
    client.awaitFrame(Http2Frame.GOAWAY);
    client.data(stream, false, "still");
    assertThat(client.awaitBytes(stream, 5).body()).isEqualTo("still");
    assertThat(drained.isDone()).isFalse();
    client.data(stream, true, " open");
    assertThat(client.await(stream).body()).isEqualTo("still open, bye");
    client.close();
    drained.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  // ---------------------------------------------------------------- no switch

  @ParameterizedTest
  @ValueSource(strings = {"200 OK", "204 No Content"})
  void aSuccessWithoutASwitchIsABadGateway(String status) throws Exception {
    backend.on("/plain", c -> c.send(head("HTTP/1.1 " + status, "Content-Length: 0")));
    Answer answer = answerTo("/plain");
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.hasEnded()).isTrue();
    Reported reported = proxy.awaitReport("/plain");
    assertThat(reported.status()).isEqualTo(502);
    assertThat(reported.errorReason()).isEqualTo("the answer does not open the WebSocket");
    assertThat(client.await(client.get("/other")).status()).isEqualTo(200);
  }

  private Answer answerTo(String path) throws IOException {
    int stream = connect(path);
    client.await(f -> f.type() == Http2Frame.RST_STREAM && f.stream() == stream, "its end");
    return client.answer(stream);
  }

  @ParameterizedTest
  @ValueSource(strings = {"302 Found", "401 Unauthorized", "426 Upgrade Required", "503 Full"})
  void aRefusalPasses(String status) throws Exception {
    backend.on("/no", c -> c.send(head("HTTP/1.1 " + status, "Content-Length: 2") + "no"));
    Answer answer = answerTo("/no");
    assertThat(answer.status()).isEqualTo(Integer.parseInt(status.substring(0, 3)));
    assertThat(answer.body()).isEqualTo("no");
    assertThat(answer.reset()).isZero();
  }

  @Test
  void aSwitchWithoutItsProofIsABadGateway() throws Exception {
    backend.on("/unproved", c -> c.send(switchTo(accept("another key"))));
    assertThat(answerTo("/unproved").status()).isEqualTo(502);
    assertThat(proxy.awaitReport("/unproved").status()).isEqualTo(502);
  }

  @Test
  void anAnswerOfARouteOpensNone() throws Exception {
    try (RunningProxy own =
            new ProxySetup()
                .pool("p", backend.port())
                .route(RouteSetup.route("r").respond(200, "here", Map.of()))
                .start();
        Http2Client other = Http2Client.connect(own.port())) {
      int stream = connect(other, "/x");
      other.await(f -> f.type() == Http2Frame.RST_STREAM && f.stream() == stream, "its end");
      assertThat(other.answer(stream).status()).isEqualTo(502);
      assertThat(other.await(other.get("/x")).body()).isEqualTo("here");
    }
  }
}
