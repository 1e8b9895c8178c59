package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.balance.Ejection;
import io.sluice.balance.Health;
import io.sluice.balance.Pool;
import io.sluice.balance.PoolMemory;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.control.PlaneMemory.Answered;
import io.sluice.control.PlaneMemory.Checked;
import io.sluice.control.PlaneMemory.OfBackend;
import io.sluice.control.PlaneMemory.OfPool;
import io.sluice.health.CheckMemory;
import io.sluice.health.HealthStatus;
import io.sluice.health.OutlierDetector;
import io.sluice.health.OutlierMemory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives new pools and backends what the process before knew of them. A fact is taken over only
 * where what it is about has stayed the same: a backend with its id, address and TLS, its health
 * with the check that found it.
 */
final class Remembered {
  /** Nothing. */
  static final Remembered NOTHING =
      new Remembered(
          new PlaneMemory(Instant.EPOCH, null, null, List.of(), List.of()), Instant.EPOCH);

  private final Map<String, OfPool> pools = new HashMap<>();
  private final Map<String, PoolSpec> specs = new HashMap<>();
  private final Duration elapsed;

  /**
   * What another process has left.
   *
   * @param now for how long ago that was
   */
  Remembered(PlaneMemory memory, Instant now) {
    Duration since = Duration.between(memory.at(), now);
    elapsed = since.isNegative() ? Duration.ZERO : since;
    InForce served = memory.inForce();
    if (served != null) {
      served.snapshot().pools().forEach(pool -> specs.put(pool.id(), pool));
      memory.pools().forEach(pool -> pools.put(pool.id(), pool));
    }
  }

  /** What there is to know of a data plane. Blocks for what belongs to the health loops. */
  static PlaneMemory of(
      InForce inForce,
      Map<Pool, PoolMemory> pools,
      BackendWatch watch,
      List<PlaneMemory.OfName> names) {
    Instant now = Instant.now();
    Map<Backend, CheckMemory> checks = watch.checks();
    Map<Backend, OutlierMemory> outliers = watch.outliers();
    List<OfPool> all = new ArrayList<>();
    pools.forEach(
        (pool, known) -> {
          List<OfBackend> backends = new ArrayList<>();
          for (Backend backend : pool.backends()) {
            CheckMemory check = checks.get(backend);
            OutlierMemory outlier = outliers.get(backend);
            Long warming = known.warming().get(backend.id());
            if (check != null || outlier != null || warming != null) {
              backends.add(
                  new OfBackend(
                      backend.id(),
                      check == null ? null : checked(check),
                      outlier == null ? null : answered(outlier),
                      warming == null ? null : TimeUnit.NANOSECONDS.toMillis(warming)));
            }
          }
          all.add(
              new OfPool(
                  pool.id(),
                  known.stickyKey(),
                  known.lastGood(),
                  known.mode(),
                  known.since(),
                  backends));
        });
    return new PlaneMemory(now, inForce, null, all, names);
  }

  private static Checked checked(CheckMemory memory) {
    Health health = memory.health();
    HealthStatus.Counts counts = memory.counts();
    return new Checked(
        health.state(),
        health.reason(),
        health.since(),
        memory.inARow(),
        memory.lastPassed(),
        counts.passed(),
        counts.failed(),
        counts.transitions());
  }

  private static Answered answered(OutlierMemory memory) {
    Ejection ejection = memory.ejection();
    return new Answered(
        ejection.count(),
        ejection.until(),
        ejection.reason(),
        memory.left().toMillis(),
        memory.latencyLimit(),
        memory.unchanged().toMillis(),
        memory.gatewayErrors(),
        memory.serverErrors());
  }

  // ---------------------------------------------------------------- for new pools

  /** A made-up key for the cookies of a pool; null: none is known, or it has one of its own. */
  byte @Nullable [] stickyKey(PoolSpec wanted) {
    OfPool known = pools.get(wanted.id());
    String key = known == null ? null : known.stickyKey();
    boolean wants =
        wanted.balance().sticky() != null && wanted.balance().sticky().keyFile() == null;
    return key == null || !wants ? null : Base64.getDecoder().decode(key);
  }

