package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.balance.Ejection;
import io.sluice.balance.FactObserver;
import io.sluice.balance.Health;
import io.sluice.balance.Pool;
import io.sluice.config.HealthCheckSpec;
import io.sluice.control.BackendChange.Fact;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.health.CheckMemory;
import io.sluice.health.HealthChecker;
import io.sluice.health.HealthLoops;
import io.sluice.health.HealthStatus;
import io.sluice.health.OutlierDetector;
import io.sluice.health.OutlierMemory;
import io.sluice.upstream.Upstreams;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The two that watch backends, by checks and by answers, on their common threads. */
final class BackendWatch implements FactObserver, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BackendWatch.class);

  private final HealthLoops loops = new HealthLoops();
  private final HealthChecker checker;
  private final OutlierDetector detector;
  private final ControlThread control;
  private final List<Consumer<BackendChange>> listeners = new CopyOnWriteArrayList<>();

  /**
   * Watches nothing yet.
   *
   * @param upstreams that every pool was prepared with
   */
  BackendWatch(Upstreams upstreams, ControlThread control) {
    this.control = control;
    checker = new HealthChecker(upstreams, loops);
    detector = new OutlierDetector(loops);
  }

  /**
   * Follows a change of some pools; those that are not named go on as they are.
   *
   * @param pools new ones and those that something has changed about
   * @param removed pools that are no more
   * @param gone backends that no pool has any more
   */
  void change(Collection<Pool> pools, Collection<Pool> removed, Collection<Backend> gone) {
    checker.change(pools, gone);
    detector.change(pools, removed);
  }

  /** Goes on from what was found of a backend before; {@link #change} follows. */
  void remember(Backend backend, CheckMemory memory) {
    checker.remember(backend, memory);
  }

  /** Goes on from what was known of backends before; also of those that are watched already. */
  void remember(Map<Backend, OutlierMemory> memory) {
    if (!memory.isEmpty()) {
      detector.remember(memory);
    }
  }

  /** What checks have found; waits for the health loops. */
  Map<Backend, CheckMemory> checks() {
    return checker.memory();
  }

  /** What answers have led to; waits for the health loops. */
  Map<Backend, OutlierMemory> outliers() {
    return detector.memory();
  }

  /** Waits until what {@link #change} was told to watch is watched. */
  void settle() {
    detector.settled().syncUninterruptibly();
  }

  /** Tells of everything that is observed from now on, on the control thread. */
  void onChange(Consumer<BackendChange> listener) {
    listeners.add(listener);
  }

  @Override
  public void healthChanged(Backend backend, Health before, Health after) {
    tell(
        backend,
        Fact.HEALTH,
        new String[] {word(before.state()), word(after.state())},
        after.reason());
  }

  @Override
  public void ejectionChanged(Backend backend, Ejection before, Ejection after) {
    tell(backend, Fact.EJECTION, new String[] {word(before), word(after)}, after.reason());
  }

  private static String word(Health.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private static String word(Ejection ejection) {
    return ejection.isEjected() ? "ejected" : "none";
  }

  private void tell(Backend backend, Fact fact, String[] change, @Nullable String cause) {
    if (listeners.isEmpty()) {
      return;
    }
    BackendChange told =
        new BackendChange(
            Instant.now(), backend.poolId(), backend.id(), fact, change[0], change[1], cause);
    control.execute(
        () -> {
          for (Consumer<BackendChange> listener : listeners) {
            try {
              listener.accept(told);
            } catch (RuntimeException e) {
              LOG.error("a listener fails on {}", told, e);
            }
          }
        });
  }

  /** What checks have found of a backend; null: it has none. */
  @Nullable HealthStatus health(Backend backend) {
    return checker.status(backend);
  }

  /**
   * A backend at the moment.
   *
   * @param share its part of its pool's new requests
   */
  BackendStatus status(Pool pool, Backend backend, double share) {
    Health health = backend.health();
    return new BackendStatus(
        pool.id(),
        backend.id(),
        backend.address(),
        backend.inFlight(),
        isUp(pool.spec().healthCheck(), health.state()),
        health,
        backend.ejection(),
        checker.counts(backend),
        backend.adminState(),
        pool.isEligible(backend),
        share,
        backend.tunnels());
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
