package io.sluice.balance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** All that a request needs to know of a pool to choose: immutable, read once by each request. */
final class PoolState {
  /** Draws before the backends are gone through one by one. */
  private static final int DRAWS = 4;

  /** The whole of what tiers share. */
  static final int WHOLE = Integer.MAX_VALUE;

  /**
   * A tier that takes requests.
   *
   * @param upTo its part of {@link #WHOLE} and those of the tiers before it
   */
  record Tier(List<Backend> backends, Balancer.Picker picker, int upTo) {}

  private final Balancer balancer;
  private final Tier[] tiers;
  private final PoolStatus status;
  private final @Nullable StickyTable sticky;

  PoolState(Balancer balancer, List<Tier> tiers, PoolStatus status, @Nullable StickyTable sticky) {
    this.balancer = balancer;
    this.tiers = tiers.toArray(Tier[]::new);
    this.status = status;
    this.sticky = sticky;
  }

  PoolStatus status() {
    return status;
  }

  @Nullable StickyTable sticky() {
    return sticky;
  }

  /**
   * What follows from the backends that take requests.
   *
   * @throws RuntimeException when the algorithm fails on them
   */
  static PoolState of(
      Balancer balancer, Eligibility found, PoolStatus status, @Nullable StickyTable sticky) {
    List<Tier> tiers = new ArrayList<>();
    double upTo = 0;
    for (Eligibility.TierShare tier : found.tiers()) {
      upTo += tier.share();
      tiers.add(
          new Tier(
              tier.backends(),
              balancer.picker(tier.backends()),
              (int) Math.min(WHOLE, upTo * WHOLE)));
    }
    return new PoolState(balancer, tiers, status, sticky);
  }

  /** The part of new requests that each backend gets, 0 to 1; those that get none are left out. */
  Map<Backend, Double> shares() {
    Map<Backend, Double> shares = new HashMap<>();
    int before = 0;
    for (Tier tier : tiers) {
      long sum = 0;
      for (Backend backend : tier.backends) {
        sum += backend.effectiveWeight();
      }
      double part = (double) (tier.upTo - before) / WHOLE;
      for (Backend backend : tier.backends) {
        shares.put(backend, sum == 0 ? 0 : part * backend.effectiveWeight() / sum);
      }
      before = tier.upTo;
    }
    return shares;
  }

  @Nullable Backend pick(PickContext request) {
    if (sticky != null) {
      Backend bound = sticky.find(request);
      if (bound != null && !request.avoids(bound)) {
        return bound;
      }
    }
    if (tiers.length == 0) {
      return null;
    }
    Balancer.Picker picker = tiers.length == 1 ? tiers[0].picker : pickerFor(request);
    Backend picked = picker.pick(request);
    return picked == null || !request.avoids(picked) ? picked : another(picked, picker, request);
  }

  private Balancer.Picker pickerFor(PickContext request) {
    int point = (int) (balancer.spread(request) >>> 33);
    for (Tier tier : tiers) {
      if (point < tier.upTo) {
        return tier.picker;
      }
    }
    return tiers[tiers.length - 1].picker;
  }

  /**
   * One that the request does not avoid, from the earliest tier; the first one if there is none.
   */
  private Backend another(Backend first, Balancer.Picker picker, PickContext request) {
    for (int i = 1; i < DRAWS; i++) {
      Backend picked = picker.pick(request);
      if (picked != null && !request.avoids(picked)) {
        return picked;
      }
    }
    for (Tier tier : tiers) {
      int n = tier.backends.size();
      int start = ThreadLocalRandom.current().nextInt(n);
      for (int i = 0; i < n; i++) {
        Backend other = tier.backends.get((start + i) % n);
        if (!request.avoids(other)) {
          return other;
        }
      }
    }
    return first;
  }
}
