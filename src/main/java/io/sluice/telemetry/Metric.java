package io.sluice.telemetry;

import static io.prometheus.metrics.model.registry.MetricType.COUNTER;
import static io.prometheus.metrics.model.registry.MetricType.GAUGE;
import static io.prometheus.metrics.model.registry.MetricType.HISTOGRAM;

import io.prometheus.metrics.model.registry.MetricType;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.Set;

/** What the data plane tells Prometheus; {@code docs/reference/metrics.md}. */
enum Metric {
  REQUESTS(COUNTER, "sluice_requests", "Requests that have ended"),
  DURATION(
      HISTOGRAM,
      "sluice_request_duration_seconds",
      "From a request's first byte to its answer's last"),
  REQUEST_BYTES(COUNTER, "sluice_request_bytes", "Bytes of request bodies received from clients"),
  RESPONSE_BYTES(COUNTER, "sluice_response_bytes", "Bytes sent to clients, heads and bodies"),
  TRIES(COUNTER, "sluice_upstream_tries", "Connections to backends that requests were sent on"),
  RETRIES(COUNTER, "sluice_retries", "Further tries after a failure, by reason"),
  RETRIES_SUPPRESSED(
      COUNTER, "sluice_retries_suppressed", "Further tries that the retry budget did not allow"),
  QUEUE_WAITING(GAUGE, "sluice_queue_waiting", "Requests that wait for a backend with room"),
  QUEUE_REJECTED(
      COUNTER, "sluice_queue_rejected", "Requests that got 503 because every backend was full"),
  ERRORS(COUNTER, "sluice_errors", "Requests that Sluice answered by itself or cut, by reason"),
  PROXY_HEADERS_REFUSED(
      COUNTER,
      "sluice_proxy_headers_refused",
      "Client connections closed because their PROXY header was missing or malformed"),
  CONNECTIONS(GAUGE, "sluice_connections", "Client connections, idle ones included"),
  IN_FLIGHT(GAUGE, "sluice_requests_in_flight", "Requests in flight, tunnels included"),
  UPSTREAM(GAUGE, "sluice_upstream_connections", "Connections to backends, idle ones included"),
  UPSTREAM_IDLE(GAUGE, "sluice_upstream_idle_connections", "Idle connections to backends"),
  BACKEND_IN_FLIGHT(GAUGE, "sluice_backend_requests_in_flight", "Requests in flight at a backend"),
  BACKEND_UP(GAUGE, "sluice_backend_up", "Whether a backend counts as up"),
  BACKEND_EJECTED(
      GAUGE, "sluice_backend_ejected", "Whether a backend is left out because of its answers"),
  CHECKS(COUNTER, "sluice_health_checks", "Health checks that have ended"),
  TRANSITIONS(COUNTER, "sluice_health_transitions", "Changes of a backend's health"),
  POOL_MODE(GAUGE, "sluice_pool_mode", "1 for the mode that a pool is in, 0 for the others"),
  POOL_ELIGIBLE(GAUGE, "sluice_pool_eligible_backends", "Backends that take new requests"),
  LOG_DROPPED(COUNTER, "sluice_access_log_dropped", "Access log lines that were not written");

  private final MetricType type;
  private final String id;
  private final String help;

  Metric(MetricType type, String id, String help) {
    this.type = type;
    this.id = id;
    this.help = help;
  }

  /** Its name as it is shown. */
  String shownName() {
    return type == COUNTER ? id + "_total" : id;
  }

  Set<String> labels() {
    return switch (this) {
      case REQUESTS -> Set.of("pool", "backend", "status_class");
      case DURATION,
          REQUEST_BYTES,
          RESPONSE_BYTES,
          TRIES,
          POOL_ELIGIBLE,
          RETRIES_SUPPRESSED,
          QUEUE_WAITING,
          QUEUE_REJECTED ->
          Set.of("pool");
      case POOL_MODE -> Set.of("pool", "mode");
      case RETRIES, ERRORS -> Set.of("pool", "reason");
      case CHECKS -> Set.of("pool", "backend", "result");
      case BACKEND_IN_FLIGHT, BACKEND_UP, BACKEND_EJECTED, TRANSITIONS -> Set.of("pool", "backend");
      case PROXY_HEADERS_REFUSED, CONNECTIONS, IN_FLIGHT, UPSTREAM, UPSTREAM_IDLE, LOG_DROPPED ->
          Set.of();
    };
  }

  MetricMetadata metadata() {
    return this == DURATION
        ? new MetricMetadata(id, help, Unit.SECONDS)
        : new MetricMetadata(id, help);
  }

  /** What the registry checks for clashes with others. */
  MetricFamilyDescriptor descriptor() {
    return MetricFamilyDescriptor.of(type, metadata(), labels());
  }
}
