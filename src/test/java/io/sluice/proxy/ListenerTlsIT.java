package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.ListenerSpec.Tls;
import io.sluice.testkit.Await;
import io.sluice.testkit.Pattern;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsClient;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests by https: the same as without, and their ends are told from cuts. */
class ListenerTlsIT {
  private static final String NAME = "one.example";
  private static final String GET = head("GET /x HTTP/1.1", "Host: one.example");
  private static final long BIG = 16L << 20;

  @TempDir private Path directory;
  private TestCertificates certificates;
  private ScriptedBackend backend;
  private RunningProxy proxy;
  private TlsClient client;

  /** What lies below the connections of {@link #tracked}. */
  private final Map<SSLSocket, Socket> plain = new HashMap<>();

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory);
    backend = ScriptedBackend.start();
    proxy =
        new ProxySetup()
            .listenerTls(Tls.with(certificates.forName(NAME).files()))
            .pool("p", backend.port())
            .start();
    client = TlsClient.trusting(certificates).serverName(NAME);
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void requestsAreServedByBothVersionsAndTheirBackendsLearnOfIt(String version) throws Exception {
    SSLSocket socket = client.versions(version).protocols("http/1.1").socket(proxy.port());
    try (RawClient connection = RawClient.on(socket)) {
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
      for (int i = 0; i < 3; i++) {
        assertThat(connection.exchange(GET).body()).isEqualTo("saw GET /x");
      }
    }
    ReadRequest got = backend.requestsSince(Map.of()).getFirst();
    assertThat(got.value("X-Forwarded-Proto")).isEqualTo("https");
    assertThat(got.value("Forwarded")).contains("proto=https");
    assertThat(proxy.awaitReport("/x").tls()).startsWith(version + " TLS_");
    assertThat(proxy.awaitReport("/x").serverName()).isEqualTo(NAME);
  }

  @Test
  void http2IsAgreedOnByAlpn() throws Exception {
    try (SSLSocket socket = client.protocols("h2", "http/1.1").socket(proxy.port())) {
      assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
    }
    try (SSLSocket socket = client.protocols("http/1.1", "h2").socket(proxy.port())) {
      assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
    }
    SSLContext context = TlsClient.trusting(certificates).context();
    SSLParameters parameters = context.getDefaultSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(NAME)));
    parameters.setEndpointIdentificationAlgorithm("");
    try (HttpClient http =
        HttpClient.newBuilder()
            .sslContext(context)
            .sslParameters(parameters)
            .version(HttpClient.Version.HTTP_2)
            .build()) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + proxy.port() + "/x"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(response.body()).isEqualTo("saw GET /x");
    }
    ReadRequest got = backend.requestsSince(Map.of()).getFirst();
    assertThat(got.value("X-Forwarded-Proto")).isEqualTo("https");
    assertThat(proxy.awaitReport("/x").tls()).startsWith("TLSv1.3 TLS_");
  }

  @Test
  void oldVersionsAreRefused() {
    assertThatThrownBy(() -> client.versions("TLSv1.1").connect(proxy.port()).close())
        .isInstanceOf(SSLException.class);
  }

  @Test
  void whoeverSpeaksHttpIsToldToUseTls() throws Exception {
    Response response = proxy.once(GET);
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.body()).contains("this port speaks TLS; ask by https://");
    assertThat(backend.connections()).isEmpty();
  }

  @Test
  void whateverElseIsNoTlsIsClosed() throws Exception {
    try (RawClient connection = proxy.connect()) {
      connection.send("\u0016\u0003\u0001\u0000\u0000");
      assertThat(connection.readToEnd()).isEmpty();
    }
    try (RawClient connection = proxy.connect()) {
      connection.send("\u0000\u0001\u0002\u0003\u0004\u0005\u0006");
      assertThat(connection.readToEnd()).isEmpty();
    }
  }

  @Test
  void bodiesPassWholeInBothDirections() throws Exception {
    backend.on(
        "/up",
        c -> {
          assertThat(Pattern.read(c.body())).isEqualTo(Pattern.sum(BIG));
          c.request();
          c.send(Wire.ok("whole"));
        });
    backend.on(
        "/down",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Content-Length: " + BIG));
          Pattern.write(c.out(), BIG);
        });
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        RawClient connection = client.connect(proxy.port())) {
      connection.send(head("POST /up HTTP/1.1", "Host: t", "Content-Length: " + BIG));
      Future<?> sent =
          threads.submit(
              () -> {
                Pattern.write(connection.out(), BIG);
                return null;
              });
      assertThat(connection.read("POST").body()).isEqualTo("whole");
      sent.get();
      connection.send(head("GET /down HTTP/1.1", "Host: t"));
      assertThat(Pattern.read(connection.readHead("GET").body())).isEqualTo(Pattern.sum(BIG));
    }
  }

  @Test
  void anAnswerThatEndsWithTheConnectionEndsWithCloseNotify() throws Exception {
    backend.on(
        "/x",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Connection: close") + "all of it");
          c.close();
        });
    try (RawClient connection = client.connect(proxy.port())) {
      connection.send(head("GET /x HTTP/1.0", "Host: t"));
      // Java's TLS throws for an end without close_notify
      assertThat(connection.readToEnd()).endsWith("all of it");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 100", "Transfer-Encoding: chunked", "X-Framing: none"})
  void aCutAnswerIsSeenToBeCut(String framing) throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    backend.on(
        "/x",
        c -> {
          c.request();
          String half = framing.endsWith("chunked") ? Wire.chunk("half of it") : "half of it";
          c.send(head("HTTP/1.1 200 OK", framing) + half);
          Await.latch(seen, "the client has the first half");
          c.reset();
        });
    try (SSLSocket socket = client.socket(proxy.port())) {
      String version = framing.startsWith("X") ? "1.0" : "1.1";
      socket.getOutputStream().write(Wire.bytes(head("GET /x HTTP/" + version, "Host: t")));
      StringBuilder got = new StringBuilder();
      while (!got.toString().contains("half of it")) {
        got.append((char) socket.getInputStream().read());
      }
      seen.countDown();
      assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void anUploadThatEndsWithoutCloseNotifyIsNotTakenForWhole() throws Exception {
    verifyCut(socket -> below(socket).shutdownOutput());
  }

  @Test
  void anUploadThatEndsWithCloseNotifyIsNotTakenForWhole() throws Exception {
    verifyCut(SSLSocket::close);
  }

  private interface End {
    void of(SSLSocket socket) throws IOException;
  }

  private Socket below(SSLSocket socket) {
    return Objects.requireNonNull(plain.get(socket));
  }

  private SSLSocket tracked() throws IOException {
    Socket below = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    SSLSocket socket = client.over(below);
    plain.put(socket, below);
    return socket;
  }

  private void verifyCut(End end) throws IOException {
    SSLSocket socket = tracked();
    OutputStream out = socket.getOutputStream();
    out.write(Wire.bytes(head("POST /x HTTP/1.1", "Host: t", "Transfer-Encoding: chunked")));
    out.write(Wire.bytes(Wire.chunk("half")));
    Await.until(
        () ->
            backend.connections().size() == 1
                && backend.connections().getFirst().received().contains("half"),
        "half of it has arrived");
    end.of(socket);
    Await.until(() -> backend.connections().getFirst().hasEnded(), "it is cut");
    assertThat(backend.connections().getFirst().received()).doesNotContain("0\r\n\r\n");
  }

  @Test
  void aRequestIsAnsweredAlthoughItsClientSendsNoMore() throws Exception {
    SSLSocket socket = tracked();
    CountDownLatch ended = new CountDownLatch(1);
    backend.on(
        "/x",
        c -> {
          c.request();
          Await.latch(ended, "the client has ended");
          c.send(Wire.ok("late"));
        });
    socket.getOutputStream().write(Wire.bytes(GET));
    Await.until(() -> !backend.connections().isEmpty(), "it is asked");
    below(socket).shutdownOutput();
    ended.countDown();
    assertThat(RawClient.on(socket).read().body()).isEqualTo("late");
  }

  @Test
  void closeNotifyWithdrawsARequest() throws Exception {
    backend.on(
        "/x",
        c -> {
          c.request();
          c.awaitEnd();
        });
    SSLSocket socket = tracked();
    socket.getOutputStream().write(Wire.bytes(GET));
    Await.until(() -> !backend.connections().isEmpty(), "it is asked");
    socket.shutdownOutput();
    Await.until(() -> backend.connections().getFirst().hasEnded(), "the backend is left");
    assertThat(proxy.awaitReport("/x").errorReason()).contains("client");
  }

  @Test
  void tunnelsCarryBytesBothWaysAndEndTogether() throws Exception {
    backend.on(
        "/echo",
        c -> {
          c.request();
          c.send(
              head(
                  "HTTP/1.1 101 Switching Protocols",
                  "Connection: Upgrade",
                  "Upgrade: websocket",
                  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
          c.in().transferTo(c.out());
          c.close();
        });
    try (RawClient connection = client.connect(proxy.port())) {
      connection.send(
          head(
              "GET /echo HTTP/1.1",
              "Host: t",
              "Connection: Upgrade",
              "Upgrade: websocket",
              "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
      assertThat(connection.read().status()).isEqualTo(101);
      connection.send("ping");
      assertThat(Wire.text(connection.in().readNBytes(4))).isEqualTo("ping");
      connection.halfClose();
      Await.until(() -> backend.connections().getFirst().hasEnded(), "the tunnel's other end");
    }
    Await.until(() -> proxy.status().requests() == 0, "the tunnel is over");
  }

  @Test
  void handshakesThatFailLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(
              () ->
                  client
                      .versions("TLSv1.2")
                      .ciphers("TLS_RSA_WITH_AES_128_CBC_SHA")
                      .connect(proxy.port())
                      .close())
          .isInstanceOf(SSLHandshakeException.class);
    }
    Await.until(() -> proxy.status().connections() == 0, "every connection is closed");
  }
}
