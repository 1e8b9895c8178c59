package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health;
import io.sluice.config.Address;
import io.sluice.config.Cidr;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.PoolSpec.ProxyProtocol;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.DeadPort;
import io.sluice.testkit.Edits;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.ProxyDoor;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsBackend;
import io.sluice.testkit.UnixClient;
import io.sluice.testkit.Wire;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends that are told of the client by PROXY protocol. */
class ProxyProtocolOutIT {
  private static final String LOCAL = "20000000";

  private ScriptedBackend backend;
  private ProxyDoor door;

  @BeforeEach
  void start() throws Exception {
    backend = ScriptedBackend.start();
    door = ProxyDoor.open(backend.port());
  }

  @AfterEach
  void stop() throws Exception {
    door.close();
    backend.close();
  }

  private static String get(String target) {
    return head("GET " + target + " HTTP/1.1", "Host: t");
  }

  private static ProxySetup telling(ProxyProtocol version) {
    return new ProxySetup().threads(1).eachPool(pool -> pool.withProxyProtocol(version));
  }

  private RunningProxy start(ProxyProtocol version) {
    return telling(version).pool("default", door.port()).start();
  }

  private static String header(ProxyProtocol version, RawClient client, RunningProxy proxy) {
    return version == ProxyProtocol.V1
        ? "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d".formatted(client.localPort(), proxy.port())
        : "2111000c7f0000017f000001%04x%04x".formatted(client.localPort(), proxy.port());
  }

  @ParameterizedTest
  @EnumSource(
      value = ProxyProtocol.class,
      names = {"V1", "V2"})
  void aConnectionBeginsWithBothEndsOfTheClients(ProxyProtocol version) throws Exception {
    try (RunningProxy proxy = start(version);
        RawClient client = proxy.connect()) {
      assertThat(client.exchange(get("/x")).body()).isEqualTo("saw GET /x");
      assertThat(door.headers()).containsExactly(header(version, client, proxy));
    }
  }

  @Test
  void aClientsRequestsShareAConnectionAndNobodyElsesDo() throws Exception {
    try (RunningProxy proxy = start(ProxyProtocol.V1);
        RawClient one = proxy.connect();
        RawClient other = proxy.connect()) {
      for (int i = 0; i < 3; i++) {
        assertThat(one.exchange(get("/one" + i)).status()).isEqualTo(200);
        assertThat(other.exchange(get("/other" + i)).status()).isEqualTo(200);
      }
      assertThat(door.headers())
          .containsExactly(
              header(ProxyProtocol.V1, one, proxy), header(ProxyProtocol.V1, other, proxy));
      for (String target : List.of("/one0", "/one1", "/one2")) {
        assertThat(backend.connections().getFirst().received()).contains("GET " + target);
      }
      assertThat(backend.connections().getFirst().received()).doesNotContain("/other");
    }
  }

