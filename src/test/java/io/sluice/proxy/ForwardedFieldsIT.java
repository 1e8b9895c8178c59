package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Cidr;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What backends are told about the client, and whom the proxy believes (RFC 7239). */
class ForwardedFieldsIT {
  private ScriptedBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private RunningProxy trustingNobody() {
    return RunningProxy.to(backend);
  }

  private RunningProxy trusting(String network, int prefix) throws IOException {
    return new ProxySetup()
        .trusted(List.of(new Cidr(InetAddress.getByName(network), prefix)))
        .pool("p", backend.port())
        .start();
  }

  private ReadRequest forwarded(RunningProxy proxy, String... fields) throws IOException {
    Map<BackendConnection, Integer> mark = backend.mark();
    String request = Wire.lines("GET /x HTTP/1.1", "Host: shop.example:8080") + head(fields);
    assertThat(proxy.once(request).status()).isEqualTo(200);
    return backend.requestsSince(mark).getFirst();
  }

  @Test
  void everyRequestSaysWhereItComesFrom() throws Exception {
    try (RunningProxy proxy = trustingNobody()) {
      ReadRequest got = forwarded(proxy);
      assertThat(got.value("X-Forwarded-For")).isEqualTo("127.0.0.1");
      assertThat(got.value("X-Forwarded-Proto")).isEqualTo("http");
      assertThat(got.value("X-Forwarded-Host")).isEqualTo("shop.example:8080");
      assertThat(got.value("Forwarded"))
          .isEqualTo("for=127.0.0.1;proto=http;host=\"shop.example:8080\"");
      assertThat(got.value("X-Request-Id")).matches("[0-9a-f]{32}");
      assertThat(got.value("Host")).isEqualTo("shop.example:8080");
      assertThat(got.has("Via")).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "X-Forwarded-For, 203.0.113.9",
    "x-forwarded-for, 203.0.113.9",
    "X_Forwarded_For, 203.0.113.9",
    "X-Forwarded_For, 203.0.113.9",
    "X-Forwarded-Proto, https",
    "X_FORWARDED_PROTO, https",
    "X-Forwarded-Host, evil.example",
    "X-Forwarded-Port, 443",
    "X-Forwarded-Prefix, /admin",
    "X-Forwarded-User, root",
    "Forwarded, for=203.0.113.9",
    "X-Real-IP, 203.0.113.9",
    "X_Real_IP, 203.0.113.9",
    "X-Request-Id, chosen-by-the-client",
    "X_Request_Id, chosen-by-the-client",
  })
  void aStrangersClaimsAreNotPassedOn(String name, String value) throws Exception {
    try (RunningProxy proxy = trustingNobody()) {
      ReadRequest got = forwarded(proxy, name + ": " + value, name + ": " + value);
      assertThat(got.fields()).noneMatch(f -> f.value().contains(value));
      assertThat(got.value("X-Forwarded-For")).isEqualTo("127.0.0.1");
      assertThat(got.values("X-Real-IP")).isEmpty();
      assertThat(proxy.awaitReport("/x").client()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void aTrustedProxysClaimsAreContinued() throws Exception {
    try (RunningProxy proxy = trusting("127.0.0.0", 8)) {
      ReadRequest got =
          forwarded(
              proxy,
              "X-Forwarded-For: 203.0.113.9",
              "X-Forwarded-For: 198.51.100.7",
              "X-Forwarded-Proto: https",
              "X-Forwarded-Host: public.example",
              "X-Forwarded-Port: 443",
              "Forwarded: for=203.0.113.9;proto=https",
              "X-Real-IP: 203.0.113.9",
              "X-Request-Id: from-the-edge-1");
      assertThat(got.value("X-Forwarded-For")).isEqualTo("203.0.113.9, 198.51.100.7, 127.0.0.1");
      assertThat(got.value("X-Forwarded-Proto")).isEqualTo("https");
      assertThat(got.value("X-Forwarded-Host")).isEqualTo("public.example");
      assertThat(got.value("X-Forwarded-Port")).isEqualTo("443");
      assertThat(got.value("Forwarded"))
          .isEqualTo(
              "for=203.0.113.9;proto=https, for=127.0.0.1;proto=http;host=\"shop.example:8080\"");
      assertThat(got.value("X-Real-IP")).isEqualTo("203.0.113.9");
      assertThat(got.value("X-Request-Id")).isEqualTo("from-the-edge-1");
      assertThat(proxy.awaitReport("/x").requestId()).isEqualTo("from-the-edge-1");
    }
  }

  @Test
  void aTrustedProxyThatClaimsNothingIsTheClient() throws Exception {
    try (RunningProxy proxy = trusting("127.0.0.1", 32)) {
      ReadRequest got = forwarded(proxy);
      assertThat(got.value("X-Forwarded-For")).isEqualTo("127.0.0.1");
      assertThat(got.value("X-Forwarded-Proto")).isEqualTo("http");
      assertThat(got.value("X-Forwarded-Host")).isEqualTo("shop.example:8080");
      assertThat(got.value("X-Request-Id")).matches("[0-9a-f]{32}");
      assertThat(proxy.awaitReport("/x").client()).isEqualTo("127.0.0.1");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.9, 203.0.113.9",
    "'198.51.100.1, 203.0.113.9', 203.0.113.9",
    "'203.0.113.9, 127.0.0.5', 203.0.113.9",
    "'203.0.113.9, 127.0.0.5, 127.0.0.6', 203.0.113.9",
    "'127.0.0.5, 127.0.0.6', 127.0.0.5",
    "nonsense, 127.0.0.1",
    "'203.0.113.9, nonsense', 127.0.0.1",
    "2001:db8::1, 2001:db8::1",
    "'', 127.0.0.1",
  })
  void theClientIsTheLastAddressThatIsNoTrustedProxy(String list, String client) throws Exception {
    try (RunningProxy proxy = trusting("127.0.0.0", 8)) {
      forwarded(proxy, "X-Forwarded-For: " + list);
      assertThat(proxy.awaitReport("/x").client()).isEqualTo(client);
    }
  }

  @Test
  void aTrustedProxysFieldsWithUnderscoresAreNotBelieved() throws Exception {
    try (RunningProxy proxy = trusting("127.0.0.0", 8)) {
      ReadRequest got = forwarded(proxy, "X_Forwarded_For: 203.0.113.9", "X_Real_IP: 203.0.113.9");
      assertThat(got.fields()).noneMatch(f -> f.value().contains("203.0.113.9"));
      assertThat(proxy.awaitReport("/x").client()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void anotherNetworkIsNotTrusted() throws Exception {
    try (RunningProxy proxy = trusting("10.0.0.0", 8)) {
      ReadRequest got = forwarded(proxy, "X-Forwarded-For: 203.0.113.9");
      assertThat(got.value("X-Forwarded-For")).isEqualTo("127.0.0.1");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 5000})
  void aRequestIdThatIsTooLongIsReplaced(int length) throws Exception {
    try (RunningProxy proxy = trusting("127.0.0.0", 8)) {
      ReadRequest got = forwarded(proxy, "X-Request-Id: " + "x".repeat(length));
      assertThat(got.value("X-Request-Id")).matches("[0-9a-f]{32}");
    }
  }

  @Test
  void requestIdsDiffer() throws Exception {
    try (RunningProxy proxy = trustingNobody()) {
      assertThat(forwarded(proxy).value("X-Request-Id"))
          .isNotEqualTo(forwarded(proxy).value("X-Request-Id"));
    }
  }

  @Test
  void viaIsWrittenWhenItIsAskedFor() throws Exception {
    try (RunningProxy proxy = new ProxySetup().via("edge").pool("p", backend.port()).start()) {
      Map<BackendConnection, Integer> mark = backend.mark();
      var response = proxy.once(head("GET /x HTTP/1.1", "Host: t", "Via: 1.0 before"));
      assertThat(response.values("Via")).containsExactly("1.1 edge");
      assertThat(backend.requestsSince(mark).getFirst().values("Via"))
          .containsExactly("1.0 before", "1.1 edge");
    }
  }

  @Test
  void aRequestWithoutHostNamesNone() throws Exception {
    try (RunningProxy proxy = trustingNobody()) {
      proxy.once(head("GET /x HTTP/1.0"));
      ReadRequest got = backend.requestsSince(Map.of()).getFirst();
      assertThat(got.has("X-Forwarded-Host")).isFalse();
      assertThat(got.value("Forwarded")).isEqualTo("for=127.0.0.1;proto=http");
    }
  }
}
