package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.health.HealthStatus;
import io.sluice.proxy.ProxyLoops;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a data plane looks like from outside at the moment. Callable from any thread. */
final class Sights {
  private final World world;
  private final BackendWatch watch;
  private final ProxyLoops loops;
  private final Listeners listeners;

  Sights(World world, BackendWatch watch, ProxyLoops loops, Listeners listeners) {
    this.listeners = listeners;
    this.world = world;
    this.watch = watch;
    this.loops = loops;
  }

  /** As {@link DataPlane#health}. */
  @Nullable HealthStatus health(String pool, String backend) {
    Pool of = world.pools().get(pool);
    Backend found = of == null ? null : find(of, backend);
    return found == null ? null : watch.health(found);
  }

  private static @Nullable Backend find(Pool pool, String id) {
    for (Backend backend : pool.backends()) {
      if (backend.id().equals(id)) {
        return backend;
      }
    }
    return null;
  }

  /** As {@link DataPlane#backends}. */
  List<BackendStatus> backends(String pool) {
    Pool of = world.pools().get(pool);
    List<BackendStatus> backends = new ArrayList<>();
    if (of != null) {
      addBackends(of, backends);
    }
    return backends;
  }

  /** As {@link DataPlane#backend}. */
  @Nullable BackendStatus backend(String pool, String backend) {
    Pool of = world.pools().get(pool);
    Backend found = of == null ? null : find(of, backend);
    return of == null || found == null
        ? null
        : watch.status(of, found, of.shares().getOrDefault(found, 0.0));
  }

  private void addBackends(Pool pool, List<BackendStatus> to) {
    Map<Backend, Double> shares = pool.shares();
    for (Backend backend : pool.backends()) {
      to.add(watch.status(pool, backend, shares.getOrDefault(backend, 0.0)));
    }
  }

  /** As {@link DataPlane#status}. */
  DataPlaneStatus all() {
    Collection<Pool> pools = world.pools().values();
    List<BackendStatus> backends = new ArrayList<>();
    pools.forEach(pool -> addBackends(pool, backends));
    return new DataPlaneStatus(
        loops.connections(),
        loops.requests(),
        loops.upstreamConnections(),
        loops.upstreamIdle(),
        pools.stream().map(Pool::status).toList(),
        pools.stream().map(DataPlaneStatus.LoadStatus::of).toList(),
        backends,
        listeners.tls());
  }

  /** As {@link DataPlane#carried}. */
  List<PlaneMemory.Carried> carried() {
    List<PlaneMemory.Carried> carried = new ArrayList<>();
    for (Pool pool : world.pools().values()) {
      for (Backend backend : pool.backends()) {
        int tunnels = backend.tunnels(); // before the requests, which count them until the end
        int requests = Math.max(0, backend.inFlight() - tunnels);
        if (requests + tunnels > 0) {
          carried.add(new PlaneMemory.Carried(pool.id(), backend.id(), requests, tunnels));
        }
      }
    }
    return carried;
  }
}
