package io.sluice.telemetry;

import io.sluice.proxy.FinishedRequest;
import io.sluice.proxy.ProxyObserver;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Counts the requests of one event loop. */
final class LoopTraffic implements ProxyObserver.Loop {
  private final UnaryOperator<String> limit;

  /** Written by the loop, read by scrapes, which go on by {@link BackendTraffic#previous}. */
  private volatile @Nullable BackendTraffic newest;

  /** Written by the loop only, read by scrapes. */
  private final AtomicLong proxyHeadersRefused = new AtomicLong();

  // The loop's own: where a request's counters are found without making a key.
  private final Map<String, PoolTraffic> pools = new HashMap<>();
  private final PairTable<BackendTraffic> backends = new PairTable<>();

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

  @Override
  public void proxyHeaderRefused() {
    proxyHeadersRefused.lazySet(proxyHeadersRefused.getPlain() + 1);
  }

  long proxyHeadersRefused() {
    return proxyHeadersRefused.get();
  }

  private static String orEmpty(@Nullable String id) {
    return id == null ? "" : id;
  }

  private BackendTraffic find(String pool, String backend) {
    BackendTraffic traffic = backends.get(pool, backend);
    return traffic == null ? add(pool, backend) : traffic;
  }

  private BackendTraffic add(String pool, String backend) {
    BackendTraffic traffic =
        new BackendTraffic(pools.computeIfAbsent(pool, PoolTraffic::new), backend, newest);
    backends.put(traffic);
    newest = traffic;
    return traffic;
  }
}
