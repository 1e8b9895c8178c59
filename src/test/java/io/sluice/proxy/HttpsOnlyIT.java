package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ListenerSpec.Hsts;
import io.sluice.config.ListenerSpec.Tls;
import io.sluice.config.RouteSpec;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RouteSetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsClient;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How clients get from http to https, and are told to stay there. */
class HttpsOnlyIT {
  @TempDir private Path directory;
  private ScriptedBackend backend;

  @BeforeEach
  void start() throws Exception {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private RunningProxy redirecting(int port) {
    return new ProxySetup().redirectTo(port).pool("p", backend.port()).start();
  }

  @ParameterizedTest
  @CsvSource({
    "/a/b?c=d,         shop.example,       443,  https://shop.example/a/b?c=d",
    "/,                shop.example:8080,  443,  https://shop.example/",
    "/a,               shop.example:80,    8443, https://shop.example:8443/a",
    "/a%2Fb?x=%0d,     192.0.2.7,          443,  https://192.0.2.7/a%2Fb?x=%0d",
    "/a,               [2001:db8::1],      8443, https://[2001:db8::1]:8443/a",
    "/a,               [2001:db8::1]:80,   443,  https://[2001:db8::1]/a",
    "http://other.example:80?q=1, shop.example, 443, https://other.example/?q=1"
  })
  void everyRequestIsSentToTheSamePlaceByHttps(
      String target, String host, int port, String location) throws Exception {
    try (RunningProxy proxy = redirecting(port)) {
      Response response = proxy.once(head("GET " + target + " HTTP/1.1", "Host: " + host));
      assertThat(response.status()).isEqualTo(308);
      assertThat(response.value("Location")).isEqualTo(location);
      assertThat(response.has("Strict-Transport-Security")).isFalse();
      assertThat(backend.connections()).isEmpty();
    }
  }

  @Test
  void aRequestWithABodyIsSentOnAndItsConnectionGoesOn() throws Exception {
    try (RunningProxy proxy = redirecting(443);
        RawClient client = proxy.connect()) {
      assertThat(
              client
                  .exchange(head("POST /a HTTP/1.1", "Host: t", "Content-Length: 0"))
                  .value("Location"))
          .isEqualTo("https://t/a");
      assertThat(client.exchange(head("OPTIONS * HTTP/1.1", "Host: t")).value("Location"))
          .isEqualTo("https://t/");
      assertThat(client.exchange(head("HEAD /b HTTP/1.1", "Host: t")).status()).isEqualTo(308);
    }
  }

  @Test
  void aRequestWithoutAHostCannotBeSentOn() throws Exception {
    try (RunningProxy proxy = redirecting(443)) {
      Response response = proxy.once(head("GET /a HTTP/1.0"));
      assertThat(response.status()).isEqualTo(400);
      assertThat(response.body()).contains("names no host");
    }
  }

  private RunningProxy withHsts(Hsts hsts, RouteSpec route) throws Exception {
    Tls tls = Tls.with(new TestCertificates(directory).forName("a.example").files());
    return new ProxySetup()
        .listenerTls(
            new Tls(
                tls.certificates(), tls.minVersion(), tls.ciphers(), tls.clientAuth(), true, hsts))
        .pool("p", backend.port())
        .route(route)
        .start();
  }

  private static Response get(RunningProxy proxy, String target) throws IOException {
    try (RawClient client = TlsClient.trustingAnybody().connect(proxy.port())) {
      return client.exchange(head("GET " + target + " HTTP/1.1", "Host: t"));
    }
  }

  @Test
  void answersTellBrowsersToStayUnlessTheirBackendHasItsOwnRule() throws Exception {
    backend.on(
        "/own",
        c -> {
          c.request();
          c.send(
              head("HTTP/1.1 200 OK", "strict-transport-security: max-age=1", "Content-Length: 0"));
        });
    backend.on(
        "/plain",
        c -> {
          c.request();
          c.send(Wire.ok("x"));
        });
    RouteSpec route = RouteSetup.route("r").toPool("p");
    try (RunningProxy proxy = withHsts(new Hsts(Duration.ofDays(365), true, true), route)) {
      assertThat(get(proxy, "/plain").values("Strict-Transport-Security"))
          .containsExactly("max-age=31536000; includeSubDomains; preload");
      assertThat(get(proxy, "/own").values("Strict-Transport-Security"))
          .containsExactly("max-age=1");
    }
  }

  @Test
  void whatSluiceAnswersByItselfTellsThemToo() throws Exception {
    RouteSpec route =
        RouteSetup.route("r").respond(200, "x", Map.of("Strict-Transport-Security", "max-age=2"));
    try (RunningProxy proxy = withHsts(new Hsts(Duration.ZERO, false, false), route)) {
      assertThat(get(proxy, "/").values("Strict-Transport-Security")).containsExactly("max-age=2");
    }
    RouteSpec other = RouteSetup.route("r").respond(200, "x", Map.of());
    try (RunningProxy proxy = withHsts(new Hsts(Duration.ZERO, false, false), other)) {
      assertThat(get(proxy, "/").values("Strict-Transport-Security")).containsExactly("max-age=0");
    }
  }
}
