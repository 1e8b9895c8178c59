package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ListenerSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is waited for, the wait ends, and with the answer that says why. */
class TimeoutsIT {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(60);

  private ScriptedBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private static ListenerSpec.Limits limits(
      Duration header, Duration body, int rate, Duration keepAlive, Duration tunnel) {
    return new ListenerSpec.Limits(
        0, 0, 8 * 1024, 32 * 1024, 100, header, body, rate, keepAlive, tunnel);
  }

  private static PoolSpec.Timeouts timeouts(
      Duration connect, Duration tls, Duration firstByte, Duration idle, Duration total) {
    return new PoolSpec.Timeouts(connect, tls, firstByte, idle, total);
  }

  private RunningProxy with(ListenerSpec.Limits limits) {
    return new ProxySetup().limits(limits).pool("p", backend.port()).start();
  }

  private RunningProxy with(PoolSpec.Timeouts timeouts) {
    return new ProxySetup().timeouts(timeouts).pool("p", backend.port()).start();
  }

  private static String get(String target) {
    return head("GET " + target + " HTTP/1.1", "Host: t");
  }

  private static void verify(Response response, int status) {
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.complete()).isTrue();
    assertThat(response.has("X-Request-Id")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"G", "GET /x HTTP/1.1\r\n", "GET /x HTTP/1.1\r\nHost: t\r\nX: y\r\n"})
  void aHeadThatDoesNotEndIsATimeout(String start) throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 0, LONG, LONG));
        RawClient client = proxy.connect()) {
      client.send(start);
      Response response = client.read();
      verify(response, 408);
      assertThat(response.saysClose()).isTrue();
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(backend.connections()).isEmpty();
  }

  @Test
  void aHeadThatDripsIsATimeoutAllTheSame() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 0, LONG, LONG));
        RawClient client = proxy.connect()) {
      client.send("GET /x HTTP/1.1\r\nHost: t\r\nX: ");
      Await.until(() -> !client.offer("y") || !proxy.reported().isEmpty(), "the head times out");
      assertThat(proxy.reported().getFirst().status()).isEqualTo(408);
    }
  }

  @Test
  void aConnectionThatSaysNothingIsClosed() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 0, LONG, LONG));
        RawClient client = proxy.connect()) {
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @Test
  void aHeadOnAKeptConnectionTimesOutToo() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 0, LONG, LONG));
        RawClient client = proxy.connect()) {
      verifyOk(client.exchange(get("/first")));
      client.send("GET /second");
      verify(client.read(), 408);
    }
  }

  private static void verifyOk(Response response) {
    assertThat(response.status()).isEqualTo(200);
  }

  @Test
  void anIdleConnectionIsClosedWithoutAWord() throws Exception {
    try (RunningProxy proxy = with(limits(LONG, LONG, 0, SHORT, LONG));
        RawClient client = proxy.connect()) {
      verifyOk(client.exchange(get("/x")));
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 50", "Transfer-Encoding: chunked"})
  void aBodyThatDoesNotComeIsATimeout(String framing) throws Exception {
    try (RunningProxy proxy = with(limits(LONG, SHORT, 0, LONG, LONG));
        RawClient client = proxy.connect()) {
      client.send(head("POST /x HTTP/1.1", "Host: t", framing) + "5\r\nhello\r\n");
      Response response = client.read("POST");
      verify(response, 408);
      assertThat(response.saysClose()).isTrue();
      assertThat(client.readToEnd()).isEmpty();
      Await.until(() -> backend.connections().getFirst().hasEnded(), "the backend sees the end");
    }
    assertThat(backend.requestsSince(java.util.Map.of())).isEmpty();
  }

  @Test
  void aBodyThatDripsTooSlowlyIsATimeout() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 1_000_000, LONG, LONG));
        RawClient client = proxy.connect()) {
      client.send(head("POST /x HTTP/1.1", "Host: t", "Content-Length: 100000000"));
      Await.until(() -> !client.offer("x") || !proxy.reported().isEmpty(), "the body times out");
      assertThat(proxy.awaitReport("/x").status()).isEqualTo(408);
    }
  }

  @Test
  void aBackendThatDoesNotAnswerIsAGatewayTimeout() throws Exception {
    backend.on("/silent", c -> c.awaitEnd());
    try (RunningProxy proxy = with(timeouts(LONG, LONG, SHORT, LONG, Duration.ZERO));
        RawClient client = proxy.connect()) {
      verify(client.exchange(get("/silent")), 504);
      Await.until(() -> backend.connections().getFirst().hasEnded(), "the backend is let go");
      verifyOk(client.exchange(get("/next")));
    }
  }

  @Test
  void aBackendThatOnlyPromisesIsATimeoutAsWell() throws Exception {
    backend.on(
        "/hints",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 103 Early Hints"));
          c.awaitEnd();
        });
    try (RunningProxy proxy = with(timeouts(LONG, LONG, SHORT, SHORT, Duration.ZERO));
        RawClient client = proxy.connect()) {
      verify(client.exchange(get("/hints")), 504);
    }
  }

  @Test
  void aBackendThatStopsInItsHeadIsATimeout() throws Exception {
    backend.on(
        "/half-head",
        c -> {
          c.request();
          c.send("HTTP/1.1 200 OK\r\nX: ");
          c.awaitEnd();
        });
    try (RunningProxy proxy = with(timeouts(LONG, LONG, SHORT, SHORT, Duration.ZERO));
        RawClient client = proxy.connect()) {
      verify(client.exchange(get("/half-head")), 504);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 50", "Transfer-Encoding: chunked", "X: until close"})
  void aBackendThatStopsInItsBodyIsCut(String framing) throws Exception {
    backend.on(
        "/stops",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", framing) + "5\r\nhello\r\n");
          c.awaitEnd();
        });
    try (RunningProxy proxy = with(timeouts(LONG, LONG, LONG, SHORT, Duration.ZERO));
        RawClient client = proxy.connect()) {
      Response response = client.exchange(get("/stops"));
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.complete()).isFalse();
      assertThat(proxy.awaitReport("/stops").errorReason()).isNotNull();
    }
  }

  @Test
  void aRequestThatTakesTooLongInAllIsAGatewayTimeout() throws Exception {
    backend.on("/silent", c -> c.awaitEnd());
    try (RunningProxy proxy = with(timeouts(LONG, LONG, LONG, LONG, SHORT));
        RawClient client = proxy.connect()) {
      verify(client.exchange(get("/silent")), 504);
    }
  }

  @Test
  void anAnswerThatTakesTooLongInAllIsCut() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    backend.on(
        "/drips",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"));
          Await.until(
              () -> {
                try {
                  c.send(Wire.chunk("x"));
                  return c.in().available() > 0;
                } catch (IOException e) {
                  cut.countDown();
                  return true;
                }
              },
              "the proxy cuts the answer");
          c.close();
        });
    try (RunningProxy proxy = with(timeouts(LONG, LONG, LONG, LONG, SHORT));
        RawClient client = proxy.connect()) {
      assertThat(client.exchange(get("/drips")).complete()).isFalse();
      Await.latch(cut, "the backend's connection is cut");
    }
  }

  @Test
  void aBackendThatRefusesIsABadGateway() throws Exception {
    backend.close();
    try (RunningProxy proxy = with(timeouts(LONG, LONG, LONG, LONG, Duration.ZERO));
        RawClient client = proxy.connect()) {
      verify(client.exchange(get("/refused")), 502);
      verify(client.exchange(get("/again")), 502);
      assertThat(proxy.awaitReport("/refused").errorReason()).contains("connect");
    }
  }

  @Test
  void aBackendThatDoesNotAcceptIsAGatewayTimeout() throws Exception {
    List<Socket> filling = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      fill(full, filling);
      try (RunningProxy proxy =
              new ProxySetup()
                  .timeouts(timeouts(SHORT, LONG, LONG, LONG, Duration.ZERO))
                  .pool("p", full.getLocalPort())
                  .start();
          RawClient client = proxy.connect()) {
        verify(client.exchange(get("/x")), 504);
      }
    } finally {
      for (Socket socket : filling) {
        socket.close();
      }
    }
  }

  /** Takes every place in the kernel's queue. */
  private static void fill(ServerSocket server, List<Socket> filling) throws IOException {
    while (true) {
      Socket socket = new Socket();
      filling.add(socket);
      try {
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()), 200);
      } catch (SocketTimeoutException e) {
        return; // the queue is full
      }
    }
  }

  @Test
  void aTlsHandshakeThatDoesNotEndIsAGatewayTimeout() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        RunningProxy proxy =
            new ProxySetup()
                .timeouts(timeouts(LONG, SHORT, LONG, LONG, Duration.ZERO))
                .tls(new TlsSpec(true, "t", false, null, null, null))
                .pool("p", mute.getLocalPort())
                .start();
        RawClient client = proxy.connect()) {
      verify(client.exchange(get("/x")), 504);
    }
  }

  @Test
  void aTunnelWithoutBytesIsEnded() throws Exception {
    backend.on(
        "/tunnel",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 101 Switching", "Connection: Upgrade", "Upgrade: x"));
          c.awaitEnd();
        });
    try (RunningProxy proxy = with(limits(LONG, LONG, 0, LONG, SHORT));
        RawClient client = proxy.connect()) {
      client.send(head("GET /tunnel HTTP/1.1", "Host: t", "Connection: Upgrade", "Upgrade: x"));
      assertThat(client.read().status()).isEqualTo(101);
      assertThat(client.readToEnd()).isEmpty();
      assertThat(proxy.awaitReport("/tunnel").errorReason()).isNotNull();
    }
  }

  @Test
  void aClientThatStopsReadingIsCut() throws Exception {
    backend.on(
        "/unread",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"));
          io.sluice.testkit.Pattern.writeChunks(c.out(), Long.MAX_VALUE);
        });
    try (RunningProxy proxy = with(timeouts(LONG, LONG, LONG, SHORT, Duration.ZERO));
        RawClient client = RawClient.connect(proxy.port(), 16 * 1024)) {
      client.send(get("/unread"));
      assertThat(proxy.awaitReport("/unread").errorReason()).isNotNull();
      Await.until(() -> backend.connections().getFirst().hasEnded(), "the backend is let go");
    }
  }
}
