package io.sluice.health;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.config.PoolSpec.Ejection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Watches what backends answer to live requests and takes out, for a time, those that answer worse
 * than a pool should bear. It exists because a backend can pass every check and still fail
 * requests; traffic shows that first.
 *
 * <p>Rows of failures are acted on at once; rates and latencies are compared every second over
 * about the last ten. All of it happens on one health loop, the only writer of ejections. {@link
 * #apply} and {@link #close} are the control thread's.
 */
public final class OutlierDetector implements AutoCloseable {
  /** Tries of about ten seconds below which a backend's rates say nothing. */
  static final int LEAST_TRIES = 50;

  /** Backends with as many tries below which success rates are not compared. */
  static final int LEAST_BACKENDS_FOR_RATE = 5;

  /** The same for latencies. */
  static final int LEAST_BACKENDS_FOR_LATENCY = 3;

  /** A backend with a better success rate never stands out, however well the others do. */
  static final double GOOD_RATE = 0.95;

  /** A median that is not further above the others' never stands out. */
  static final long LATENCY_SLACK = TimeUnit.MILLISECONDS.toNanos(5);

  private final EventLoop loop;
  private final Future<?> ticking;

  /** The loop's only. */
  private final Map<Backend, BackendOutlier> outliers = new HashMap<>();

  /** What is known of backends that are not watched yet; the loop's only. */
  private final Map<Backend, OutlierMemory> before = new HashMap<>();

  /** The loop's only. */
  private final Map<Pool, Watched> watched = new HashMap<>();

  private record Watched(Ejection rules, List<BackendOutlier> backends) {}

  /** One that watches nothing yet. */
  public OutlierDetector(HealthLoops loops) {
    this.loop = loops.next();
    this.ticking = loop.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
  }

  /** Watches these pools and no others from now on; backends that stay keep their counts. */
  public void apply(Collection<Pool> pools) {
    List<Pool> wanted = List.copyOf(pools);
    loop.execute(
        () -> {
          List<Pool> gone = new ArrayList<>(watched.keySet());
          gone.removeAll(wanted);
          gone.forEach(this::leave);
          wanted.forEach(this::watch);
        });
  }

  /**
   * Follows a change of some pools; those that are not named go on as they are.
   *
   * @param pools new ones and those that something has changed about
   * @param gone pools that are no more
   */
  public void change(Collection<Pool> pools, Collection<Pool> gone) {
    List<Pool> wanted = List.copyOf(pools);
    List<Pool> left = List.copyOf(gone);
    loop.execute(
        () -> {
          left.forEach(this::leave);
          wanted.forEach(this::watch);
        });
  }

  private void leave(Pool pool) {
    Watched before = watched.remove(pool);
    if (before != null) {
      before.backends.forEach(this::stop);
    }
  }

  private void watch(Pool pool) {
    Ejection rules = pool.spec().ejection();
    if (!isOn(rules)) {
      leave(pool);
      return;
    }
    List<BackendOutlier> backends = new ArrayList<>();
    for (Backend backend : pool.backends()) {
      backends.add(outlier(pool, backend, rules));
    }
    Watched before = watched.put(pool, new Watched(rules, backends));
    if (before != null) {
      Set<BackendOutlier> stay = new HashSet<>(backends);
      before.backends.stream().filter(b -> !stay.contains(b)).forEach(this::stop);
    }
  }

  private void stop(BackendOutlier outlier) {
    outliers.remove(outlier.backend());
    outlier.stop();
  }

  private BackendOutlier outlier(Pool pool, Backend backend, Ejection rules) {
    BackendOutlier known = outliers.get(backend);
    if (known == null) {
      known = new BackendOutlier(pool, backend, loop, rules);
      outliers.put(backend, known);
      known.start();
      OutlierMemory memory = before.remove(backend);
      if (memory != null) {
        known.resume(memory);
      }
    } else {
      known.rules(rules);
    }
    return known;
  }

  /** Whether backends of a pool with these rules can be ejected. */
  public static boolean isOn(Ejection rules) {
    boolean tests =
        rules.consecutiveGatewayErrors() > 0
            || rules.consecutive5xx() > 0
            || rules.successRate() > 0
            || rules.latencyFactor() > 0;
    return tests && rules.maxShare() > 0;
  }

  private void tick() {
    long now = System.nanoTime();
    for (Watched pool : watched.values()) {
      pool.backends.forEach(backend -> backend.tick(now));
      if (pool.rules.successRate() > 0) {
        compareRates(pool);
      }
      if (pool.rules.latencyFactor() > 0) {
        compareLatencies(pool);
      }
    }
  }

  private static void compareRates(Watched pool) {
    List<BackendOutlier> busy = new ArrayList<>();
    for (BackendOutlier backend : pool.backends) {
      if (backend.isIn() && backend.tries() >= LEAST_TRIES) {
        busy.add(backend);
      }
    }
    if (busy.size() < LEAST_BACKENDS_FOR_RATE) {
      return;
    }
    double floor =
        Comparison.successFloor(
            busy.stream().mapToDouble(BackendOutlier::successRate).toArray(),
            pool.rules.successRate());
    busy.sort(Comparator.comparingDouble(BackendOutlier::successRate)); // the worst go first
    for (BackendOutlier backend : busy) {
      double rate = backend.successRate();
      if (rate < floor && rate < GOOD_RATE) {
        backend.eject(
            "%.0f %% of its answers are good, its pool's limit is %.0f %%"
                .formatted(rate * 100, floor * 100),
            0);
      }
    }
  }

  private static void compareLatencies(Watched pool) {
    List<BackendOutlier> busy = new ArrayList<>();
    for (BackendOutlier backend : pool.backends) {
      if (backend.isIn() && backend.answers() >= LEAST_TRIES) {
        busy.add(backend);
      }
    }
    if (busy.size() < LEAST_BACKENDS_FOR_LATENCY) {
      return;
    }
    busy.sort(Comparator.comparingLong(BackendOutlier::medianLatency).reversed());
    long[] medians = busy.stream().mapToLong(BackendOutlier::medianLatency).toArray();
    for (int i = 0; i < medians.length; i++) {
      long others = Comparison.medianOfOthers(medians, i);
      long limit = Math.max((long) (others * pool.rules.latencyFactor()), others + LATENCY_SLACK);
      if (medians[i] > limit) {
        busy.get(i)
            .eject(
                "its median latency is %s, its pool's limit is %s"
                    .formatted(BackendOutlier.millis(medians[i]), BackendOutlier.millis(limit)),
                limit);
      }
    }
  }

  /**
   * Goes on from what another process has come to know: at once for those that are watched, and for
   * the others as soon as they are.
   */
  public void remember(Map<Backend, OutlierMemory> memory) {
    loop.execute(
        () ->
            memory.forEach(
                (backend, known) -> {
                  BackendOutlier outlier = outliers.get(backend);
                  if (outlier == null) {
                    before.put(backend, known);
                  } else {
                    outlier.resume(known);
                  }
                }));
  }

  /** What another process needs to go on; waits for the loop. */
  public Map<Backend, OutlierMemory> memory() {
    return HealthLoops.await(
        loop.submit(
            () -> {
              Map<Backend, OutlierMemory> memory = new HashMap<>();
              outliers.forEach((backend, outlier) -> memory.put(backend, outlier.memory()));
              memory.values().removeIf(known -> !known.isWorthKeeping());
              return memory;
            }));
  }

  /** Is done when all that was told to the detector before has been worked off. */
  public Future<?> settled() {
    return loop.submit(() -> {});
  }

  /** Watches no more; what is ejected stays so. */
  @Override
  public void close() {
    ticking.cancel(false);
    if (loop.isShuttingDown()) {
      return; // closed before
    }
    loop.execute(() -> outliers.values().forEach(BackendOutlier::halt));
  }
}