  @Test
  void streamsOfOneHttp2ConnectionAreOneClientsRequests() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    backend.on(
        "/held",
        c -> {
          c.request();
          Await.latch(answer, "the test lets it answer");
          c.send(Wire.ok("held"));
        });
    try (RunningProxy proxy = start(ProxyProtocol.V1)) {
      try (Http2Client client = Http2Client.connect(proxy.port())) {
        List<Integer> streams =
            List.of(client.get("/held"), client.get("/held"), client.get("/held"));
        Await.until(() -> door.headers().size() == 3, "each has a connection of its own");
        answer.countDown();
        for (int stream : streams) {
          assertThat(client.await(stream).body()).isEqualTo("held");
        }
        assertThat(client.await(client.get("/later")).status()).isEqualTo(200);
        assertThat(door.headers()).hasSize(3);
        assertThat(Set.copyOf(door.headers())).as("all for the same client").hasSize(1);
        try (RawClient other = proxy.connect()) {
          assertThat(other.exchange(get("/other")).status()).isEqualTo(200);
          assertThat(door.headers()).hasSize(4).contains(header(ProxyProtocol.V1, other, proxy));
        }
      }
      Await.until(() -> door.connections() == 0, "all end with their clients");
      Await.until(() -> proxy.status().upstreamConnections() == 0, "and none is counted any more");
    }
  }

  @Test
  void aConnectionEndsWithItsClient() throws Exception {
    try (RunningProxy proxy = start(ProxyProtocol.V2)) {
      try (RawClient client = proxy.connect()) {
        client.exchange(get("/x"));
        Await.until(() -> proxy.status().upstreamConnections() == 1, "it is kept");
        assertThat(door.connections()).isEqualTo(1);
      }
      Await.until(() -> door.connections() == 0, "it is closed");
      Await.until(() -> proxy.status().upstreamConnections() == 0, "and not counted any more");
      Await.until(() -> proxy.status().upstreamIdle() == 0, "nor as an idle one");
    }
  }

  @Test
  void aConnectionEndsWithAClientThatDoesNotWaitForItsAnswer() throws Exception {
    backend.on(
        "/slow",
        c -> {
          c.request();
          c.in().transferTo(OutputStream.nullOutputStream());
        });
    try (RunningProxy proxy = start(ProxyProtocol.V2)) {
      RawClient client = proxy.connect();
      client.send(get("/slow"));
      Await.until(() -> door.connections() == 1, "the request is with the backend");
      client.reset();
      Await.until(() -> door.connections() == 0, "it is closed");
      Await.until(() -> proxy.status().upstreamConnections() == 0, "and not counted any more");
    }
  }

  @Test
  void theNextConnectionOfAClientBeginsWithTheHeaderToo() throws Exception {
    backend.on(
        "/last", c -> c.send(head("HTTP/1.1 200 OK", "Content-Length: 0", "Connection: close")));
    try (RunningProxy proxy = start(ProxyProtocol.V1);
        RawClient client = proxy.connect()) {
      client.exchange(get("/last"));
      assertThat(client.exchange(get("/next")).status()).isEqualTo(200);
      String header = header(ProxyProtocol.V1, client, proxy);
      assertThat(door.headers()).containsExactly(header, header);
    }
  }

  @Test
  void anotherTryTellsTheOtherBackend() throws Exception {
    try (DeadPort dead = new DeadPort();
        RunningProxy proxy =
            telling(ProxyProtocol.V2).pool("default", dead.port(), door.port()).start();
        RawClient client = proxy.connect()) {
      for (int i = 0; i < 4; i++) {
        assertThat(client.exchange(get("/" + i)).status()).isEqualTo(200);
      }
      assertThat(proxy.failures()).contains("tried again after b1");
      assertThat(door.headers()).containsExactly(header(ProxyProtocol.V2, client, proxy));
    }
  }

  @Test
  void whatAProxyInFrontHasNamedIsPassedOn() throws Exception {
    Cidr loopback = new Cidr(InetAddress.ofLiteral("127.0.0.0"), 8);
    try (RunningProxy proxy =
        telling(ProxyProtocol.V1).proxyProtocol(loopback).pool("default", door.port()).start()) {
      String line = "PROXY TCP6 2001:db8::9 fd00::1 56581 443";
      try (RawClient client = proxy.connect()) {
        assertThat(client.send(line + "\r\n").exchange(get("/x")).status()).isEqualTo(200);
        assertThat(door.headers()).containsExactly(line);
      }
      try (RawClient client = proxy.connect()) {
        assertThat(client.send("PROXY UNKNOWN\r\n").exchange(get("/y")).status()).isEqualTo(200);
        assertThat(door.headers()).containsExactly(line, header(ProxyProtocol.V1, client, proxy));
      }
    }
  }

  @Test
  void aClientWithoutAddressIsNotMadeUp(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("s");
    try (RunningProxy proxy =
        telling(ProxyProtocol.V2)
            .listen(new Address.Unix(path))
            .pool("default", door.port())
            .start()) {
      assertThat(proxy.status().requests()).isZero();
      assertThat(UnixClient.once(path, get("/x")).status()).isEqualTo(200);
      assertThat(door.headers()).containsExactly(LOCAL);
    }
  }

  @Test
  void theHeaderComesBeforeTls(@TempDir Path directory) throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TlsSpec tls = new TlsSpec(true, "app.example", true, certificates.authorityFile(), null, null);
    try (TlsBackend secure = TlsBackend.start("b1", certificates.forName("app.example"));
        ProxyDoor before = ProxyDoor.open(secure.port());
        RunningProxy proxy =
            telling(ProxyProtocol.V1)
                .eachPool(
                    pool ->
                        pool.withProxyProtocol(ProxyProtocol.V1)
                            .withTls(tls)
                            .withHealthCheck(often(HealthCheckSpec.Type.HTTP)))
                .pool("default", before.port())
                .start();
        RawClient client = proxy.connect()) {
      assertThat(client.exchange(get("/x")).body()).isEqualTo("saw GET /x");
      assertThat(before.headers()).contains(header(ProxyProtocol.V1, client, proxy));
      Await.until(() -> state(proxy) == Health.State.UP, "checks pass, by TLS too");
      assertThat(before.headers()).contains("PROXY UNKNOWN");
    }
  }

  // ---------------------------------------------------------------- limits and changes

  @Test
  void anIdleConnectionOfOneClientGivesWayToAnother() throws Exception {
    try (RunningProxy proxy =
            telling(ProxyProtocol.V1)
                .poolLimits(new PoolSpec.Limits(1, 0, 0, 0, Duration.ofSeconds(20)))
                .pool("default", door.port())
                .start();
        RawClient one = proxy.connect();
        RawClient other = proxy.connect()) {
      for (int i = 0; i < 3; i++) {
        assertThat(one.exchange(get("/" + i)).status()).isEqualTo(200);
        assertThat(other.exchange(get("/" + i)).status()).isEqualTo(200);
      }
      assertThat(door.headers()).hasSize(6);
      assertThat(proxy.status().upstreamConnections()).isEqualTo(1);
    }
  }

  @Test
  void aRequestThatLacksAConnectionIsNotGivenAnothersClients() throws Exception {
    try (RunningProxy proxy =
            telling(ProxyProtocol.V1)
                .poolLimits(new PoolSpec.Limits(1, 0, 0, 10, Duration.ofSeconds(20)))
                .pool("default", door.port())
                .start();
        RawClient one = proxy.connect();
        RawClient other = proxy.connect()) {
      CountDownLatch answer = new CountDownLatch(1);
      backend.on(
          "/held",
          c -> {
            c.request();
            Await.latch(answer, "the test lets it answer");
            c.send(Wire.ok("held"));
          });
      one.send(get("/held"));
      Await.until(() -> proxy.backend("b1").requests() == 1, "the first holds the connection");
      other.send(get("/waits"));
      Await.until(
          () -> proxy.status().loads().getFirst().waiting() == 1, "the second waits for room");
      answer.countDown();
      assertThat(one.read().body()).isEqualTo("held");
      assertThat(other.read().body()).isEqualTo("saw GET /waits");
      assertThat(door.headers())
          .containsExactly(
              header(ProxyProtocol.V1, one, proxy), header(ProxyProtocol.V1, other, proxy));
    }
  }

  @Test
  void connectionsOfBeforeAChangeAreNotUsedAfterIt() throws Exception {
    try (RunningProxy proxy = new ProxySetup().threads(1).pool("default", backend.port()).start();
        RawClient client = proxy.connect()) {
      client.exchange(get("/shared"));
      assertThat(backend.connections()).hasSize(1);
      proxy.change(
          Edits.pool(
              "default",
              pool ->
                  pool.withProxyProtocol(ProxyProtocol.V2)
                      .withBackends(List.of(ProxySetup.backend("b1", door.port(), 1)))));
      assertThat(client.exchange(get("/own")).status()).isEqualTo(200);
      assertThat(door.headers()).containsExactly(header(ProxyProtocol.V2, client, proxy));
      Await.until(() -> backend.connections().getFirst().hasEnded(), "the old one is closed");
    }
  }

  // ---------------------------------------------------------------- health checks

  private static HealthCheckSpec often(HealthCheckSpec.Type type) {
    return HealthCheckSpec.DEFAULT
        .withType(type)
        .withInterval(Duration.ofMillis(20))
        .withTimeout(Await.DEADLINE);
  }

  private static Health.State state(RunningProxy proxy) {
    return Objects.requireNonNull(proxy.health("default", "b1")).health().state();
  }

  @ParameterizedTest
  @EnumSource(HealthCheckSpec.Type.class)
  void checksSpeakForNobody(HealthCheckSpec.Type type) throws Exception {
    for (ProxyProtocol version : List.of(ProxyProtocol.V1, ProxyProtocol.V2)) {
      try (ProxyDoor checked = ProxyDoor.open(backend.port());
          RunningProxy proxy =
              telling(version)
                  .eachPool(pool -> pool.withProxyProtocol(version).withHealthCheck(often(type)))
                  .pool("default", checked.port())
                  .start()) {
        Await.until(() -> checked.headers().size() >= 3, "checks are made");
        Await.until(() -> state(proxy) == Health.State.UP, "and pass");
        assertThat(checked.headers())
            .containsOnly(version == ProxyProtocol.V1 ? "PROXY UNKNOWN" : LOCAL);
      }
    }
  }

  @Test
  void checksFollowAChange() throws Exception {
    try (ProxyDoor checked = ProxyDoor.open(backend.port());
        RunningProxy proxy =
            telling(ProxyProtocol.V1)
                .eachPool(
                    pool ->
                        pool.withProxyProtocol(ProxyProtocol.V1)
                            .withHealthCheck(often(HealthCheckSpec.Type.TCP)))
                .pool("default", checked.port())
                .start()) {
      Await.until(() -> checked.headers().contains("PROXY UNKNOWN"), "by version 1");
      proxy.change(Edits.pool("default", pool -> pool.withProxyProtocol(ProxyProtocol.V2)));
      Await.until(() -> checked.headers().contains(LOCAL), "by version 2");
      Response response = proxy.once(get("/x"));
      assertThat(response.status()).isEqualTo(200);
    }
  }
}