  /** What is known of the living ones among a pool's backends that are still the same. */
  private Map<Backend, OfBackend> same(
      PoolSpec wantedBefore, OfPool known, List<Backend> backends, NamedBackends names) {
    PoolSpec before = names.expand(wantedBefore);
    Map<String, BackendSpec> specsBefore = new HashMap<>();
    before.backends().forEach(spec -> specsBefore.put(spec.id(), spec));
    Map<String, OfBackend> memories = new HashMap<>();
    known.backends().forEach(memory -> memories.put(memory.id(), memory));
    Map<Backend, OfBackend> same = new HashMap<>();
    for (Backend backend : backends) {
      OfBackend memory = memories.get(backend.id());
      BackendSpec spec = specsBefore.get(backend.id());
      if (memory != null && spec != null && backend.isSame(spec, before.tlsOf(spec))) {
        same.put(backend, memory);
      }
    }
    return same;
  }

  /**
   * Gives backends their facts, before they are in a pool.
   *
   * @param now the pool, with addresses for names
   * @param watch goes on from there
   */
  void restore(PoolSpec now, List<Backend> backends, NamedBackends names, BackendWatch watch) {
    OfPool known = pools.get(now.id());
    PoolSpec before = specs.get(now.id());
    if (known == null || before == null) {
      return;
    }
    HealthCheckSpec checks = now.healthCheck();
    boolean sameChecks = checks != null && checks.equals(before.healthCheck());
    Map<Backend, OutlierMemory> outliers = new HashMap<>();
    same(before, known, backends, names)
        .forEach(
            (backend, memory) -> {
              if (sameChecks && backend.adminState() != AdminState.MAINT) {
                restore(backend, memory.checked(), watch);
              }
              OutlierMemory outlier = outlier(memory.answered());
              if (outlier != null && OutlierDetector.isOn(now.ejection())) {
                backend.ejection(outlier.ejection());
                outliers.put(backend, outlier);
              }
            });
    watch.remember(outliers);
  }

  private static void restore(Backend backend, @Nullable Checked known, BackendWatch watch) {
    if (known == null || known.state() == null || known.since() == null) {
      return;
    }
    Health health = new Health(known.state(), known.reason(), known.since());
    backend.health(health);
    watch.remember(
        backend,
        new CheckMemory(
            health,
            known.inARow(),
            known.lastPassed(),
            new HealthStatus.Counts(known.passed(), known.failed(), known.transitions())));
  }

  private @Nullable OutlierMemory outlier(@Nullable Answered known) {
    if (known == null) {
      return null;
    }
    Instant until = known.until();
    long left = known.leftMillis();
    if (until != null) {
      // Both clocks speak, and the sooner one is believed: a backend is probed, not trusted.
      left = Math.min(left, Math.max(0, Duration.between(Instant.now(), until).toMillis()));
    }
    return new OutlierMemory(
        new Ejection(until, known.reason(), known.ejections()),
        Duration.ofMillis(left),
        known.latencyLimitNanos(),
        Duration.ofMillis(known.unchangedMillis()).plus(elapsed),
        known.gatewayErrors(),
        known.serverErrors());
  }

  /** Has a pool go on as it was; its backends have their facts already. */
  void resume(Pool pool) {
    OfPool known = pools.get(pool.id());
    if (known == null) {
      return;
    }
    Map<String, Long> warming = new HashMap<>();
    for (OfBackend backend : known.backends()) {
      Long millis = backend.warmingMillis();
      if (millis != null) {
        warming.put(backend.id(), Duration.ofMillis(millis).plus(elapsed).toNanos());
      }
    }
    pool.resume(new PoolMemory(null, known.lastGood(), warming, known.mode(), known.since()));
  }

  /** What has become of ejections since the first memory, for backends that are watched already. */
  void renew(Pool pool, NamedBackends names, BackendWatch watch) {
    OfPool known = pools.get(pool.id());
    PoolSpec before = specs.get(pool.id());
    if (known == null || before == null || !OutlierDetector.isOn(pool.spec().ejection())) {
      return;
    }
    Map<Backend, OutlierMemory> outliers = new HashMap<>();
    same(before, known, pool.backends(), names)
        .forEach(
            (backend, memory) -> {
              OutlierMemory outlier = outlier(memory.answered());
              if (outlier != null) {
                outliers.put(backend, outlier);
              }
            });
    watch.remember(outliers);
  }
}
