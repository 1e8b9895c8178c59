package io.sluice.telemetry;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.sluice.control.DataPlaneStatus.TlsStatus;
import io.sluice.tls.CertificateStatus;
import io.sluice.tls.HandshakeCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Handshakes and certificates of the listeners with TLS, for a scrape. */
final class TlsMetrics {
  private TlsMetrics() {}

  static void add(List<TlsStatus> listeners, Instant now, List<MetricSnapshot> to) {
    Map<String, HandshakeCounts> handshakes = new LinkedHashMap<>();
    // listeners at ports of the system's choice may have the same labels
    Map<Labels, CertificateStatus> certificates = new LinkedHashMap<>();
    for (TlsStatus listener : listeners) {
      handshakes.merge(listener.listener(), listener.handshakes(), TlsMetrics::sum);
      for (CertificateStatus one : listener.certificates()) {
        certificates.putIfAbsent(Labels.of("listener", one.listener(), "name", one.source()), one);
      }
    }
    List<CounterDataPointSnapshot> ended = new ArrayList<>();
    handshakes.forEach(
        (listener, counts) -> {
          ended.add(point(counts.full(), listener, "full"));
          ended.add(point(counts.resumed(), listener, "resumed"));
          ended.add(point(counts.failed(), listener, "failed"));
          ended.add(point(counts.timedOut(), listener, "timeout"));
        });
    to.add(new CounterSnapshot(Metric.HANDSHAKES.metadata(), ended));
    addCertificates(certificates, now, to);
  }

  private static HandshakeCounts sum(HandshakeCounts a, HandshakeCounts b) {
    return new HandshakeCounts(
        a.full() + b.full(),
        a.resumed() + b.resumed(),
        a.failed() + b.failed(),
        a.timedOut() + b.timedOut());
  }

  private static CounterDataPointSnapshot point(long count, String listener, String result) {
    return new CounterDataPointSnapshot(
        count, Labels.of("listener", listener, "result", result), null, 0);
  }

  private static void addCertificates(
      Map<Labels, CertificateStatus> all, Instant now, List<MetricSnapshot> to) {
    List<GaugeDataPointSnapshot> expiry = new ArrayList<>();
    List<GaugeDataPointSnapshot> refused = new ArrayList<>();
    List<CounterDataPointSnapshot> replacements = new ArrayList<>();
    all.forEach(
        (labels, one) -> {
          long left = Duration.between(now, one.until()).toSeconds();
          expiry.add(new GaugeDataPointSnapshot(left, labels, null));
          refused.add(new GaugeDataPointSnapshot(one.problem() == null ? 0 : 1, labels, null));
          replacements.add(new CounterDataPointSnapshot(one.replacements(), labels, null, 0));
        });
    to.add(new GaugeSnapshot(Metric.CERTIFICATE_EXPIRY.metadata(), expiry));
    to.add(new GaugeSnapshot(Metric.CERTIFICATE_REFUSED.metadata(), refused));
    to.add(new CounterSnapshot(Metric.CERTIFICATE_REPLACEMENTS.metadata(), replacements));
  }
}
