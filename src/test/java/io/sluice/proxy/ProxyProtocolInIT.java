package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BalanceSpec;
import io.sluice.config.Cidr;
import io.sluice.config.ListenerSpec;
import io.sluice.config.RouteSpec;
import io.sluice.http.ProxyHeader;
import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Response;
import io.sluice.testkit.RouteSetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.UnixClient;
import io.sluice.testkit.Wire;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Clients behind proxies that speak the PROXY protocol. */
@ExtendWith(OutputCaptureExtension.class)
class ProxyProtocolInIT {
  private static final Cidr LOOPBACK = network("127.0.0.0", 8);
  private static final Cidr ELSEWHERE = network("10.0.0.0", 8);
  private static final String LINE = "PROXY TCP4 203.0.113.9 192.0.2.1 56581 443\r\n";

  private ScriptedBackend backend;

  @BeforeEach
  void start() throws Exception {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws Exception {
    backend.close();
  }

  private static Cidr network(String address, int prefix) {
    return new Cidr(InetAddress.ofLiteral(address), prefix);
  }

  private ProxySetup behind(Cidr network) {
    return new ProxySetup().proxyProtocol(network).pool("default", backend.port());
  }

  private static String get(String target, String... fields) {
    return "GET "
        + target
        + " HTTP/1.1\r\nHost: t\r\n"
        + Stream.of(fields).map(field -> field + "\r\n").collect(Collectors.joining())
        + "\r\n";
  }

  private static String v2(String client, int port) {
    return Wire.text(
        ProxyHeader.between(
                new InetSocketAddress(InetAddress.ofLiteral(client), port),
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 443))
            .v2());
  }

  private ReadRequest only() {
    List<ReadRequest> requests = backend.requestsSince(Map.of());
    assertThat(requests).hasSize(1);
    return requests.getFirst();
  }

  private static Response ask(RunningProxy proxy, String header, String request) throws Exception {
    try (RawClient client = proxy.connect()) {
      return client.send(header).exchange(request);
    }
  }

