package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.balance.Health;
import io.sluice.balance.Pool;
import io.sluice.config.HealthCheckSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.health.HealthChecker;
import io.sluice.health.HealthLoops;
import io.sluice.health.HealthStatus;
import io.sluice.health.OutlierDetector;
import io.sluice.upstream.Upstreams;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The two that watch backends, by checks and by answers, on their common threads. */
final class BackendWatch implements AutoCloseable {
  private final HealthLoops loops = new HealthLoops();
  private final HealthChecker checker;
  private final OutlierDetector detector;

  /**
   * Watches nothing yet.
   *
   * @param upstreams that every pool was prepared with
   */
  BackendWatch(Upstreams upstreams) {
    checker = new HealthChecker(upstreams, loops);
    detector = new OutlierDetector(loops);
  }

  /** Watches the backends of these pools, and no others, from now on. */
  void apply(Collection<Pool> pools) {
    checker.apply(pools);
    detector.apply(pools);
  }

  /** What checks have found of a backend; null: it has none. */
  @Nullable HealthStatus health(Backend backend) {
    return checker.status(backend);
  }

  /** A backend at the moment. */
  BackendStatus status(Pool pool, Backend backend) {
    Health health = backend.health();
    return new BackendStatus(
        pool.id(),
        backend.id(),
        backend.address(),
        backend.inFlight(),
        isUp(pool.spec().healthCheck(), health.state()),
        health,
        backend.ejection(),
        checker.counts(backend));
  }

  private static boolean isUp(@Nullable HealthCheckSpec checks, Health.State state) {
    return switch (state) {
      case UP -> true;
      case DOWN -> false;
      case UNKNOWN -> checks == null || checks.startUp();
    };
  }

  @Override
  public void close() {
    checker.close();
    detector.close();
    loops.close();
  }
}
