package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kept connections that the backend has ended meanwhile must cost no request. */
class StaleConnectionIT {
  private ScriptedBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private static String request(String method, String target) {
    String body = method.equals("GET") || method.equals("DELETE") ? "" : "hello";
    return head(method + " " + target + " HTTP/1.1", "Host: t", "Content-Length: " + body.length())
        + body;
  }

  private void closeIdleConnections() throws IOException {
    for (BackendConnection connection : backend.connections()) {
      connection.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "PATCH"})
  void aRequestAfterTheBackendClosedItsIdleConnectionsSucceeds(String method) throws Exception {
    try (RunningProxy proxy = new ProxySetup().threads(1).pool("p", backend.port()).start();
        RawClient client = proxy.connect()) {
      for (int i = 0; i < 20; i++) {
        String target = "/n" + i;
        Response response =
            client.exchange(
                method.equals("HEAD")
                    ? head("HEAD " + target + " HTTP/1.1", "Host: t")
                    : request(method, target));
        assertThat(response.status()).as("request %d", i).isEqualTo(200);
        closeIdleConnections();
      }
      assertThat(backend.requestsSince(Map.of())).hasSize(20);
    }
  }

  /** The backend takes the second request of each connection and dies without a word. */
  @ParameterizedTest
  @CsvSource({"GET, 200", "HEAD, 200", "PUT, 200", "DELETE, 200", "POST, 502", "PATCH, 502"})
  void onlyARequestThatMayBeRepeatedIsSentAgain(String method, int status) throws Exception {
    AtomicInteger deaths = new AtomicInteger();
    backend.on(
        "/second",
        c -> {
          c.request();
          if (backend.connections().size() == 1) {
            deaths.incrementAndGet();
            c.reset();
          } else {
            c.send(head("HTTP/1.1 200 OK", "Content-Length: 0"));
          }
        });
    try (RunningProxy proxy = new ProxySetup().threads(1).pool("p", backend.port()).start();
        RawClient client = proxy.connect()) {
      assertThat(client.exchange(request("GET", "/first")).status()).isEqualTo(200);
      Response response =
          client.exchange(
              method.equals("HEAD")
                  ? head("HEAD /second HTTP/1.1", "Host: t")
                  : request(method, "/second"));
      assertThat(response.status()).isEqualTo(status);
      assertThat(deaths.get()).isEqualTo(1);
      long sent =
          backend.requestsSince(Map.of()).stream()
              .filter(r -> r.target().equals("/second"))
              .count();
      assertThat(sent).isEqualTo(status == 200 ? 2 : 1);
      assertThat(proxy.awaitReport("/second").tries()).isEqualTo(status == 200 ? 2 : 1);
    }
  }

  @Test
  void aRepeatedRequestHasItsWholeBody() throws Exception {
    String body = "0123456789".repeat(2000);
    backend.on(
        "/put",
        c -> {
          ReadRequest request = c.request();
          if (backend.connections().size() == 1) {
            c.close();
          } else {
            c.send(Wire.ok("got " + request.body().equals(body)));
          }
        });
    try (RunningProxy proxy = new ProxySetup().threads(1).pool("p", backend.port()).start();
        RawClient client = proxy.connect()) {
      client.exchange(request("GET", "/first"));
      client.send(head("PUT /put HTTP/1.1", "Host: t", "Content-Length: " + body.length()) + body);
      assertThat(client.read("PUT").body()).isEqualTo("got true");
    }
  }

  @Test
  void aRequestIsNotSentAgainOnceItsAnswerHasBegun() throws Exception {
    backend.on(
        "/begun",
        c -> {
          c.request();
          c.send("HTTP/1.1 200 OK\r\nX: ");
          c.close();
        });
    try (RunningProxy proxy =
            new ProxySetup()
                .threads(1)
                .retries(PoolSpec.Retries.NONE)
                .pool("p", backend.port())
                .start();
        RawClient client = proxy.connect()) {
      client.exchange(request("GET", "/first"));
      assertThat(client.exchange(request("GET", "/begun")).status()).isEqualTo(502);
      assertThat(proxy.awaitReport("/begun").tries()).isEqualTo(1);
    }
  }

  @Test
  void aFreshConnectionThatDiesIsNoReasonToTryAgain() throws Exception {
    backend.on(
        "/dies",
        c -> {
          c.request();
          c.reset();
        });
    try (RunningProxy proxy =
        new ProxySetup()
            .threads(1)
            .retries(PoolSpec.Retries.NONE)
            .pool("p", backend.port())
            .start()) {
      assertThat(proxy.once(request("GET", "/dies")).status()).isEqualTo(502);
      assertThat(backend.requestsSince(Map.of())).hasSize(1);
    }
  }

  @Test
  void connectionsAreReusedAndTheirRulesKept() throws Exception {
    PoolSpec.KeepAlive three = new PoolSpec.KeepAlive(8, Duration.ofMinutes(1), Duration.ZERO, 3);
    try (RunningProxy proxy =
            new ProxySetup().threads(1).keepAlive(three).pool("p", backend.port()).start();
        RawClient client = proxy.connect()) {
      for (int i = 0; i < 9; i++) {
        assertThat(client.exchange(request("GET", "/n" + i)).status()).isEqualTo(200);
      }
      assertThat(backend.connections()).hasSize(3);
      Await.until(
          () -> backend.connections().stream().allMatch(BackendConnection::hasEnded),
          "used-up connections are closed");
    }
  }

  @Test
  void idleConnectionsAreClosedInTime() throws Exception {
    PoolSpec.KeepAlive brief = new PoolSpec.KeepAlive(8, Duration.ofMillis(200), Duration.ZERO, 0);
    try (RunningProxy proxy =
            new ProxySetup().threads(1).keepAlive(brief).pool("p", backend.port()).start();
        RawClient client = proxy.connect()) {
      assertThat(client.exchange(request("GET", "/x")).status()).isEqualTo(200);
      Await.until(backend.connections().getFirst()::hasEnded, "the idle connection is closed");
      Await.until(() -> proxy.status().upstreamConnections() == 0, "and counted as closed");
    }
  }

  @Test
  void noMoreThanTheWantedNumberIsKept() throws Exception {
    PoolSpec.KeepAlive none = new PoolSpec.KeepAlive(0, Duration.ofMinutes(1), Duration.ZERO, 0);
    try (RunningProxy proxy =
            new ProxySetup().threads(1).keepAlive(none).pool("p", backend.port()).start();
        RawClient client = proxy.connect()) {
      for (int i = 0; i < 5; i++) {
        assertThat(client.exchange(request("GET", "/x")).status()).isEqualTo(200);
      }
      assertThat(backend.connections()).hasSize(5);
    }
  }
}