  // ---------------------------------------------------------------- who the client is

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theClientIsWhomTheHeaderNames(int version) throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start()) {
      String header = version == 1 ? LINE : v2("203.0.113.9", 56581);
      assertThat(ask(proxy, header, get("/x")).status()).isEqualTo(200);
      ReadRequest got = only();
      assertThat(got.value("X-Forwarded-For")).isEqualTo("203.0.113.9");
      assertThat(got.value("Forwarded")).isEqualTo("for=203.0.113.9;proto=http;host=\"t\"");
      assertThat(proxy.awaitReport("/x").client()).isEqualTo("203.0.113.9");
      assertThat(proxy.headersRefused()).isZero();
    }
  }

  @Test
  void anIpv6ClientIsNamedByBothVersions() throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start()) {
      ask(proxy, "PROXY TCP6 2001:DB8::9 fd00::1 1 2\r\n", get("/one"));
      ask(proxy, v2("2001:db8::9", 1), get("/two"));
      assertThat(proxy.awaitReport("/one").client()).isEqualTo("2001:db8::9");
      assertThat(proxy.awaitReport("/two").client()).isEqualTo("2001:db8::9");
    }
  }

  @Test
  void theHeaderHoldsForEveryRequestOfItsConnectionAndNoOther() throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start();
        RawClient client = proxy.connect()) {
      client.send(LINE + get("/1") + get("/2"));
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(client.exchange(get("/3")).status()).isEqualTo(200);
      ask(proxy, v2("198.51.100.7", 1), get("/other"));
      for (String target : List.of("/1", "/2", "/3")) {
        assertThat(proxy.awaitReport(target).client()).isEqualTo("203.0.113.9");
      }
      assertThat(proxy.awaitReport("/other").client()).isEqualTo("198.51.100.7");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theHeaderMayArriveByteByByte(int version) throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start();
        RawClient client = proxy.connect()) {
      String header = version == 1 ? LINE : v2("203.0.113.9", 56581);
      for (char c : (header + get("/x")).toCharArray()) {
        client.send(String.valueOf(c));
      }
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(proxy.awaitReport("/x").client()).isEqualTo("203.0.113.9");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN 203.0.113.9 1 2 3\r\n", "v2"})
  void aProxyThatSpeaksForItselfIsTheClient(String line) throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start()) {
      String header = line.equals("v2") ? Wire.text(ProxyHeader.LOCAL.v2()) : line;
      assertThat(ask(proxy, header, get("/x")).status()).isEqualTo(200);
      assertThat(proxy.awaitReport("/x").client()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void theHeaderStandsInFrontOfHttp2Too() throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start()) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
      socket.setSoTimeout((int) Await.DEADLINE.toMillis());
      socket.getOutputStream().write(Wire.bytes(LINE));
      try (Http2Client client = Http2Client.on(socket)) {
        assertThat(client.await(client.get("/one")).status()).isEqualTo(200);
        assertThat(client.await(client.get("/two")).status()).isEqualTo(200);
      }
      assertThat(proxy.awaitReport("/one").client()).isEqualTo("203.0.113.9");
      assertThat(proxy.awaitReport("/two").client()).isEqualTo("203.0.113.9");
    }
  }

  @Test
  void aListenerForBothFamiliesKnowsItsIpv4Peers() throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).listen(new Address.Tcp("::", 0)).start()) {
      assertThat(ask(proxy, LINE, get("/x")).status()).isEqualTo(200);
      assertThat(proxy.awaitReport("/x").client()).isEqualTo("203.0.113.9");
    }
  }

  @Test
  void whoeverMayConnectToAUnixSocketSendsTheHeader(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("s");
    try (RunningProxy proxy =
        new ProxySetup()
            .listen(new Address.Unix(path))
            .proxyProtocol()
            .pool("default", backend.port())
            .start()) {
      try (UnixClient client = UnixClient.connect(path)) {
        assertThat(client.send(LINE).exchange(get("/x")).status()).isEqualTo(200);
      }
      try (UnixClient client = UnixClient.connect(path)) {
        client.send("PROXY UNKNOWN\r\n");
        assertThat(client.exchange(get("/local")).status()).isEqualTo(200);
      }
      assertThat(proxy.awaitReport("/x").client()).isEqualTo("203.0.113.9");
      assertThat(proxy.awaitReport("/local").client()).isEqualTo("unknown");
      try (UnixClient client = UnixClient.connect(path)) {
        client.send(get("/without"));
        Await.until(() -> proxy.headersRefused() == 1, "who sends none is refused");
      }
      assertThat(backend.requestsSince(Map.of())).hasSize(2);
    }
  }

  // ---------------------------------------------------------------- whom it is believed of

  @Test
  void aStrangersHeaderIsAMalformedRequest() throws Exception {
    try (RunningProxy proxy = behind(ELSEWHERE).start()) {
      for (String header : List.of(LINE, v2("203.0.113.9", 1), "PROXY UNKNOWN\r\n")) {
        try (RawClient client = proxy.connect()) {
          client.offer(header + get("/x"));
          assertThat(client.read().status()).isEqualTo(400);
          assertThat(client.readToEnd()).isEmpty();
        }
      }
      assertThat(backend.connections()).as("nothing of it reached a backend").isEmpty();
      assertThat(proxy.headersRefused()).as("it is no header here").isZero();
      assertThat(ask(proxy, "", get("/plain")).status()).isEqualTo(200);
      assertThat(proxy.awaitReport("/plain").client()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void withoutTheKeyNobodysHeaderIsBelieved() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend)) {
      assertThat(ask(proxy, LINE, get("/x")).status()).isEqualTo(400);
      assertThat(backend.connections()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: t\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 56581\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 56581 443\nGET / HTTP/1.1\r\nHost: t\r\n\r\n",
        "PROXY TCP4 203.0.113.999 192.0.2.1 56581 443\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n",
        "\r\n\r\n\0\r\nQUIT\n1\u0011\0\u000c",
        "\u0016\u0003\u0001\u0002"
      })
  void aTrustedPeerWithoutAProperHeaderIsCutOffAtOnce(String bytes, CapturedOutput log)
      throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start();
        RawClient client = proxy.connect()) {
      client.offer(bytes);
      assertThat(client.readToEnd()).as("not even an answer").isEmpty();
      Await.until(() -> proxy.headersRefused() == 1, "it is counted");
      assertThat(log.getAll())
          .contains(
              "a connection from 127.0.0.1:%d was closed: ".formatted(client.localPort()), "PROXY");
      assertThat(backend.connections()).isEmpty();
      assertThat(proxy.reported()).as("there was no request").isEmpty();
    }
  }

  @Test
  void aSecondHeaderIsAMalformedRequest() throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start()) {
      assertThat(ask(proxy, LINE + LINE, get("/x")).status()).isEqualTo(400);
      assertThat(backend.connections()).isEmpty();
    }
  }

  // ---------------------------------------------------------------- time and ends

  private static ListenerSpec.Limits impatient() {
    ListenerSpec.Limits d = ListenerSpec.Limits.DEFAULT;
    return new ListenerSpec.Limits(
        0,
        0,
        d.requestLineBytes(),
        d.headerBytes(),
        d.headerCount(),
        Duration.ofMillis(100),
        d.bodyIdle(),
        d.bodyRate(),
        d.keepAlive(),
        d.tunnelIdle());
  }

  @Test
  void aHeaderThatDoesNotComeInTimeEndsTheConnection(CapturedOutput log) throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).limits(impatient()).start()) {
      try (RawClient silent = proxy.connect()) {
        assertThat(silent.readToEnd()).isEmpty();
      }
      assertThat(proxy.headersRefused()).as("it has said nothing wrong").isZero();
      try (RawClient slow = proxy.connect()) {
        slow.send("PROXY TCP4 203");
        assertThat(slow.readToEnd()).isEmpty();
      }
      Await.until(() -> proxy.headersRefused() == 1, "it is counted");
      assertThat(log.getAll()).contains("PROXY header not complete in time");
      Await.until(() -> proxy.status().connections() == 0, "nothing is left");
    }
  }

  @Test
  void aConnectionThatEndsWithinItsHeaderIsCounted(CapturedOutput log) throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start()) {
      try (RawClient looker = proxy.connect()) {
        looker.halfClose();
        assertThat(looker.readToEnd()).isEmpty();
      }
      try (RawClient cut = proxy.connect()) {
        cut.send("PROXY TCP4 203").halfClose();
        assertThat(cut.readToEnd()).isEmpty();
      }
      Await.until(() -> proxy.headersRefused() == 1, "the second one only");
      assertThat(log.getAll()).contains("connection ended within its PROXY header");
      Await.until(() -> proxy.status().connections() == 0, "nothing is left");
    }
  }

  @Test
  void aResetWithinTheHeaderLeavesNothingBehind() throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).start()) {
      RawClient client = proxy.connect();
      client.send("PROXY");
      Await.until(() -> proxy.status().connections() == 1, "it is there");
      client.reset();
      Await.until(() -> proxy.status().connections() == 0, "it is gone");
      assertThat(ask(proxy, LINE, get("/x")).status()).isEqualTo(200);
    }
  }

  @Test
  void aDrainWaitsForWhoeverIsSilentNoLongerThanForAHeader() throws Exception {
    try (RunningProxy proxy = behind(LOOPBACK).limits(impatient()).start();
        RawClient silent = proxy.connect()) {
      Await.until(() -> proxy.status().connections() == 1, "it is there");
      proxy.drain().get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
      assertThat(silent.readToEnd()).isEmpty();
    }
  }

  // ---------------------------------------------------------------- what follows from the client

  @Test
  void trustedProxiesAreThoseThatTheHeaderNames() throws Exception {
    String claim = "X-Forwarded-For: 198.51.100.1";
    try (RunningProxy proxy =
        behind(LOOPBACK).trusted(List.of(network("203.0.113.0", 24))).start()) {
      ask(proxy, LINE, get("/believed", claim));
      assertThat(proxy.awaitReport("/believed").client()).isEqualTo("198.51.100.1");
      assertThat(only().value("X-Forwarded-For")).isEqualTo("198.51.100.1, 203.0.113.9");
    }
    Map<BackendConnection, Integer> mark = backend.mark();
    try (RunningProxy proxy = behind(LOOPBACK).trusted(List.of(LOOPBACK)).start()) {
      ask(proxy, LINE, get("/forged", claim));
      assertThat(proxy.awaitReport("/forged").client()).isEqualTo("203.0.113.9");
      assertThat(backend.requestsSince(mark).getFirst().value("X-Forwarded-For"))
          .as("the peer is trusted, and is not who asks")
          .isEqualTo("203.0.113.9");
    }
  }

  @Test
  void rateLimitsCountForTheNamedClient() throws Exception {
    RouteSpec.RateLimit one =
        new RouteSpec.RateLimit(1, Duration.ofHours(1), 0, BalanceSpec.Key.CLIENT_IP);
    try (RunningProxy proxy =
        behind(LOOPBACK).route(RouteSetup.route("r").rateLimit(one).toPool("default")).start()) {
      assertThat(ask(proxy, LINE, get("/1")).status()).isEqualTo(200);
      assertThat(ask(proxy, v2("203.0.113.9", 9), get("/2")).status()).isEqualTo(429);
      assertThat(ask(proxy, LINE, get("/3", "X-Forwarded-For: 198.51.100.1")).status())
          .as("a claim of the client's own")
          .isEqualTo(429);
      String mapped = "PROXY TCP6 ::ffff:203.0.113.9 ::ffff:192.0.2.1 1 2\r\n";
      assertThat(ask(proxy, mapped, get("/4")).status()).as("in other letters").isEqualTo(429);
      assertThat(ask(proxy, v2("203.0.113.10", 9), get("/5")).status()).isEqualTo(200);
      assertThat(ask(proxy, "PROXY UNKNOWN\r\n", get("/6")).status()).isEqualTo(200);
      assertThat(ask(proxy, "PROXY UNKNOWN\r\n", get("/7")).status()).isEqualTo(429);
    }
  }

  @Test
  void hashKeysAreOfTheNamedClient() throws Exception {
    try (ScriptedBackend second = ScriptedBackend.start("b2");
        ScriptedBackend third = ScriptedBackend.start("b3");
        RunningProxy proxy =
            new ProxySetup()
                .proxyProtocol(LOOPBACK)
                .eachPool(pool -> pool.withAlgorithm("maglev"))
                .pool("default", backend.port(), second.port(), third.port())
                .start()) {
      Set<String> chosen = new HashSet<>();
      for (int i = 0; i < 30; i++) {
        String client = "203.0.113." + i;
        String name = ask(proxy, v2(client, 1), get("/" + i)).value("X-Backend");
        assertThat(ask(proxy, v2(client, 2), get("/" + i)).value("X-Backend"))
            .as(client)
            .isEqualTo(name);
        chosen.add(name);
      }
      assertThat(chosen).as("one peer, many clients").hasSize(3);
    }
  }
}
