package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.balance.Balancer;
import io.sluice.balance.Pool;
import io.sluice.balance.PoolForecast;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.control.ImpactPreview.Guard;
import io.sluice.control.ImpactPreview.PoolImpact;
import io.sluice.control.PoolParts.ChangedPool;
import io.sluice.control.PoolParts.NewPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a change would do to one pool: how it chooses now and how it would. Made on the control
 * thread from the facts of that moment; then any thread may look at it.
 *
 * @param before null: the pool does not live yet
 * @param after null: the pool goes
 * @param leaving requests in flight on backends that the change takes out of use
 */
record Outlook(PoolSpec spec, @Nullable Side before, @Nullable Side after, int leaving) {

  /** More hash tables are not built for a change that is only made, not previewed. */
  private static final int MOST_SAMPLED = 8;

  /** A pool on one side of the change. */
  record Side(PoolForecast forecast, Balancer.Factory factory) {
    private double share() {
      long total = forecast.totalWeight();
      return total == 0 ? 0 : (double) forecast.eligibleWeight() / total;
    }
  }

  /** Of every pool that a change concerns; on the control thread. */
  static List<Outlook> of(Prepared change, PoolParts parts) {
    List<Outlook> all = new ArrayList<>();
    for (NewPool added : change.added()) {
      PoolSpec spec = added.pool().spec();
      all.add(new Outlook(added.wanted(), null, side(null, spec, parts), 0));
    }
    for (ChangedPool changed : change.changed()) {
      Pool pool = changed.pool();
      all.add(
          new Outlook(
              changed.wanted(),
              side(pool, pool.spec(), parts),
              side(pool, changed.change().next(), parts),
              leaving(changed)));
    }
    for (Pool removed : change.removed()) {
      PoolSpec spec = removed.spec();
      all.add(new Outlook(spec, side(removed, spec, parts), null, removed.inFlight()));
    }
    return all;
  }

  private static Side side(@Nullable Pool pool, PoolSpec spec, PoolParts parts) {
    return new Side(PoolParts.forecast(pool, spec), parts.balancer(spec));
  }

  private static int leaving(ChangedPool changed) {
    Map<Backend, BackendSpec> next = new HashMap<>();
    List<Backend> backends = changed.change().backends();
    for (int i = 0; i < backends.size(); i++) {
      next.put(backends.get(i), changed.change().next().backends().get(i));
    }
    int requests = 0;
    for (Backend backend : changed.pool().backends()) {
      if (isUsed(backend.spec()) && !isUsed(next.get(backend))) {
        requests += backend.inFlight();
      }
    }
    return requests;
  }

  private static boolean isUsed(@Nullable BackendSpec backend) {
    return backend != null && backend.weight() > 0 && backend.adminState() == AdminState.READY;
  }

  /** The guards that a change violates. */
  static List<Guard> guards(List<Outlook> outlooks) {
    List<Guard> guards = new ArrayList<>();
    for (Outlook outlook : outlooks) {
      Guard guard = outlook.guard();
      if (guard != null) {
        guards.add(guard);
      }
    }
    return guards;
  }

  private @Nullable Guard guard() {
    if (before == null || after == null || before.forecast.eligibleWeight() == 0) {
      return null;
    }
    long left = after.forecast.eligibleWeight();
    if (left == 0) {
      return new Guard(
          "last-backend",
          spec.id(),
          "pool %s would have no backend left that takes requests: make another one ready and healthy first, or force the change"
              .formatted(spec.id()));
    }
    double share =
        (double) left / Math.max(before.forecast.totalWeight(), after.forecast.totalWeight());
    double least = spec.minimumCapacity();
    if (share < least && share < before.share()) {
      return new Guard(
          "capacity",
          spec.id(),
          "pool %s would be left with %s of its weight, below its minimum-capacity of %s: add backends, wait until others have recovered, or force the change"
              .formatted(spec.id(), percent(share), percent(least)));
    }
    return null;
  }

  private static String percent(double share) {
    return Math.round(share * 1000) / 10.0 + " %";
  }

  /**
   * All of it for people; not for the control thread when keys are sampled.
   *
   * @param poolRps requests a second that a pool gets at the moment, by id
   * @param thorough whether the moved keys of however many pools are found out
   */
  static ImpactPreview preview(
      List<Outlook> outlooks, ToDoubleFunction<String> poolRps, boolean thorough) {
    long hashing = outlooks.stream().filter(Outlook::isHashing).count();
    boolean samples = thorough || hashing <= MOST_SAMPLED;
    return new ImpactPreview(
        outlooks.stream().map(o -> o.impact(poolRps, samples)).toList(), guards(outlooks));
  }

  private boolean isHashing() {
    return before != null && after != null && after.forecast.isHashing();
  }

  private PoolImpact impact(ToDoubleFunction<String> poolRps, boolean samples) {
    Map<String, Double> shares = after == null ? Map.of() : after.forecast.shares();
    Map<String, Double> expected = new HashMap<>();
    double rps = poolRps.applyAsDouble(spec.id());
    shares.forEach((backend, share) -> expected.put(backend, share * rps));
    double moved =
        samples && before != null && after != null
            ? before.forecast.movedKeys(after.forecast, before.factory, after.factory)
            : 0;
    return new PoolImpact(
        spec.id(),
        before == null ? 0 : before.share(),
        after == null ? 0 : after.share(),
        shares,
        expected,
        moved,
        leaving);
  }
}
