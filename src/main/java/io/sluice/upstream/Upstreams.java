package io.sluice.upstream;

import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.config.Address;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** What all event loops share about connections to backends: TLS material and targets. */
public final class Upstreams {
  private final TlsContexts contexts = new TlsContexts();
  private final Map<Backend, UpstreamTarget> targets = new ConcurrentHashMap<>();

  /** Of every event loop; written before traffic. */
  private final List<LoopPool> loops = new CopyOnWriteArrayList<>();

  /** How the backends of a pool will be reached: worked out, not in use yet. */
  public static final class Targets {
    private final List<UpstreamTarget> all;

    private Targets(List<UpstreamTarget> all) {
      this.all = List.copyOf(all);
    }
  }

  /**
   * Works out how a living pool's backends are reached, and has them be reached so. Nothing is
   * connected.
   *
   * @throws UpstreamConfigurationException when TLS material cannot be used
   */
  public void prepare(Pool pool) {
    publish(prepare(pool.spec(), pool.backends()));
  }

  /**
   * Works out how backends of a wanted pool are to be reached, and changes nothing: {@link
   * #publish} does.
   *
   * @throws UpstreamConfigurationException when TLS material cannot be used
   */
  public Targets prepare(PoolSpec pool, List<Backend> backends) {
    List<UpstreamTarget> all = new ArrayList<>();
    for (Backend backend : backends) {
      UpstreamTarget before = targets.get(backend);
      BackendConnections connections =
          before == null ? new BackendConnections() : before.connections();
      all.add(UpstreamTarget.of(backend, pool, contexts, connections));
    }
    HealthCheckSpec checks = pool.healthCheck();
    TlsSpec ofChecks = checks == null ? null : checks.tls();
    if (ofChecks != null && ofChecks.enabled()) {
      contexts.of(ofChecks);
    }
    return new Targets(all);
  }

  /** Connections that are opened from now on are opened so; it cannot fail. */
  public void publish(Targets prepared) {
    List<UpstreamTarget> changed = new ArrayList<>();
    for (UpstreamTarget target : prepared.all) {
      UpstreamTarget before = targets.put(target.backend(), target);
      if (before != null && !before.equals(target)) {
        changed.add(target);
      }
    }
    if (!changed.isEmpty()) {
      for (LoopPool pool : loops) {
        pool.execute(() -> changed.forEach(pool::follow));
      }
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

  /**
   * What is past or soon past in the certificates of these settings, a sentence for each. It keeps
   * nothing from starting: who checks them may see it otherwise.
   */
  public static List<String> certificateDates(TlsSpec tls, Instant now) {
    return CertificateFiles.dates(tls, now);
  }

  UpstreamTarget target(Backend backend) {
    UpstreamTarget target = targets.get(backend);
    if (target == null) {
      throw new IllegalStateException(backend + " was never prepared");
    }
    return target;
  }

  /** How a backend is reached; null when it was forgotten. */
  @Nullable UpstreamTarget find(Backend backend) {
    return targets.get(backend);
  }

  /** Backends are no longer wanted: idle connections to them close, the others when they end. */
  public void retire(Collection<Backend> backends) {
    List<Backend> all = List.copyOf(backends);
    if (!all.isEmpty()) {
      for (LoopPool pool : loops) {
        pool.execute(() -> all.forEach(pool::retire));
      }
    }
  }

  /** Lets go of retired backends; only when no request can still be on its way to them. */
  public void forget(Collection<Backend> backends) {
    retire(backends); // what came back to be kept meanwhile
    backends.forEach(targets::remove);
  }

  /** Lets go of TLS material that no backend and no other of these settings needs any more. */
  public void prune(Collection<TlsSpec> others) {
    Set<TlsSpec> used = new HashSet<>(others);
    targets.keySet().forEach(backend -> used.add(backend.tls()));
    contexts.retain(used);
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
