package io.sluice.proxy;

import static io.sluice.testkit.RouteSetup.route;
import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BalanceSpec;
import io.sluice.config.Cidr;
import io.sluice.config.RouteSpec.RateLimit;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that ask too often are told so, and when to come back. */
class RateLimitIT {
  private static final String GET = head("GET / HTTP/1.1", "Host: t");

  private ScriptedBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  /** Two requests a day: nothing flows back while a test runs. */
  private static RateLimit twice(BalanceSpec.@Nullable Key key) {
    return new RateLimit(2, Duration.ofHours(24), 0, key);
  }

  private ProxySetup setup(RateLimit limit) {
    return new ProxySetup()
        .pool("default", backend.port())
        .route(route("api").rateLimit(limit).toPool("default"));
  }

  @Test
  void theFieldsOfEveryAnswerSayHowMuchIsLeft() throws IOException {
    try (RunningProxy proxy = setup(twice(null)).start()) {
      Response first = proxy.once(GET);
      assertThat(first.status()).isEqualTo(200);
      assertThat(first.value("RateLimit-Policy")).isEqualTo("\"api\";q=2;w=86400");
      assertThat(first.value("RateLimit")).isEqualTo("\"api\";r=1;t=43200");
      assertThat(first.has("Retry-After")).isFalse();
      assertThat(proxy.once(GET).value("RateLimit")).startsWith("\"api\";r=0;t=");
    }
  }

  @Test
  void whatIsTooMuchIsAnsweredWith429AndDoesNotReachTheBackend() throws IOException {
    try (RunningProxy proxy = setup(twice(null)).start();
        RawClient client = proxy.connect()) {
      client.exchange(GET);
      client.exchange(GET);
      Response refused = client.exchange(GET);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(Integer.parseInt(refused.value("Retry-After"))).isBetween(43_000, 43_200);
      assertThat(refused.value("RateLimit")).startsWith("\"api\";r=0;t=");
      assertThat(refused.saysClose()).isFalse();
      assertThat(backend.requestsSince(Map.of())).hasSize(2);
      assertThat(proxy.reported().getLast().errorReason())
          .isEqualTo(ProxyError.RATE_LIMITED.text());
    }
  }

  @Test
  void behindATrustedProxyTheRealClientCounts() throws IOException {
    Cidr loopback = new Cidr(InetAddress.getByName("127.0.0.0"), 8);
    try (RunningProxy proxy =
        setup(twice(BalanceSpec.Key.CLIENT_IP)).trusted(List.of(loopback)).start()) {
      for (String client : List.of("192.0.2.1", "192.0.2.2")) {
        String get = head("GET / HTTP/1.1", "Host: t", "X-Forwarded-For: " + client);
        assertThat(proxy.once(get).status()).isEqualTo(200);
        assertThat(proxy.once(get).status()).isEqualTo(200);
        assertThat(proxy.once(get).status()).isEqualTo(429);
      }
    }
  }

  @Test
  void anybodyElseCannotPretendToBeAnother() throws IOException {
    try (RunningProxy proxy = setup(twice(BalanceSpec.Key.CLIENT_IP)).start()) {
      for (int i = 1; i <= 3; i++) {
        String get = head("GET / HTTP/1.1", "Host: t", "X-Forwarded-For: 192.0.2." + i);
        assertThat(proxy.once(get).status()).isEqualTo(i <= 2 ? 200 : 429);
      }
    }
  }

  @Test
  void aHeaderCanTellClientsApart() throws IOException {
    BalanceSpec.Key key = new BalanceSpec.Key(BalanceSpec.Key.Source.HEADER, "x-api-key");
    try (RunningProxy proxy = setup(twice(key)).start()) {
      for (String client : List.of("X-Api-Key: a", "X-Api-Key: b", "X-Other: none")) {
        String get = head("GET / HTTP/1.1", "Host: t", client);
        assertThat(proxy.once(get).status()).isEqualTo(200);
        assertThat(proxy.once(get).status()).isEqualTo(200);
        assertThat(proxy.once(get).status()).isEqualTo(429);
      }
    }
  }

  @Test
  void routesThatAnswerByThemselvesAreLimitedTooAndOthersNot() throws IOException {
    try (RunningProxy proxy =
        new ProxySetup()
            .pool("default", backend.port())
            .route(route("fixed").path("/fixed").rateLimit(twice(null)).respond(200, "", Map.of()))
            .route(route("rest").toPool("default"))
            .start()) {
      String fixed = head("GET /fixed HTTP/1.1", "Host: t");
      assertThat(proxy.once(fixed).value("RateLimit")).startsWith("\"fixed\";r=1;");
      assertThat(proxy.once(fixed).status()).isEqualTo(200);
      assertThat(proxy.once(fixed).status()).isEqualTo(429);
      assertThat(proxy.once(GET).status()).isEqualTo(200);
      assertThat(proxy.once(GET).has("RateLimit")).isFalse();
    }
  }
}
