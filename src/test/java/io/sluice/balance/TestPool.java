package io.sluice.balance;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.TestRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/** A pool whose time stands still until a test moves it, and its backends by name. */
final class TestPool {
  private final Pool pool;
  private long now = 1_000_000_000_000L;

  TestPool(PoolSpec spec) {
    this(spec, new RoundRobin(), Runnable::run);
  }

  TestPool(PoolSpec spec, Balancer balancer, Executor control) {
    pool = new Pool(spec, living(spec), balancer, null, control, () -> now);
  }

  /** Backends of weight 1 in tier 0, named so. */
  static PoolSpec spec(String... names) {
    return PoolSpec.of("p", Arrays.stream(names).map(TestPool::backend).toList());
  }

  static BackendSpec backend(String name) {
    return BackendSpec.of(name, new Address.Tcp(name + ".example", 80));
  }

  static List<Backend> living(PoolSpec spec) {
    List<Backend> backends = new ArrayList<>();
    spec.backends().forEach(b -> backends.add(new Backend(spec.id(), b, TlsSpec.OFF)));
    return backends;
  }

  /** The same pool with other settings of balancing. */
  static PoolSpec with(PoolSpec spec, UnaryOperator<BalanceSpec> change) {
    return spec.withBalance(change.apply(spec.balance()));
  }

  Pool pool() {
    return pool;
  }

  Backend backendNamed(String name) {
    return pool.backends().stream().filter(b -> b.id().equals(name)).findFirst().orElseThrow();
  }

  void health(String name, Health.State state) {
    backendNamed(name).health(new Health(state, "test", Instant.EPOCH));
  }

  void down(String... names) {
    for (String name : names) {
      health(name, Health.State.DOWN);
    }
  }

  void up(String... names) {
    for (String name : names) {
      health(name, Health.State.UP);
    }
  }

  void ejected(String name) {
    backendNamed(name).ejection(new Ejection(Instant.MAX, "test", 1));
  }

  void returned(String name) {
    backendNamed(name).ejection(new Ejection(null, "test", 1));
  }

  void update(PoolSpec next) {
    pool.apply(pool.prepare(next, new RoundRobin.Factory(), null));
  }

  /** Lets time pass as the control thread sees it. */
  void after(Duration time) {
    now += time.toNanos();
    pool.tick();
  }

  /** Picks for any request: how often each backend came, {@code none} for no choice. */
  Map<String, Integer> picks(int count) {
    return picks(count, TestRequest.ANY);
  }

  Map<String, Integer> picks(int count, PickContext request) {
    Map<String, Integer> counts = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Backend picked = pool.pick(request);
      counts.merge(picked == null ? "none" : picked.id(), 1, Integer::sum);
    }
    return counts;
  }
}
