package io.sluice.balance;

import io.sluice.config.PoolSpec;
import java.util.List;
import java.util.function.Function;

/** The algorithms that Sluice brings. */
public final class Algorithms {
  private Algorithms() {}

  /** A factory of each. */
  public static List<Balancer.Factory> builtIn() {
    return List.of(
        new RoundRobin.Factory(),
        new Named("random", pool -> Weighted::random),
        new Named(
            "least-request",
            pool -> new LeastLoaded(pool.balance().choices(), new LeastLoaded.Requests())),
        new Named(
            "least-latency",
            pool ->
                new LeastLoaded(
                    pool.balance().choices(), new LeastLoaded.Latency(System::nanoTime))),
        new Named("ring-hash", pool -> new Hashed(pool, new Ketama())),
        new Named("maglev", pool -> new Hashed(pool, new Maglev())));
  }

  private record Named(String name, Function<PoolSpec, Balancer> maker)
      implements Balancer.Factory {
    @Override
    public Balancer create(PoolSpec pool) {
      return maker.apply(pool);
    }
  }
}
