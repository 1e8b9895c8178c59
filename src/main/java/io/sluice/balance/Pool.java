package io.sluice.balance;

import io.sluice.config.PoolSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A living pool: its backends and the published way to pick one of them. */
public final class Pool {
  private final PoolSpec spec;
  private final List<Backend> backends;
  private final PoolLoad load = new PoolLoad();

  /** Written by the control thread only; read once by each request. */
  private volatile Balancer.Picker picker;

  /**
   * A pool that is ready to pick.
   *
   * @param backends in declaration order
   */
  public Pool(PoolSpec spec, List<Backend> backends, Balancer balancer) {
    this.spec = spec;
    this.backends = List.copyOf(backends);
    this.picker = balancer.picker(backends.stream().filter(b -> b.weight() > 0).toList());
  }

  public String id() {
    return spec.id();
  }

  public PoolSpec spec() {
    return spec;
  }

  public List<Backend> backends() {
    return backends;
  }

  /** What it carries at the moment. */
  public PoolLoad load() {
    return load;
  }

  /** Requests in flight on all of its backends. */
  public int inFlight() {
    int sum = 0;
    for (Backend backend : backends) {
      sum += backend.inFlight();
    }
    return sum;
  }

  /** A backend for a request; null when none takes new requests. */
  public @Nullable Backend pick(PickContext request) {
    Backend picked = picker.pick(request);
    if (picked == null || !request.avoids(picked)) {
      return picked;
    }
    for (Backend backend : backends) {
      if (backend.weight() > 0 && !request.avoids(backend)) {
        return backend;
      }
    }
    return picked;
  }
}
