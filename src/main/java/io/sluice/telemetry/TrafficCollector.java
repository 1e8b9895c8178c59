package io.sluice.telemetry;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.sluice.balance.PoolStatus;
import io.sluice.control.DataPlaneStatus;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.health.HealthStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Adds up the event loops' counters for a scrape. */
final class TrafficCollector implements MultiCollector {
  private static final double[] BOUNDS = PoolTraffic.boundsInSeconds();

  private final TrafficMetrics metrics;
  private final Supplier<DataPlaneStatus> status;
  private final LongSupplier accessLogDropped;

  TrafficCollector(
      TrafficMetrics metrics, Supplier<DataPlaneStatus> status, LongSupplier accessLogDropped) {
    this.metrics = metrics;
    this.status = status;
    this.accessLogDropped = accessLogDropped;
  }

  @Override
  public List<MetricFamilyDescriptor> getMetricFamilyDescriptors() {
    return Arrays.stream(Metric.values()).map(Metric::descriptor).toList();
  }

  @Override
  public MetricSnapshots collect() {
    Sums sums = new Sums();
    metrics.loops().forEach(sums::add);
    List<MetricSnapshot> all = new ArrayList<>();
    addTraffic(sums, all);
    long refused = metrics.loops().stream().mapToLong(LoopTraffic::proxyHeadersRefused).sum();
    all.add(counter(Metric.PROXY_HEADERS_REFUSED, List.of(point(refused))));
    DataPlaneStatus now = status.get();
    addLoads(now.loads(), all);
    addStatus(now, all);
    all.add(counter(Metric.LOG_DROPPED, List.of(point(accessLogDropped.getAsLong()))));
    return new MetricSnapshots(all);
  }

  private record BackendKey(String pool, String backend) {}

  private record ErrorKey(String pool, String reason) {}

  /** All loops together. */
  private static final class Sums {
    final Map<BackendKey, long[]> requests =
        new TreeMap<>(Comparator.comparing(BackendKey::pool).thenComparing(BackendKey::backend));
    final Map<String, PoolSums> pools = new TreeMap<>();
    final Map<ErrorKey, Long> errors =
        new TreeMap<>(Comparator.comparing(ErrorKey::pool).thenComparing(ErrorKey::reason));

    void add(LoopTraffic loop) {
      Set<PoolTraffic> seen = new HashSet<>();
      for (BackendTraffic t = loop.newest(); t != null; t = t.previous) {
        long[] byClass =
            requests.computeIfAbsent(
                new BackendKey(t.pool.pool, t.backend()),
                k -> new long[BackendTraffic.STATUS_CLASSES]);
        for (int i = 0; i < byClass.length; i++) {
          byClass[i] += t.get(i);
        }
        if (seen.add(t.pool)) {
          add(t.pool);
        }
      }
    }

    private void add(PoolTraffic pool) {
      PoolSums sums = pools.computeIfAbsent(pool.pool, p -> new PoolSums());
      for (int i = 0; i < PoolTraffic.COUNTERS; i++) {
        sums.counters[i] += i == PoolTraffic.SUM ? 0 : pool.get(i);
      }
      sums.seconds += pool.seconds();
      pool.eachError(
          (reason, count) -> errors.merge(new ErrorKey(pool.pool, reason), count, Long::sum));
    }
  }

  private static final class PoolSums {
    final long[] counters = new long[PoolTraffic.COUNTERS];
    double seconds;
  }

  private static void addTraffic(Sums sums, List<MetricSnapshot> to) {
    List<CounterDataPointSnapshot> requests = new ArrayList<>();
    sums.requests.forEach(
        (key, byClass) -> {
          for (int i = 0; i < byClass.length; i++) {
            if (byClass[i] > 0) {
              requests.add(
                  point(
                      byClass[i],
                      "pool",
                      key.pool(),
                      "backend",
                      key.backend(),
                      "status_class",
                      BackendTraffic.statusClass(i)));
            }
          }
        });
    to.add(counter(Metric.REQUESTS, requests));
    List<HistogramDataPointSnapshot> durations = new ArrayList<>();
    sums.pools.forEach(
        (pool, s) ->
            durations.add(
                HistogramDataPointSnapshot.builder()
                    .classicHistogramBuckets(
                        ClassicHistogramBuckets.of(
                            BOUNDS, Arrays.copyOf(s.counters, PoolTraffic.BUCKETS)))
                    .sum(s.seconds)
                    .labels(Labels.of("pool", pool))
                    .build()));
    to.add(new HistogramSnapshot(Metric.DURATION.metadata(), durations));
    to.add(poolCounter(Metric.REQUEST_BYTES, sums, PoolTraffic.BYTES_IN));
    to.add(poolCounter(Metric.RESPONSE_BYTES, sums, PoolTraffic.BYTES_OUT));
    to.add(poolCounter(Metric.TRIES, sums, PoolTraffic.TRIES));
    List<CounterDataPointSnapshot> errors = new ArrayList<>();
    sums.errors.forEach(
        (key, n) -> errors.add(point(n, "pool", key.pool(), "reason", key.reason())));
    to.add(counter(Metric.ERRORS, errors));
  }

