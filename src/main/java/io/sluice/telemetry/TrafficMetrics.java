package io.sluice.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sluice.control.DataPlaneStatus;
import io.sluice.proxy.ProxyObserver;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Counts what the data plane does and shows it to Prometheus; names and labels in {@code
 * docs/reference/metrics.md}. Each event loop counts for itself; a scrape adds the loops up, so
 * that a request never waits for another processor's cache.
 */
public final class TrafficMetrics implements ProxyObserver {
  /** How many different reasons of errors are told apart; any further is {@link #OTHER}. */
  static final int MOST_REASONS = 64;

  static final String OTHER = "other";

  private final List<LoopTraffic> loops = new CopyOnWriteArrayList<>();

  /** Guarded by itself; asked only when a loop meets a reason for the first time. */
  private final Set<String> reasons = new HashSet<>();

  /** Counters at zero. */
  public TrafficMetrics() {}

  @Override
  public Loop forLoop(int loop, Executor tasks) {
    LoopTraffic traffic = new LoopTraffic(this::limited);
    loops.add(traffic);
    return traffic;
  }

  /** A label may not take endlessly many values, whatever text a failure brings with it. */
  private String limited(String reason) {
    synchronized (reasons) {
      if (reasons.size() < MOST_REASONS) {
        reasons.add(reason);
      }
      return reasons.contains(reason) ? reason : OTHER;
    }
  }

  List<LoopTraffic> loops() {
    return loops;
  }

  /**
   * Registers all metrics.
   *
   * @param registry whose Prometheus registry gets them; Micrometer's own view does not show them
   * @param status asked once for each scrape
   * @param accessLogDropped lines that were not written since the start
   * @throws IllegalArgumentException when they are registered there already
   */
  public void bindTo(
      PrometheusMeterRegistry registry,
      Supplier<DataPlaneStatus> status,
      LongSupplier accessLogDropped) {
    registry.getPrometheusRegistry().register(new TrafficCollector(this, status, accessLogDropped));
  }

  /**
   * The same for where only Micrometer's interface is at hand: registers with a Prometheus
   * registry, or with those that a composite one is made of; others show nothing.
   */
  public MeterBinder binder(Supplier<DataPlaneStatus> status, LongSupplier accessLogDropped) {
    return new MeterBinder() {
      @Override
      public void bindTo(MeterRegistry registry) {
        if (registry instanceof PrometheusMeterRegistry prometheus) {
          TrafficMetrics.this.bindTo(prometheus, status, accessLogDropped);
        } else if (registry instanceof CompositeMeterRegistry composite) {
          composite.getRegistries().forEach(this::bindTo);
        }
      }
    };
  }
}
