package io.sluice.process;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sluice.config.Configuration;
import io.sluice.control.DataPlaneStatus;
import io.sluice.proxy.ProxyObserver;
import io.sluice.telemetry.AccessLog;
import io.sluice.telemetry.ProxyObservers;
import io.sluice.telemetry.Statistics;
import io.sluice.telemetry.TrafficMetrics;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Who watches the data plane's requests: the one place where observers are built. */
final class Observation implements AutoCloseable {
  private final AccessLog accessLog;
  private final TrafficMetrics metrics = new TrafficMetrics();
  private final Statistics statistics = new Statistics();

  private Observation(AccessLog accessLog) {
    this.accessLog = accessLog;
  }

  /**
   * Opens what the configuration asks for.
   *
   * @throws io.sluice.control.DataPlaneException when the access log cannot be opened
   */
  static Observation of(Configuration configuration) {
    return new Observation(AccessLog.open(configuration.accessLog()));
  }

  /** Is told about every request. */
  ProxyObserver observer() {
    return ProxyObservers.of(metrics, statistics, accessLog);
  }

  /** What traffic was like; it is collected once {@link Statistics#start} was called. */
  Statistics statistics() {
    return statistics;
  }

  /** Shows what was counted at the Prometheus endpoint. */
  MeterBinder meters(Supplier<DataPlaneStatus> status) {
    return registry -> {
      if (registry instanceof PrometheusMeterRegistry prometheus) {
        metrics.bindTo(prometheus, status, accessLog::dropped);
      }
    };
  }

  /** Opens the access log's file again, for log rotation; see {@link AccessLog#reopen}. */
  CompletableFuture<Void> reopenLog() {
    return accessLog.reopen();
  }

  /** Writes out what is still queued; waits a bounded time. */
  @Override
  public void close() {
    statistics.close();
    accessLog.close();
  }
}
