package io.sluice.health;

import io.sluice.balance.Backend;
import io.sluice.balance.Health;
import io.sluice.balance.Health.State;
import io.sluice.balance.Pool;
import io.sluice.balance.RoundRobin;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.Await;
import io.sluice.upstream.Upstreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A living pool with a real checker and nothing else around it. */
final class CheckedPool implements AutoCloseable {
  /** Often, so that tests are short; nothing in them depends on how often. */
  static final HealthCheckSpec OFTEN =
      HealthCheckSpec.DEFAULT.withInterval(Duration.ofMillis(20)).withTimeout(Await.DEADLINE);

  private final Upstreams upstreams = new Upstreams();
  private final HealthLoops loops = new HealthLoops();
  private final ExecutorService control = Executors.newSingleThreadExecutor();
  private final HealthChecker checker = new HealthChecker(upstreams, loops);
  private final Pool pool;

  private CheckedPool(PoolSpec spec) {
    List<Backend> backends = new ArrayList<>();
    for (BackendSpec backend : spec.backends()) {
      backends.add(new Backend(spec.id(), backend, spec.tlsOf(backend)));
    }
    pool = new Pool(spec, backends, new RoundRobin(), control);
    upstreams.prepare(pool);
    checker.apply(List.of(pool));
  }

  /** Checks so from now on. */
  static CheckedPool of(HealthCheckSpec checks, int... ports) {
    return of(checks, TlsSpec.OFF, ports);
  }

  /** The same with backends that speak TLS. */
  static CheckedPool of(HealthCheckSpec checks, TlsSpec tls, int... ports) {
    List<BackendSpec> backends = new ArrayList<>();
    for (int port : ports) {
      backends.add(backend("b" + (backends.size() + 1), port));
    }
    return of(PoolSpec.of("default", backends).withTls(tls).withHealthCheck(checks));
  }

  static CheckedPool of(PoolSpec spec) {
    return new CheckedPool(spec);
  }

  static BackendSpec backend(String id, int port) {
    return BackendSpec.of(id, new Address.Tcp("127.0.0.1", port));
  }

  Pool pool() {
    return pool;
  }

  /** Changes what is wanted, as the control thread does. */
  void update(PoolSpec next) throws Exception {
    control.submit(() -> pool.apply(pool.prepare(next, new RoundRobin.Factory(), null))).get();
    upstreams.prepare(pool);
    checker.apply(List.of(pool));
  }

  Backend backend(int number) {
    return pool.backends().get(number - 1);
  }

  HealthStatus status(int number) {
    return Objects.requireNonNull(checker.status(backend(number)));
  }

  HealthChecker checker() {
    return checker;
  }

  /** Waits for a state. */
  Health await(int number, State state) {
    Await.until(() -> backend(number).health().state() == state, backend(number) + " is " + state);
    return backend(number).health();
  }

  /** Waits until a backend is down and says why. */
  String whyDown(int number) {
    return String.valueOf(await(number, State.DOWN).reason());
  }

  /** Waits for more checks. */
  void awaitChecks(int number, int more) {
    long before = checks(number);
    Await.until(() -> checks(number) >= before + more, more + " more checks");
  }

  long checks(int number) {
    HealthStatus.Counts counts = status(number).counts();
    return counts.passed() + counts.failed();
  }

  @Override
  public void close() {
    checker.close();
    loops.close();
    control.shutdownNow();
  }
}
