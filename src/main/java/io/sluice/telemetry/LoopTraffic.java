package io.sluice.telemetry;

import io.sluice.proxy.FinishedRequest;
import io.sluice.proxy.ProxyObserver;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Counts the requests of one event loop. */
final class LoopTraffic implements ProxyObserver.Loop {
  private final UnaryOperator<String> limit;

  /** Written by the loop, read by scrapes, which go on by {@link BackendTraffic#previous}. */
  private volatile @Nullable BackendTraffic newest;

  // The loop's own: where a request's counters are found without making a key.
  private final Map<String, PoolTraffic> pools = new HashMap<>();
  private @Nullable BackendTraffic[] table = new BackendTraffic[64];
  private int count;

  /**
   * Nothing counted yet.
   *
   * @param limit gives the name that a reason of an error is counted by
   */
  LoopTraffic(UnaryOperator<String> limit) {
    this.limit = limit;
  }

  /** Of all backends seen the one seen last for the first time; null before any. Any thread. */
  @Nullable BackendTraffic newest() {
    return newest;
  }

  @Override
  public void requestEnded(FinishedRequest request) {
    BackendTraffic traffic = find(orEmpty(request.poolId()), orEmpty(request.backendId()));
    traffic.count(request.status());
    traffic.pool.count(request);
    String reason = request.errorReason();
    if (reason != null) {
      traffic.pool.countError(reason, limit);
    }
  }

  private static String orEmpty(@Nullable String id) {
    return id == null ? "" : id;
  }

  private BackendTraffic find(String pool, String backend) {
    int mask = table.length - 1;
    int i = slot(pool, backend) & mask;
    BackendTraffic traffic = table[i];
    while (traffic != null) {
      if (traffic.backend.equals(backend) && traffic.pool.pool.equals(pool)) {
        return traffic;
      }
      i = i + 1 & mask;
      traffic = table[i];
    }
    return add(pool, backend);
  }

  private static int slot(String pool, String backend) {
    int hash = pool.hashCode() * 31 + backend.hashCode();
    return hash ^ hash >>> 16;
  }

  private BackendTraffic add(String pool, String backend) {
    if (++count * 2 > table.length) {
      @Nullable BackendTraffic[] old = table;
      table = new BackendTraffic[old.length * 2];
      for (BackendTraffic traffic : old) {
        if (traffic != null) {
          insert(traffic);
        }
      }
    }
    BackendTraffic traffic =
        new BackendTraffic(pools.computeIfAbsent(pool, PoolTraffic::new), backend, newest);
    insert(traffic);
    newest = traffic;
    return traffic;
  }

  private void insert(BackendTraffic traffic) {
    int mask = table.length - 1;
    int i = slot(traffic.pool.pool, traffic.backend) & mask;
    while (table[i] != null) {
      i = i + 1 & mask;
    }
    table[i] = traffic;
  }
}
