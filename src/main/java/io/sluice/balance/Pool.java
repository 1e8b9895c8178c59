package io.sluice.balance;

import io.sluice.config.PoolSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A living pool: its backends and the published way to pick one of them. */
public final class Pool {
  private final PoolSpec spec;
  private final List<Backend> backends;

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

  /** A backend for a request; null when none takes new requests. */
  public @Nullable Backend pick(PickContext request) {
    return picker.pick(request);
  }
}
