package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.Await;
import io.sluice.testkit.Pattern;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Reported;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection that has switched protocols carries any bytes both ways (RFC 9110 7.8). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UpgradeIT {
  private static final String SWITCH =
      head(
          "HTTP/1.1 101 Switching Protocols",
          "Connection: Upgrade",
          "Upgrade: websocket",
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  private static final long BIG = 16L << 20;

  private ScriptedBackend backend;
  private RunningProxy proxy;
  private ExecutorService threads;

  @BeforeAll
  void start() throws IOException {
    threads = Executors.newVirtualThreadPerTaskExecutor();
    backend = ScriptedBackend.start();
    proxy = RunningProxy.to(backend);
    backend.on(
        "/echo",
        c -> {
          c.request();
          c.send(SWITCH);
          c.in().transferTo(c.out());
          c.close();
        });
  }

  @AfterAll
  void stop() throws IOException {
    proxy.close();
    backend.close();
    threads.close();
  }

  private static String upgrade(String target) {
    return head(
        "GET " + target + " HTTP/1.1",
        "Host: t",
        "Connection: keep-alive, Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
  }

  private RawClient opened(String target) throws IOException {
    RawClient client = proxy.connect();
    client.send(upgrade(target));
    Response response = client.read();
    assertThat(response.status()).isEqualTo(101);
    assertThat(response.value("Upgrade")).isEqualTo("websocket");
    assertThat(response.value("Connection")).isEqualToIgnoringCase("upgrade");
    assertThat(response.value("Sec-WebSocket-Accept")).isNotEmpty();
    return client;
  }

  @Test
  void aConversationPassesBothWays() throws Exception {
    try (RawClient client = opened("/echo?talk")) {
      assertThat(client).isNotNull();
    }
    backend.on(
        "/talk",
        c -> {
          ReadRequest request = c.request();
          assertThat(request.value("Upgrade")).isEqualTo("websocket");
          assertThat(request.value("Connection")).isEqualToIgnoringCase("upgrade");
          assertThat(request.value("Sec-WebSocket-Version")).isEqualTo("13");
          c.send(SWITCH);
          for (int i = 0; i < 50; i++) {
            assertThat(Wire.text(c.in().readNBytes(4))).isEqualTo("ping");
            c.send("pong");
          }
          c.close();
        });
    try (RawClient client = opened("/talk")) {
      for (int i = 0; i < 50; i++) {
        client.send("ping");
        assertThat(Wire.text(client.in().readNBytes(4))).isEqualTo("pong");
      }
      assertThat(client.readToEnd()).isEmpty();
    }
    Reported reported = proxy.awaitReport("/talk");
    assertThat(reported.status()).isEqualTo(101);
    assertThat(reported.bytesIn()).isEqualTo(200);
    assertThat(reported.bytesOut()).isGreaterThan(200);
  }

  @Test
  void bigDataPassesBothWaysAtOnce() throws Exception {
    try (RawClient client = opened("/echo")) {
      Future<?> sending =
          threads.submit(
              () -> {
                Pattern.write(client.out(), BIG);
                return null;
              });
      assertThat(Pattern.read(client.in(), BIG)).isEqualTo(Pattern.sum(BIG));
      sending.get();
      client.halfClose();
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @Test
  void whatIsSentInFrontOfAnEarlyEndArrives() throws Exception {
    AtomicReference<Object> sum = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    backend.on(
        "/swallow",
        c -> {
          c.request();
          c.send(SWITCH);
          sum.set(Pattern.read(c.in(), BIG));
          done.countDown();
          c.close();
        });
    try (RawClient client = opened("/swallow")) {
      Pattern.write(client.out(), BIG);
      client.halfClose();
      Await.latch(done, "the backend gets everything");
      assertThat(sum.get()).isEqualTo(Pattern.sum(BIG));
    }
  }

  @Test
  void bytesSentWithTheAnswerOrWithTheRequestAreNotLost() throws Exception {
    backend.on(
        "/eager",
        c -> {
          c.request();
          c.send(SWITCH + "first from the backend");
          assertThat(Wire.text(c.in().readNBytes(21))).isEqualTo("first from the client");
          c.send(", done").close();
        });
    try (RawClient client = proxy.connect()) {
      client.send(upgrade("/eager") + "first from the client");
      assertThat(client.read().status()).isEqualTo(101);
      assertThat(client.readToEnd()).isEqualTo("first from the backend, done");
    }
  }

  @Test
  void bytesThatLookLikeRequestsAreNotRead() throws Exception {
    String request = head("GET /hidden HTTP/1.1", "Host: t");
    try (RawClient client = opened("/echo")) {
      client.send(request).halfClose();
      assertThat(client.readToEnd()).isEqualTo(request);
    }
    assertThat(proxy.reported()).noneMatch(r -> r.target().equals("/hidden"));
  }

  @Test
  void eachSideMayEndItsDirectionFirst() throws Exception {
    backend.on(
        "/half",
        c -> {
          c.request();
          c.send(SWITCH + "all that I say");
          c.halfClose();
          assertThat(Wire.text(c.in().readAllBytes())).isEqualTo("all that you say");
          c.close();
        });
    try (RawClient client = opened("/half")) {
      assertThat(client.readToEnd()).isEqualTo("all that I say");
      client.send("all that you say").halfClose();
    }
    assertThat(proxy.awaitReport("/half").errorReason()).isNull();
  }

  @Test
  void theClientsEndReachesTheBackendWhichMayStillAnswer() throws Exception {
    backend.on(
        "/last-word",
        c -> {
          c.request();
          c.send(SWITCH);
          String said = Wire.text(c.in().readAllBytes());
          c.send("you said " + said).close();
        });
    try (RawClient client = opened("/last-word")) {
      client.send("bye").halfClose();
      assertThat(client.readToEnd()).isEqualTo("you said bye");
    }
  }

  @Test
  void aClientThatResetsEndsTheBackendsConnection() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    backend.on(
        "/reset",
        c -> {
          c.request();
          c.send(SWITCH);
          try {
            c.awaitEnd();
          } finally {
            ended.countDown();
          }
        });
    RawClient client = opened("/reset");
    client.reset();
    Await.latch(ended, "the backend sees the end");
    proxy.awaitReport("/reset");
    Await.until(() -> proxy.status().requests() == 0, "no tunnel is left");
  }

  @Test
  void aBackendThatResetsEndsTheClientsConnection() throws Exception {
    backend.on(
        "/backend-reset",
        c -> {
          c.request();
          c.send(SWITCH + "a");
          assertThat(c.in().read()).isEqualTo('b');
          c.reset();
        });
    try (RawClient client = opened("/backend-reset")) {
      assertThat(client.in().read()).isEqualTo('a');
      client.send("b");
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsTheBackendBack() throws Exception {
    AtomicLong written = new AtomicLong();
    long length = 128L << 20;
    backend.on(
        "/flood",
        c -> {
          c.request();
          c.send(SWITCH);
          Pattern.write(c.out(), length, written);
          c.close();
        });
    try (RawClient client = opened("/flood")) {
      assertThat(Await.rest(written::get)).isLessThan(64L << 20);
      assertThat(Pattern.read(client.in())).isEqualTo(Pattern.sum(length));
    }
  }

  @Test
  void aRefusedUpgradeLeavesAnOrdinaryConnection() throws Exception {
    try (RawClient client = proxy.connect()) {
      Response response = client.exchange(upgrade("/ordinary"));
      assertThat(response.status()).isEqualTo(200);
      assertThat(client.exchange(head("GET /next HTTP/1.1", "Host: t")).body())
          .isEqualTo("saw GET /next");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Upgrade: websocket",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "X: y",
      })
  void aSwitchWithoutItsHandshakeIsABadGateway(String field) throws Exception {
    backend.on(
        "/unshaken",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", field));
          c.awaitEnd();
        });
    try (RawClient client = proxy.connect()) {
      assertThat(client.exchange(upgrade("/unshaken")).status()).isEqualTo(502);
    }
  }

  @Test
  void anotherProtocolPassesAsWell() throws Exception {
    backend.on(
        "/chat",
        c -> {
          assertThat(c.request().value("Upgrade")).isEqualTo("chat/2");
          c.send(
              head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: chat/2"));
          c.in().transferTo(c.out());
          c.close();
        });
    try (RawClient client = proxy.connect()) {
      client.send(head("GET /chat HTTP/1.1", "Host: t", "Connection: Upgrade", "Upgrade: chat/2"));
      assertThat(client.read().status()).isEqualTo(101);
      client.send("hello").halfClose();
      assertThat(client.readToEnd()).isEqualTo("hello");
    }
  }
}
