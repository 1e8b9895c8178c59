package io.sluice.health;

import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec.ProxyProtocol;
import io.sluice.upstream.Upstreams;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks backends from outside and writes their health. It exists because traffic alone finds out
 * about a dead backend by failing requests, and about a recovered one by risking some.
 *
 * <p>All checks run on a few event loops without a thread for a backend. First checks are spread
 * over an interval and every wait is changed at random, so that ten thousand backends are a steady
 * trickle and no burst. {@link #apply} and {@link #close} are the control thread's; the rest is
 * callable from any thread.
 */
public final class HealthChecker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.health");
  private static final long WARNING_PAUSE = TimeUnit.SECONDS.toNanos(10);

  /** First checks begin this far apart, or closer when an interval has no room. */
  private static final long SPREAD = TimeUnit.MILLISECONDS.toNanos(1);

  private final Upstreams upstreams;
  private final HealthLoops loops;

  /** Written by the control thread only, read by any. */
  private final Map<Backend, Checked> checks = new ConcurrentHashMap<>();

  /** What is known of backends that are not checked yet; the control thread's only. */
  private final Map<Backend, CheckMemory> before = new HashMap<>();

  /** When a check was last found impossible; written by all health loops. */
  private final AtomicLong warnedAt = new AtomicLong(System.nanoTime() - WARNING_PAUSE);

  private record Checked(HealthCheckSpec spec, ProxyProtocol proxyProtocol, BackendCheck check) {
    boolean isBy(HealthCheckSpec wanted, ProxyProtocol alsoWanted) {
      return spec.equals(wanted) && proxyProtocol == alsoWanted;
    }
  }

  /**
   * One that checks nothing yet.
   *
   * @param upstreams that every pool was prepared with
   */
  public HealthChecker(Upstreams upstreams, HealthLoops loops) {
    this.upstreams = upstreams;
    this.loops = loops;
  }

  /**
   * Checks the backends of these pools and no others from now on. Those that were checked before
   * keep their health and their history; a changed check takes effect at once.
   */
  public void apply(Collection<Pool> pools) {
    Set<Backend> gone = new HashSet<>(checks.keySet());
    for (Pool pool : pools) {
      pool.backends().forEach(gone::remove);
    }
    change(pools, gone);
  }

  /**
   * Follows a change of some pools; those that are not named go on as they are.
   *
   * @param pools new ones and those that something has changed about
   * @param gone backends that no pool has any more
   */
  public void change(Collection<Pool> pools, Collection<Backend> gone) {
    gone.forEach(this::end);
    int all = 0;
    for (Pool pool : pools) {
      all += pool.spec().healthCheck() == null ? 0 : pool.backends().size();
    }
    int started = 0;
    for (Pool pool : pools) {
      HealthCheckSpec spec = pool.spec().healthCheck();
      for (Backend backend : pool.backends()) {
        if (spec == null) {
          end(backend);
        } else if (apply(backend, spec, pool.spec().proxyProtocol(), spread(started, all, spec))) {
          started++;
        }
      }
    }
  }

  private void end(Backend backend) {
    Checked known = checks.remove(backend);
    if (known != null) {
      known.check.stop("no checks are configured any more");
    }
  }

  private static long spread(int number, int all, HealthCheckSpec spec) {
    return Math.min(number * SPREAD, spec.interval().toNanos() / all * number);
  }

  /** Follows what is wanted of one backend; whether it was not known before. */
  private boolean apply(
      Backend backend, HealthCheckSpec wanted, ProxyProtocol proxyProtocol, long delay) {
    Checked known = checks.get(backend);
    boolean isNew = known == null;
    if (known == null || !known.isBy(wanted, proxyProtocol)) {
      CheckPlan plan = CheckPlan.of(backend, wanted, proxyProtocol, upstreams);
      BackendCheck check;
      if (known == null) {
        check = new BackendCheck(backend, plan, loops.next(), this::warnThatImpossible);
        CheckMemory memory = before.remove(backend);
        if (memory != null) {
          check.resume(memory);
        }
      } else {
        check = known.check;
        check.plan(plan);
      }
      known = new Checked(wanted, proxyProtocol, check);
      checks.put(backend, known);
    }
    if (backend.adminState() != AdminState.MAINT) {
      known.check.start(delay);
    } else {
      known.check.stop("in maintenance");
    }
    return isNew;
  }

  /**
   * Goes on from what another process has found, once it is told to check this backend. The
   * backend's health says the same already.
   */
  public void remember(Backend backend, CheckMemory memory) {
    before.put(backend, memory);
  }

  /** What another process needs to go on; waits for the health loops. */
  public Map<Backend, CheckMemory> memory() {
    Map<Backend, Future<CheckMemory>> asked = new HashMap<>();
    checks.forEach((backend, checked) -> asked.put(backend, checked.check.memory()));
    Map<Backend, CheckMemory> memory = new HashMap<>();
    asked.forEach((backend, answer) -> memory.put(backend, HealthLoops.await(answer)));
    return memory;
  }

  private void warnThatImpossible(Backend backend, String why) {
    long now = System.nanoTime();
    long last = warnedAt.get();
    if (now - last >= WARNING_PAUSE && warnedAt.compareAndSet(last, now)) {
      LOG.warn(
          "{} cannot be checked, its health stays as it is: {} on this machine; raise its limits",
          backend,
          why);
    }
  }

  /** What the checks of a backend have found; null when it has none. */
  public @Nullable HealthStatus status(Backend backend) {
    Checked checked = checks.get(backend);
    return checked == null ? null : checked.check.status();
  }

  /** How many checks of a backend there were; null when it has none. Cheaper than its status. */
  public HealthStatus.@Nullable Counts counts(Backend backend) {
    Checked checked = checks.get(backend);
    return checked == null ? null : checked.check.counts();
  }

  /** Ends all checks; what they have found stays written. */
  @Override
  public void close() {
    checks.values().forEach(checked -> checked.check.halt());
    checks.clear();
  }
}
