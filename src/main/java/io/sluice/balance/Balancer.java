package io.sluice.balance;

import io.sluice.config.PoolSpec;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * An algorithm for one pool. When the set of eligible backends changes it builds a new immutable
 * {@link Picker}; requests read the published one, so picking needs no lock.
 */
public interface Balancer {

  /**
   * Builds the picker for a set of backends: those of one tier. Called by one thread at a time,
   * away from requests; it may take its time.
   *
   * @param eligible backends that take new requests, in declaration order, each of weight 1 or
   *     more; may be empty. Shares follow {@link Backend#effectiveWeight}
   */
  Picker picker(List<Backend> eligible);

  /**
   * Decides which tier takes a request while several do: any 64 bits, evenly distributed. An
   * algorithm that binds requests to backends gives the same number for the same request, so that
   * it stays in its tier.
   */
  default long spread(PickContext request) {
    return ThreadLocalRandom.current().nextLong();
  }

  /** The choice for one request. */
  interface Picker {
    /**
     * Picks a backend. Called by every event loop at once; must not block and should not allocate.
     * It need not look at {@link PickContext#avoids}: a backend that is to be avoided is picked
     * again from the others.
     *
     * @return null only when there is no eligible backend
     */
    @Nullable Backend pick(PickContext request);
  }

  /**
   * Makes balancers of one algorithm; found by {@link java.util.ServiceLoader}, named in a pool's
   * {@code algorithm}.
   */
  interface Factory {
    /** The algorithm's name in the configuration: lower-case letters, digits and dashes. */
    String name();

    /** A balancer for one pool. */
    Balancer create(PoolSpec pool);
  }
}
