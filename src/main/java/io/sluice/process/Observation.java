package io.sluice.process;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.sluice.config.Configuration;
import io.sluice.proxy.ProxyObserver;
import java.util.List;

/**
 * Who watches the data plane's requests.
 *
 * @param observer told about every request
 * @param meters shown by the Prometheus endpoint
 * @param close writes out what is still queued; waits a bounded time
 */
record Observation(ProxyObserver observer, List<MeterBinder> meters, Runnable close) {
  Observation {
    meters = List.copyOf(meters);
  }

  /** Opens what the configuration asks for. This is the one place where observers are built. */
  static Observation of(Configuration configuration) {
    return new Observation(ProxyObserver.NONE, List.of(), () -> {});
  }
}
