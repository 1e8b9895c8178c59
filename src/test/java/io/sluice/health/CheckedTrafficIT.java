package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.PoolStatus;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec.Ejection;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.testkit.Await;
import io.sluice.testkit.Conversation;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Checks decide who gets requests: the quick start's broken third backend, and its return. */
class CheckedTrafficIT {
  private static final String REQUEST = Wire.head("GET / HTTP/1.1", "Host: a");

  private static ProxySetup checked(HealthCheckSpec checks) {
    return new ProxySetup()
        .eachPool(
            pool ->
                pool.withHealthCheck(checks).withRetries(Retries.NONE).withEjection(Ejection.NONE));
  }

  private static Map<String, Integer> ask(RunningProxy proxy, int times) throws IOException {
    Map<String, Integer> answers = new TreeMap<>();
    try (RawClient client = proxy.connect()) {
      for (int i = 0; i < times; i++) {
        Response response = client.exchange(REQUEST);
        String who =
            response.status() == 200 ? response.value("X-Backend") : "" + response.status();
        answers.merge(who, 1, Integer::sum);
      }
    }
    return answers;
  }

  private static void awaitEligible(RunningProxy proxy, int backends) {
    Await.until(
        () -> proxy.status().pools().getFirst().eligible() == backends,
        backends + " backends are eligible");
  }

  @Test
  void aDeadThirdBackendCostsNothingOnceItIsFoundAndComesBackByItself() throws Exception {
    int third = Ports.closed();
    try (ScriptedBackend a = ScriptedBackend.start("a");
        ScriptedBackend b = ScriptedBackend.start("b");
        RunningProxy proxy =
            checked(HealthCheckSpec.DEFAULT).pool("default", a.port(), b.port(), third).start()) {
      awaitEligible(proxy, 2);
      assertThat(ask(proxy, 30)).isEqualTo(Map.of("a", 15, "b", 15));
      assertThat(proxy.backend("b3").up()).isFalse();
      HealthStatus status = Objects.requireNonNull(proxy.health("default", "b3"));
      assertThat(status.transitions().getLast().cause()).isEqualTo("connection refused");
      try (ScriptedBackend c = ScriptedBackend.start("c", Ports.open(third))) {
        awaitEligible(proxy, 3);
        assertThat(ask(proxy, 30)).isEqualTo(Map.of("a", 10, "b", 10, "c", 10));
        assertThat(c.connections()).isNotEmpty();
      }
      awaitEligible(proxy, 2);
      assertThat(ask(proxy, 30)).isEqualTo(Map.of("a", 15, "b", 15));
    }
  }

  @Test
  void aBackendIsBackWithTheFirstCheckBehindItsRecovery() throws Exception {
    AtomicBoolean well = new AtomicBoolean();
    try (ScriptedBackend a = ScriptedBackend.start("a");
        ScriptedBackend b =
            ScriptedBackend.start("b")
                .on(
                    "/health",
                    c ->
                        c.send(
                            Wire.head(
                                well.get() ? "HTTP/1.1 200 OK" : "HTTP/1.1 503 Busy",
                                "Content-Length: 0")));
        RunningProxy proxy =
            checked(
                    CheckedPool.OFTEN
                        .withType(HealthCheckSpec.Type.HTTP)
                        .withHttp(HttpCheckIT.path("/health")))
                .pool("default", a.port(), b.port())
                .start()) {
      a.on("/health", c -> c.send(Wire.ok("")));
      Await.until(() -> !proxy.backend("b2").up(), "b2 is down");
      well.set(true);
      Await.until(() -> proxy.backend("b2").up(), "b2 is up");
      HealthStatus status = Objects.requireNonNull(proxy.health("default", "b2"));
      CheckResult first =
          status.results().stream().filter(CheckResult::passed).findFirst().orElseThrow();
      assertThat(status.transitions().getLast().at()).isAfterOrEqualTo(first.at());
      assertThat(status.transitions().getLast().checks()).isEqualTo(1);
    }
  }

  @Test
  void withStartDownNothingIsServedBeforeTheFirstPassedCheck() throws Exception {
    AtomicBoolean ready = new AtomicBoolean();
    try (ScriptedBackend a =
            ScriptedBackend.start("a")
                .on(
                    "/health",
                    c -> {
                      Await.until(ready::get, "the test lets checks pass");
                      c.send(Wire.ok(""));
                    });
        RunningProxy proxy =
            checked(
                    CheckedPool.OFTEN
                        .withStartUp(false)
                        .withType(HealthCheckSpec.Type.HTTP)
                        .withHttp(HttpCheckIT.path("/health")))
                .pool("default", a.port())
                .start()) {
      assertThat(ask(proxy, 3)).isEqualTo(Map.of("503", 3));
      assertThat(proxy.backend("b1").up()).isFalse();
      assertThat(proxy.status().pools().getFirst().mode()).isEqualTo(PoolStatus.Mode.UNAVAILABLE);
      ready.set(true);
      awaitEligible(proxy, 1);
      assertThat(ask(proxy, 3)).isEqualTo(Map.of("a", 3));
    }
  }

  @Test
  void withStartUpRequestsAreServedBeforeTheFirstCheck() throws Exception {
    try (ScriptedBackend a = ScriptedBackend.start("a").on("/health", Conversation::awaitEnd);
        RunningProxy proxy =
            checked(
                    CheckedPool.OFTEN
                        .withType(HealthCheckSpec.Type.HTTP)
                        .withHttp(HttpCheckIT.path("/health")))
                .pool("default", a.port())
                .start()) {
      assertThat(ask(proxy, 3)).isEqualTo(Map.of("a", 3));
      assertThat(proxy.backend("b1").up()).isTrue();
    }
  }
}
