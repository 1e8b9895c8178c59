package io.sluice.telemetry;

import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.Unit;

/** What the data plane tells Prometheus; {@code docs/reference/metrics.md}. */
enum Metric {
  REQUESTS("sluice_requests", "Requests that have ended"),
  DURATION("sluice_request_duration_seconds", "From a request's first byte to its answer's last"),
  REQUEST_BYTES("sluice_request_bytes", "Bytes of request bodies received from clients"),
  RESPONSE_BYTES("sluice_response_bytes", "Bytes sent to clients, heads and bodies"),
  TRIES("sluice_upstream_tries", "Connections to backends that requests were sent on"),
  ERRORS("sluice_errors", "Requests that Sluice answered by itself or cut, by reason"),
  CONNECTIONS("sluice_connections", "Client connections, idle ones included"),
  IN_FLIGHT("sluice_requests_in_flight", "Requests in flight, tunnels included"),
  UPSTREAM("sluice_upstream_connections", "Connections to backends, idle ones included"),
  UPSTREAM_IDLE("sluice_upstream_idle_connections", "Idle connections to backends"),
  BACKEND_IN_FLIGHT("sluice_backend_requests_in_flight", "Requests in flight at a backend"),
  LOG_DROPPED("sluice_access_log_dropped", "Access log lines that were not written");

  private final String id;
  private final String help;

  Metric(String id, String help) {
    this.id = id;
    this.help = help;
  }

  /** Its name without the {@code _total} that counters get when they are shown. */
  String id() {
    return id;
  }

  MetricMetadata metadata() {
    return this == DURATION
        ? new MetricMetadata(id, help, Unit.SECONDS)
        : new MetricMetadata(id, help);
  }
}