  private static CounterSnapshot poolCounter(Metric metric, Sums sums, int counter) {
    List<CounterDataPointSnapshot> points = new ArrayList<>();
    sums.pools.forEach((pool, s) -> points.add(point(s.counters[counter], "pool", pool)));
    return counter(metric, points);
  }

  private static void addStatus(DataPlaneStatus now, List<MetricSnapshot> to) {
    to.add(gauge(Metric.CONNECTIONS, now.connections()));
    to.add(gauge(Metric.IN_FLIGHT, now.requests()));
    to.add(gauge(Metric.UPSTREAM, now.upstreamConnections()));
    to.add(gauge(Metric.UPSTREAM_IDLE, now.upstreamIdle()));
    addBackends(now.backends(), to);
    addPools(now.pools(), to);
  }

  private static void addBackends(List<BackendStatus> backends, List<MetricSnapshot> to) {
    List<GaugeDataPointSnapshot> requests = new ArrayList<>();
    List<GaugeDataPointSnapshot> up = new ArrayList<>();
    List<GaugeDataPointSnapshot> ejected = new ArrayList<>();
    List<CounterDataPointSnapshot> checks = new ArrayList<>();
    List<CounterDataPointSnapshot> transitions = new ArrayList<>();
    for (BackendStatus b : backends) {
      Labels labels = Labels.of("pool", b.pool(), "backend", b.backend());
      requests.add(new GaugeDataPointSnapshot(b.requests(), labels, null));
      up.add(new GaugeDataPointSnapshot(b.up() ? 1 : 0, labels, null));
      ejected.add(new GaugeDataPointSnapshot(b.ejection().isEjected() ? 1 : 0, labels, null));
      HealthStatus.Counts counts = b.checks();
      if (counts != null) {
        checks.add(check(counts.passed(), b, "passed"));
        checks.add(check(counts.failed(), b, "failed"));
        transitions.add(point(counts.transitions(), "pool", b.pool(), "backend", b.backend()));
      }
    }
    to.add(new GaugeSnapshot(Metric.BACKEND_IN_FLIGHT.metadata(), requests));
    to.add(new GaugeSnapshot(Metric.BACKEND_UP.metadata(), up));
    to.add(new GaugeSnapshot(Metric.BACKEND_EJECTED.metadata(), ejected));
    to.add(counter(Metric.CHECKS, checks));
    to.add(counter(Metric.TRANSITIONS, transitions));
  }

  private static CounterDataPointSnapshot check(long count, BackendStatus b, String result) {
    return point(count, "pool", b.pool(), "backend", b.backend(), "result", result);
  }

  private static void addPools(List<PoolStatus> pools, List<MetricSnapshot> to) {
    List<GaugeDataPointSnapshot> modes = new ArrayList<>();
    List<GaugeDataPointSnapshot> eligible = new ArrayList<>();
    for (PoolStatus pool : pools) {
      for (PoolStatus.Mode mode : PoolStatus.Mode.values()) {
        Labels labels =
            Labels.of("pool", pool.pool(), "mode", mode.name().toLowerCase(Locale.ROOT));
        modes.add(new GaugeDataPointSnapshot(pool.mode() == mode ? 1 : 0, labels, null));
      }
      eligible.add(
          new GaugeDataPointSnapshot(pool.eligible(), Labels.of("pool", pool.pool()), null));
    }
    to.add(new GaugeSnapshot(Metric.POOL_MODE.metadata(), modes));
    to.add(new GaugeSnapshot(Metric.POOL_ELIGIBLE.metadata(), eligible));
  }

  private static void addLoads(List<DataPlaneStatus.LoadStatus> loads, List<MetricSnapshot> to) {
    List<CounterDataPointSnapshot> retries = new ArrayList<>();
    List<CounterDataPointSnapshot> suppressed = new ArrayList<>();
    List<CounterDataPointSnapshot> rejected = new ArrayList<>();
    List<GaugeDataPointSnapshot> waiting = new ArrayList<>();
    for (DataPlaneStatus.LoadStatus load : loads) {
      load.retries()
          .forEach((reason, n) -> retries.add(point(n, "pool", load.pool(), "reason", reason)));
      suppressed.add(point(load.suppressed(), "pool", load.pool()));
      rejected.add(point(load.rejected(), "pool", load.pool()));
      Labels labels = Labels.of("pool", load.pool());
      waiting.add(new GaugeDataPointSnapshot(load.waiting(), labels, null));
    }
    to.add(counter(Metric.RETRIES, retries));
    to.add(counter(Metric.RETRIES_SUPPRESSED, suppressed));
    to.add(new GaugeSnapshot(Metric.QUEUE_WAITING.metadata(), waiting));
    to.add(counter(Metric.QUEUE_REJECTED, rejected));
  }

  private static GaugeSnapshot gauge(Metric metric, long value) {
    return new GaugeSnapshot(
        metric.metadata(), List.of(new GaugeDataPointSnapshot(value, Labels.EMPTY, null)));
  }

  private static CounterSnapshot counter(Metric metric, List<CounterDataPointSnapshot> points) {
    return new CounterSnapshot(metric.metadata(), points);
  }

  private static CounterDataPointSnapshot point(long value, String... labels) {
    return new CounterDataPointSnapshot(value, Labels.of(labels), null, 0);
  }
}
