package io.sluice.upstream;

import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.config.Address;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.TlsSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What all event loops share about connections to backends: TLS material and targets. */
public final class Upstreams {
  private final TlsContexts contexts = new TlsContexts();
  private final Map<Backend, UpstreamTarget> targets = new ConcurrentHashMap<>();

  /** Of every event loop; written before traffic. */
  private final List<LoopPool> loops = new CopyOnWriteArrayList<>();

  /**
   * Works out how a pool's backends are reached. Nothing is connected.
   *
   * @throws UpstreamConfigurationException when TLS material cannot be used
   */
  public void prepare(Pool pool) {
    prepare(pool, pool.backends());
  }

  /**
   * The same for backends that the pool does not have yet.
   *
   * @throws UpstreamConfigurationException when TLS material cannot be used
   */
  public void prepare(Pool pool, List<Backend> backends) {
    for (Backend backend : backends) {
      UpstreamTarget before = targets.get(backend);
      BackendConnections connections =
          before == null ? new BackendConnections() : before.connections();
      targets.put(backend, UpstreamTarget.of(backend, pool.spec(), contexts, connections));
    }
    HealthCheckSpec checks = pool.spec().healthCheck();
    TlsSpec ofChecks = checks == null ? null : checks.tls();
    if (ofChecks != null && ofChecks.enabled()) {
      contexts.of(ofChecks);
    }
  }

  /**
   * How an address is reached with these settings, which need not be a backend's.
   *
   * @throws UpstreamConfigurationException when TLS material cannot be used
   */
  public Endpoint endpoint(Address address, TlsSpec tls) {
    return Endpoint.of(address, tls, contexts);
  }

  UpstreamTarget target(Backend backend) {
    UpstreamTarget target = targets.get(backend);
    if (target == null) {
      throw new IllegalStateException(backend + " was never prepared");
    }
    return target;
  }

  /** A backend is no longer wanted: idle connections to it close, the others when they end. */
  public void retire(Backend backend) {
    for (LoopPool pool : loops) {
      pool.execute(() -> pool.retire(backend));
    }
  }

  /** Lets go of a retired backend; only when no request can still be on its way to it. */
  public void forget(Backend backend) {
    targets.remove(backend);
  }

  void add(LoopPool loop) {
    loops.add(loop);
  }

  /** Closes one idle connection to a backend, on whichever loop has one. */
  void closeOneIdle(Backend backend) {
    closeOneIdle(backend, 0);
  }

  private void closeOneIdle(Backend backend, int loop) {
    if (loop < loops.size()) {
      LoopPool pool = loops.get(loop);
      pool.execute(
          () -> {
            if (!pool.closeOldestIdle(backend)) {
              closeOneIdle(backend, loop + 1);
            }
          });
    }
  }

  /** A backend may have another connection: tells the loops where requests lack one. */
  void serveLacking(Backend backend) {
    for (LoopPool pool : loops) {
      pool.execute(() -> pool.serveLacking(backend));
    }
  }
}
