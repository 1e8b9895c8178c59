{{/*
The alerts, each for something that somebody has to do. `job` is the release's name, which the
ServiceMonitor says.
*/}}
{{- define "sluice.alerts" -}}
{{- $job := printf "job=%q,namespace=%q" .Release.Name .Release.Namespace }}
{{- $p := .Values.metrics.prometheusRule }}
- alert: SluiceAbsent
  expr: absent(sluice_connections{ {{- $job -}} })
  for: 2m
  severity: critical
  summary: No Sluice of {{ .Release.Name }} can be scraped
  description: No pod of {{ .Release.Name }} in {{ .Release.Namespace }} answers Prometheus. Either none runs, or the token or the NetworkPolicy keeps Prometheus out.
- alert: SluicePoolUnavailable
  expr: max by (namespace, pool) (sluice_pool_mode{ {{- $job -}} ,mode="unavailable"}) == 1
  for: 1m
  severity: critical
  summary: Pool {{`{{ $labels.pool }}`}} has no backend that takes requests
  description: Clients of pool {{`{{ $labels.pool }}`}} get 503. See GET /api/v1/backends?pool={{`{{ $labels.pool }}`}} for the reason of each backend.
- alert: SluicePoolPanic
  expr: max by (namespace, pool) (sluice_pool_mode{ {{- $job -}} ,mode="panic"}) == 1
  for: 5m
  severity: warning
  summary: Pool {{`{{ $labels.pool }}`}} has fewer backends than its panic threshold
  description: Health is set aside in pool {{`{{ $labels.pool }}`}} as its panic mode says, so some requests go to backends that are down.
- alert: SluiceErrors
  expr: sum by (namespace, pool) (rate(sluice_requests_total{ {{- $job -}} ,status_class="5xx",pool!=""}[5m])) / sum by (namespace, pool) (rate(sluice_requests_total{ {{- $job -}} ,pool!=""}[5m])) > {{ $p.errorRatio }}
  for: 5m
  severity: critical
  summary: Of the requests of pool {{`{{ $labels.pool }}`}} {{`{{ $value | humanizePercentage }}`}} fail
  description: More than {{ $p.errorRatio }} of the answers of pool {{`{{ $labels.pool }}`}} are 5xx. sluice_errors_total has the reasons of those that Sluice made itself.
- alert: SluiceSlow
  expr: histogram_quantile(0.99, sum by (namespace, pool, le) (rate(sluice_request_duration_seconds_bucket{ {{- $job -}} ,pool!=""}[5m]))) > {{ $p.latencySeconds }}
  for: 10m
  severity: warning
  summary: Pool {{`{{ $labels.pool }}`}} is slow
  description: One of a hundred requests of pool {{`{{ $labels.pool }}`}} takes more than {{ $p.latencySeconds }} s; tunnels count with their whole length.
- alert: SluiceBackendDown
  expr: max by (namespace, pool, backend) (sluice_backend_up{ {{- $job -}} }) == 0
  for: 10m
  severity: warning
  summary: Backend {{`{{ $labels.backend }}`}} of pool {{`{{ $labels.pool }}`}} is down
  description: Every Sluice finds {{`{{ $labels.pool }}/{{ $labels.backend }}`}} down for 10 minutes. "sluice check {{`{{ $labels.pool }}/{{ $labels.backend }}`}}" shows at which step.
- alert: SluiceBackendFlapping
  expr: max by (namespace, pool, backend) (increase(sluice_health_transitions_total{ {{- $job -}} }[15m])) > 6
  for: 5m
  severity: warning
  summary: Backend {{`{{ $labels.backend }}`}} of pool {{`{{ $labels.pool }}`}} goes up and down
  description: Its health has changed more than 6 times in 15 minutes. Higher rise, fall or timeout of the health check make it calmer.
- alert: SluiceRetriesSuppressed
  expr: sum by (namespace, pool) (rate(sluice_retries_suppressed_total{ {{- $job -}} }[5m])) > 0
  for: 10m
  severity: warning
  summary: Pool {{`{{ $labels.pool }}`}} has spent its retry budget
  description: For 10 minutes more tries have failed than the budget of pool {{`{{ $labels.pool }}`}} lets be repeated, so clients see failures.
- alert: SluiceQueueFull
  expr: sum by (namespace, pool) (rate(sluice_queue_rejected_total{ {{- $job -}} }[5m])) > 0
  for: 5m
  severity: warning
  summary: Pool {{`{{ $labels.pool }}`}} turns requests away
  description: Every backend of pool {{`{{ $labels.pool }}`}} is at its limit, and requests get 503. Add backends, or raise limits if they can bear it.
- alert: SluiceAccessLogDropped
  expr: sum by (namespace) (rate(sluice_access_log_dropped_total{ {{- $job -}} }[5m])) > 0
  for: 5m
  severity: info
  summary: Lines of the access log are lost
  description: What reads the access log of {{ .Release.Name }} is too slow. Requests are served all the same.
{{- end }}
