package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sluice.balance.Ejection;
import io.sluice.balance.Health;
import io.sluice.balance.PoolStatus;
import io.sluice.balance.PoolStatus.Mode;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.DataPlaneStatus;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.control.DataPlaneStatus.LoadStatus;
import io.sluice.health.HealthStatus.Counts;
import io.sluice.proxy.ProxyObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrafficMetricsTest {
  private static final Health UP = new Health(Health.State.UP, "1 passed check", Instant.EPOCH);
  private static final Health DOWN = new Health(Health.State.DOWN, "refused", Instant.EPOCH);
  private static final Ejection OUT = new Ejection(Instant.MAX, "5 gateway errors in a row", 1);

  private static final DataPlaneStatus STATUS =
      new DataPlaneStatus(
          12,
          5,
          9,
          4,
          List.of(new PoolStatus("default", Mode.SPILLED, "tier 1 helps", Instant.EPOCH, 3, 2)),
          List.of(new LoadStatus("default", 6, 8, Map.of("reset", 2L, "status", 1L), 3)),
          List.of(
              new BackendStatus(
                  "default",
                  "b1",
                  "127.0.0.1:1",
                  3,
                  true,
                  UP,
                  Ejection.NONE,
                  new Counts(7, 2, 3),
                  AdminState.READY,
                  true,
                  1.0,
                  0),
              new BackendStatus(
                  "default",
                  "b2",
                  "127.0.0.1:2",
                  2,
                  false,
                  DOWN,
                  OUT,
                  null,
                  AdminState.READY,
                  false,
                  0.0,
                  0)));

  private final TrafficMetrics metrics = new TrafficMetrics();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  @BeforeEach
  void bind() {
    metrics.bindTo(registry, () -> STATUS, () -> 17);
  }

  private List<String> scrape() {
    return registry.scrape().lines().toList();
  }

  private static Finished took(Duration time) {
    return Finished.get("/").nanos(time.toNanos(), 1, 0);
  }

  @Test
  void requestsOfAllLoopsAreAddedUp() {
    for (int i = 0; i < 3; i++) {
      ProxyObserver.Loop loop = metrics.forLoop(i, Runnable::run);
      loop.requestEnded(Finished.get("/").bytes(10, 100).tries(2));
      loop.requestEnded(Finished.get("/").to("default", "b2", "x").status(304).bytes(0, 7));
      loop.requestEnded(Finished.get("/").to("other", "b1", "x").status(101).bytes(1, 1));
    }
    ProxyObserver.Loop last = metrics.forLoop(3, Runnable::run);
    last.requestEnded(Finished.get("/").to("default", "b2", "x").status(502).error("reset"));
    last.requestEnded(Finished.get("/").to(null, null, null).status(404).tries(0).error("none"));
    last.requestEnded(Finished.get("/").to(null, null, null).status(0).tries(0).error("gone"));

    assertThat(scrape())
        .contains(
            "sluice_requests_total{backend=\"\",pool=\"\",status_class=\"4xx\"} 1.0",
            "sluice_requests_total{backend=\"\",pool=\"\",status_class=\"none\"} 1.0",
            "sluice_requests_total{backend=\"b1\",pool=\"default\",status_class=\"2xx\"} 3.0",
            "sluice_requests_total{backend=\"b1\",pool=\"other\",status_class=\"1xx\"} 3.0",
            "sluice_requests_total{backend=\"b2\",pool=\"default\",status_class=\"3xx\"} 3.0",
            "sluice_requests_total{backend=\"b2\",pool=\"default\",status_class=\"5xx\"} 1.0",
            "sluice_request_bytes_total{pool=\"default\"} 30.0",
            "sluice_response_bytes_total{pool=\"default\"} 833.0",
            "sluice_upstream_tries_total{pool=\"default\"} 10.0",
            "sluice_upstream_tries_total{pool=\"other\"} 3.0",
            "sluice_upstream_tries_total{pool=\"\"} 0.0",
            "sluice_errors_total{pool=\"default\",reason=\"reset\"} 1.0",
            "sluice_errors_total{pool=\"\",reason=\"gone\"} 1.0",
            "sluice_errors_total{pool=\"\",reason=\"none\"} 1.0");
    assertThat(scrape().stream().filter(line -> line.startsWith("sluice_requests_total")))
        .hasSize(6);
  }

  @Test
  void durationsFallIntoBucketsWithTheirUpperBound() {
    ProxyObserver.Loop first = metrics.forLoop(0, Runnable::run);
    ProxyObserver.Loop second = metrics.forLoop(1, Runnable::run);
    first.requestEnded(took(Duration.ofNanos(250_000)));
    first.requestEnded(took(Duration.ofMillis(1)));
    second.requestEnded(took(Duration.ofNanos(1_000_001)));
    second.requestEnded(took(Duration.ofMillis(400)));
    first.requestEnded(took(Duration.ofSeconds(60)));
    second.requestEnded(took(Duration.ofSeconds(61)));
    assertThat(
            scrape().stream()
                .filter(line -> line.startsWith("sluice_request_duration_seconds"))
                .map(line -> line.substring("sluice_request_duration_seconds".length())))
        .containsExactly(
            "_bucket{pool=\"default\",le=\"0.001\"} 2",
            "_bucket{pool=\"default\",le=\"0.0025\"} 3",
            "_bucket{pool=\"default\",le=\"0.005\"} 3",
            "_bucket{pool=\"default\",le=\"0.01\"} 3",
            "_bucket{pool=\"default\",le=\"0.025\"} 3",
            "_bucket{pool=\"default\",le=\"0.05\"} 3",
            "_bucket{pool=\"default\",le=\"0.1\"} 3",
            "_bucket{pool=\"default\",le=\"0.25\"} 3",
            "_bucket{pool=\"default\",le=\"0.5\"} 4",
            "_bucket{pool=\"default\",le=\"1.0\"} 4",
            "_bucket{pool=\"default\",le=\"2.5\"} 4",
            "_bucket{pool=\"default\",le=\"5.0\"} 4",
            "_bucket{pool=\"default\",le=\"10.0\"} 4",
            "_bucket{pool=\"default\",le=\"30.0\"} 4",
            "_bucket{pool=\"default\",le=\"60.0\"} 5",
            "_bucket{pool=\"default\",le=\"+Inf\"} 6",
            "_count{pool=\"default\"} 6",
            "_sum{pool=\"default\"} 121.402250001");
  }

  @Test
  void theDataPlanesFiguresAreThoseOfTheScrape() {
    assertThat(scrape())
        .contains(
            "sluice_connections 12.0",
            "sluice_requests_in_flight 5.0",
            "sluice_upstream_connections 9.0",
            "sluice_upstream_idle_connections 4.0",
            "sluice_queue_waiting{pool=\"default\"} 6.0",
            "sluice_queue_rejected_total{pool=\"default\"} 8.0",
            "sluice_retries_total{pool=\"default\",reason=\"reset\"} 2.0",
            "sluice_retries_total{pool=\"default\",reason=\"status\"} 1.0",
            "sluice_retries_suppressed_total{pool=\"default\"} 3.0",
            "sluice_backend_requests_in_flight{backend=\"b1\",pool=\"default\"} 3.0",
            "sluice_backend_requests_in_flight{backend=\"b2\",pool=\"default\"} 2.0",
            "sluice_access_log_dropped_total 17.0");
  }

  @Test
  void manyBackendsAreCountedEach() {
    ProxyObserver.Loop loop = metrics.forLoop(0, Runnable::run);
    for (int round = 0; round < 3; round++) {
      for (int pool = 0; pool < 20; pool++) {
        for (int backend = 0; backend < 50; backend++) {
          loop.requestEnded(Finished.get("/").to("p" + pool, "b" + backend, "x"));
        }
      }
    }
    assertThat(scrape().stream().filter(line -> line.startsWith("sluice_requests_total")))
        .hasSize(1000)
        .allMatch(line -> line.endsWith("status_class=\"2xx\"} 3.0"));
  }

  @Test
  void reasonsBeyondTheLimitAreCountedTogether() {
    ProxyObserver.Loop first = metrics.forLoop(0, Runnable::run);
    ProxyObserver.Loop second = metrics.forLoop(1, Runnable::run);
    for (int i = 0; i < 100; i++) {
      first.requestEnded(Finished.get("/").status(502).error("reason " + i));
      second.requestEnded(Finished.get("/").status(502).error("reason " + i));
    }
    assertThat(scrape().stream().filter(line -> line.startsWith("sluice_errors_total")))
        .hasSize(TrafficMetrics.MOST_REASONS + 1)
        .contains(
            "sluice_errors_total{pool=\"default\",reason=\"reason 0\"} 2.0",
            "sluice_errors_total{pool=\"default\",reason=\"reason 63\"} 2.0",
            "sluice_errors_total{pool=\"default\",reason=\"other\"} 72.0");
  }

  @Test
  void aScrapeDuringTrafficNeverGoesBack() throws Exception {
    ProxyObserver.Loop loop = metrics.forLoop(0, Runnable::run);
    int requests = 300_000;
    Thread traffic =
        Thread.ofPlatform()
            .start(
                () -> {
                  Finished[] all = {Finished.get("/"), Finished.get("/").error("x")};
                  for (int i = 0; i < requests; i++) {
                    loop.requestEnded(all[i & 1]);
                  }
                });
    double before = 0;
    while (traffic.isAlive()) {
      double now = count();
      assertThat(now).isGreaterThanOrEqualTo(before);
      before = now;
    }
    traffic.join();
    assertThat(count()).isEqualTo(requests);
    assertThat(scrape())
        .contains("sluice_errors_total{pool=\"default\",reason=\"x\"} " + requests / 2 + ".0");
  }

  private double count() {
    return scrape().stream()
        .filter(line -> line.startsWith("sluice_requests_total"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  @Test
  void whatIsObservedOfABackendIsShown() {
    assertThat(scrape())
        .contains(
            "sluice_backend_up{backend=\"b1\",pool=\"default\"} 1.0",
            "sluice_backend_up{backend=\"b2\",pool=\"default\"} 0.0",
            "sluice_backend_ejected{backend=\"b1\",pool=\"default\"} 0.0",
            "sluice_backend_ejected{backend=\"b2\",pool=\"default\"} 1.0",
            "sluice_health_checks_total{backend=\"b1\",pool=\"default\",result=\"passed\"} 7.0",
            "sluice_health_checks_total{backend=\"b1\",pool=\"default\",result=\"failed\"} 2.0",
            "sluice_health_transitions_total{backend=\"b1\",pool=\"default\"} 3.0");
  }

  @Test
  void aBackendWithoutChecksHasNoneCounted() {
    assertThat(scrape()).noneMatch(line -> line.matches("sluice_health.*backend=\"b2\".*"));
  }

  @Test
  void thePoolsModeIsOneOfAllModes() {
    assertThat(scrape())
        .contains(
            "sluice_pool_mode{mode=\"normal\",pool=\"default\"} 0.0",
            "sluice_pool_mode{mode=\"panic\",pool=\"default\"} 0.0",
            "sluice_pool_mode{mode=\"spilled\",pool=\"default\"} 1.0",
            "sluice_pool_mode{mode=\"unavailable\",pool=\"default\"} 0.0",
            "sluice_pool_eligible_backends{pool=\"default\"} 2.0");
  }

  @Test
  void aSecondSetOfTheSameNamesIsRefused() {
    assertThatThrownBy(() -> new TrafficMetrics().bindTo(registry, () -> STATUS, () -> 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sluice_requests");
  }

  @Test
  void aCompositeRegistryShowsThemInItsPrometheusPart() {
    PrometheusMeterRegistry part = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    CompositeMeterRegistry composite = new CompositeMeterRegistry();
    composite.add(new SimpleMeterRegistry()).add(part);
    new TrafficMetrics().binder(() -> STATUS, () -> 3).bindTo(composite);
    assertThat(part.scrape()).contains("sluice_access_log_dropped_total 3.0\n");
  }

  @Test
  void refusedProxyHeadersOfAllLoopsAreAddedUp() {
    assertThat(scrape()).contains("sluice_proxy_headers_refused_total 0.0");
    metrics.forLoop(0, Runnable::run).proxyHeaderRefused();
    ProxyObserver.Loop second =
        ProxyObservers.of(metrics, (loop, tasks) -> request -> {}).forLoop(1, Runnable::run);
    second.proxyHeaderRefused();
    second.proxyHeaderRefused();
    assertThat(scrape()).contains("sluice_proxy_headers_refused_total 3.0");
  }

  @Test
  void severalObserversAreToldInOrder() {
    StringBuilder told = new StringBuilder();
    ProxyObserver a = (loop, tasks) -> request -> told.append('a').append(loop);
    ProxyObserver b = (loop, tasks) -> request -> told.append('b').append(loop);
    ProxyObserver c = (loop, tasks) -> request -> told.append('c').append(loop);
    ProxyObservers.of(a, b, ProxyObserver.NONE, c)
        .forLoop(7, Runnable::run)
        .requestEnded(Finished.get("/"));
    assertThat(told).hasToString("a7b7c7");
    assertThat(ProxyObservers.of()).isSameAs(ProxyObserver.NONE);
    assertThat(ProxyObservers.of(ProxyObserver.NONE, b)).isSameAs(b);
  }
}
