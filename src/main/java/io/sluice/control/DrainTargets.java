package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.control.Operation.Load;
import io.sluice.proxy.ProxyLoops;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The living backends that a drain is about. Bound to the control thread. */
final class DrainTargets {
  private final World world;
  private final NamedBackends names;
  private final ProxyLoops loops;

  /** By pool and backend; written by who follows the process before, read by the control thread. */
  private volatile Map<String, Load> elsewhere = Map.of();

  DrainTargets(World world, NamedBackends names, ProxyLoops loops) {
    this.world = world;
    this.names = names;
    this.loops = loops;
  }

  /** Those that a wanted backend stands for: one, or one for each address of its name. */
  List<Backend> of(PoolSpec pool, BackendSpec backend) {
    Pool living = world.pools().get(pool.id());
    if (living == null) {
      return List.of();
    }
    Set<String> ids = new HashSet<>();
    names.expand(pool.withBackends(List.of(backend))).backends().forEach(b -> ids.add(b.id()));
    List<Backend> found = new ArrayList<>();
    for (Backend candidate : living.backends()) {
      if (ids.contains(candidate.id())) {
        found.add(candidate);
      }
    }
    return found;
  }

  /** What another process still carries to them; callable from any thread. */
  void carriedElsewhere(Collection<PlaneMemory.Carried> carried) {
    Map<String, Load> loads = new HashMap<>();
    for (PlaneMemory.Carried each : carried) {
      loads.put(key(each.pool(), each.backend()), new Load(each.requests(), each.tunnels()));
    }
    elsewhere = Map.copyOf(loads);
  }

  private static String key(String pool, String backend) {
    return pool + "/" + backend;
  }

  /** What they carry, in the process before as well. */
  Load load(Collection<Backend> backends) {
    int requests = 0;
    int tunnels = 0;
    Map<String, Load> others = elsewhere;
    Set<String> counted = new HashSet<>();
    for (Backend backend : backends) {
      int open = backend.tunnels(); // before the requests, which count them until the very end
      requests += Math.max(0, backend.inFlight() - open);
      tunnels += open;
      String key = key(backend.poolId(), backend.id());
      Load other = others.get(key);
      if (other != null && counted.add(key)) {
        requests += other.requests();
        tunnels += other.tunnels();
      }
    }
    return new Load(requests, tunnels);
  }

  /**
   * Why a pool needs these backends although they are to be drained, for people; null: it does not,
   * or they could not help.
   */
  @Nullable String danger(PoolSpec wanted, Set<Backend> own) {
    Pool pool = world.pools().get(wanted.id());
    if (pool == null) {
      return null;
    }
    long others = 0;
    long total = 0;
    boolean helps = false;
    for (Backend backend : pool.backends()) {
      total += backend.weight();
      if (own.contains(backend)) {
        helps |= pool.isWell(backend);
      } else if (pool.isEligible(backend)) {
        others += backend.weight();
      }
    }
    if (!helps) {
      return null;
    }
    if (others == 0) {
      return "no other backend of pool %s takes requests".formatted(pool.id());
    }
    double share = (double) others / total;
    double least = wanted.minimumCapacity();
    return share >= least
        ? null
        : "the other backends of pool %s have %s of its weight, below its minimum-capacity of %s"
            .formatted(pool.id(), percent(share), percent(least));
  }

  private static String percent(double share) {
    return Math.round(share * 1000) / 10.0 + " %";
  }

  /** Ends whatever they carry, soon. */
  void cutOff(Set<Backend> backends) {
    loops.cutOff(backends);
  }
}
