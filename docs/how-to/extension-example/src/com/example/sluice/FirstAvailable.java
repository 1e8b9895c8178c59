package com.example.sluice;

import io.sluice.balance.Backend;
import io.sluice.balance.Balancer;
import io.sluice.config.PoolSpec;
import java.util.List;

/**
 * Sends every request to the first backend that takes requests, in the order of the configuration:
 * the others only stand by.
 */
public final class FirstAvailable implements Balancer {

  /** Makes the algorithm {@code first-available}. */
  public static final class Factory implements Balancer.Factory {
    @Override
    public String name() {
      return "first-available";
    }

    @Override
    public Balancer create(PoolSpec pool) {
      return new FirstAvailable();
    }
  }

  @Override
  public Picker picker(List<Backend> eligible) {
    // Called when the set of backends changes, so that a pick is no more than reading a field.
    Backend first = eligible.isEmpty() ? null : eligible.get(0);
    return request -> first;
  }
}
