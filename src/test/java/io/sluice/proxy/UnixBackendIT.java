package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.health.HealthStatus;
import io.sluice.testkit.Await;
import io.sluice.testkit.Conversation;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Reported;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsBackend;
import io.sluice.testkit.UnixDoor;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Backends behind Unix sockets: they are connected to, kept, checked and reported like others. */
@ExtendWith(OutputCaptureExtension.class)
class UnixBackendIT {
  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("app.sock");
  }

  private PoolSpec pool() {
    return PoolSpec.of("default", List.of(BackendSpec.of("app", new Address.Unix(path))));
  }

  private static RunningProxy start(PoolSpec pool) {
    return new ProxySetup().pool(pool).start();
  }

  private static String get(String target) {
    return head("GET " + target + " HTTP/1.1", "Host: t");
  }

  @Test
  void requestsAreServedOnAKeptConnectionAndReportedWithThePath() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        UnixDoor door = UnixDoor.open(path, backend.port());
        RunningProxy proxy = new ProxySetup().threads(1).pool(pool()).start()) {
      assertThat(door).isNotNull();
      for (String target : List.of("/a", "/b")) {
        assertThat(proxy.once(get(target)).body()).isEqualTo("saw GET " + target);
        Reported reported = proxy.awaitReport(target);
        assertThat(reported.backendId()).isEqualTo("app");
        assertThat(reported.backendAddress()).isEqualTo("unix:" + path);
      }
      assertThat(backend.connections()).as("the second request took the first one's").hasSize(1);
    }
  }

  @Test
  void aMissingSocketIs502AndTheLogSaysWhy(CapturedOutput log) throws Exception {
    try (RunningProxy proxy = start(pool())) {
      Response response = proxy.once(get("/missing"));
      assertThat(response.status()).isEqualTo(502);
      assertThat(response.body()).contains("cannot connect to the backend");
      assertThat(proxy.awaitReport("/missing").errorReason())
          .isEqualTo("cannot connect to the backend");
      assertThat(log.getAll())
          .contains(
              "default/app (unix:%s) cannot connect to the backend: no such file or directory"
                  .formatted(path));
    }
  }

  @Test
  void aSocketThatNobodyListensOnIs502AndTheLogSaysWhy(CapturedOutput log) throws Exception {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    try (RunningProxy proxy = start(pool())) {
      assertThat(proxy.once(get("/dead")).status()).isEqualTo(502);
      assertThat(log.getAll())
          .contains("default/app (unix:" + path + ") cannot connect", "Connection refused");
    }
  }

  @Test
  void whateverElseIsAtThePathIs502(CapturedOutput log) throws Exception {
    Files.writeString(path, "no socket");
    try (RunningProxy proxy = start(pool())) {
      assertThat(proxy.once(get("/file")).status()).isEqualTo(502);
      assertThat(log.getAll())
          .contains("default/app (unix:" + path + ") cannot connect", "Connection refused");
    }
  }

  @Test
  void anotherBackendIsTriedInstead() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        RunningProxy proxy =
            start(
                PoolSpec.of(
                    "default",
                    List.of(
                        BackendSpec.of("app", new Address.Unix(path)),
                        ProxySetup.backend("tcp", backend.port(), 1))))) {
      for (int i = 0; i < 4; i++) {
        assertThat(proxy.once(get("/" + i)).status()).isEqualTo(200);
      }
      assertThat(proxy.failures()).contains("no connection to app");
    }
  }

  @Test
  void bodiesPassInBothDirections() throws Exception {
    String body = "x".repeat(3_000_000);
    try (ScriptedBackend backend = ScriptedBackend.start();
        UnixDoor door = UnixDoor.open(path, backend.port());
        RunningProxy proxy = start(pool());
        RawClient client = proxy.connect()) {
      assertThat(door).isNotNull();
      backend.on("/echo", c -> c.send(Wire.ok(c.request().body())));
      Response response =
          client.exchange(
              head("POST /echo HTTP/1.1", "Host: t", "Content-Length: " + body.length()) + body);
      assertThat(response.body()).isEqualTo(body);
    }
  }

  @Test
  void tlsIsSpokenOverIt() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TlsSpec tls = new TlsSpec(true, "app.example", true, certificates.authorityFile(), null, null);
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forName("app.example"));
        UnixDoor door = UnixDoor.open(path, backend.port());
        RunningProxy proxy = start(pool().withTls(tls));
        RunningProxy strict =
            start(pool().withTls(new TlsSpec(true, "other.example", true, tls.ca(), null, null)))) {
      assertThat(door).isNotNull();
      assertThat(proxy.once(get("/x")).body()).isEqualTo("saw GET /x");
      assertThat(backend.seen()).containsExactly(new TlsBackend.Seen("app.example", null, "t"));
      assertThat(strict.once(get("/x")).status()).as("another name").isEqualTo(502);
    }
  }

  @Test
  void checksByHttpFollowIt() throws Exception {
    HealthCheckSpec often =
        HealthCheckSpec.DEFAULT
            .withType(HealthCheckSpec.Type.HTTP)
            .withInterval(Duration.ofMillis(20))
            .withTimeout(Await.DEADLINE);
    try (ScriptedBackend backend = ScriptedBackend.start();
        RunningProxy proxy = start(pool().withHealthCheck(often))) {
      Await.until(() -> state(proxy) == Health.State.DOWN, "it is down while there is no file");
      assertThat(Objects.requireNonNull(proxy.health("default", "app")).health().reason())
          .contains("no such file or directory");
      Await.until(() -> status(proxy) == 503, "it gets no requests");
      try (UnixDoor door = UnixDoor.open(path, backend.port())) {
        assertThat(door).isNotNull();
        Await.until(() -> state(proxy) == Health.State.UP, "it is up when it answers");
        Await.until(() -> status(proxy) == 200, "it gets requests again");
      }
    }
  }

  private static int status(RunningProxy proxy) {
    try {
      return proxy.once(get("/x")).status();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Health.State state(RunningProxy proxy) {
    HealthStatus status = Objects.requireNonNull(proxy.health("default", "app"));
    return status.health().state();
  }

  @Test
  void aTunnelGoesThroughIt() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        UnixDoor door = UnixDoor.open(path, backend.port());
        RunningProxy proxy = start(pool());
        RawClient client = proxy.connect()) {
      assertThat(door).isNotNull();
      backend.on("/tunnel", UnixBackendIT::echoes);
      client.send(head("GET /tunnel HTTP/1.1", "Host: t", "Connection: Upgrade", "Upgrade: x"));
      assertThat(client.read().status()).isEqualTo(101);
      client.send("ping");
      assertThat(Wire.text(client.in().readNBytes(4))).isEqualTo("ping");
    }
  }

  private static void echoes(Conversation c) throws IOException {
    c.request();
    c.send(head("HTTP/1.1 101 Switching", "Connection: Upgrade", "Upgrade: x"));
    c.in().transferTo(c.out());
    c.close();
  }
}
