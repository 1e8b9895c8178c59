package io.sluice.balance;

import io.sluice.balance.PoolStatus.Mode;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.BalanceSpec.Panic;
import io.sluice.config.PoolSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which backends of a pool take requests, and how many each tier: worked out from the backends'
 * three facts, and the same facts always give the same answer.
 *
 * @param mode the rule that applies
 * @param reason the figures behind it
 * @param eligible backends that take new requests by their own facts, in declaration order
 * @param tiers those that take requests, in order; empty: none
 */
record Eligibility(Mode mode, String reason, List<Backend> eligible, List<TierShare> tiers) {
  /**
   * A tier takes as many times its healthy share as this: with 5 of 7 backends it still takes all.
   * Without it the first failing backend would send requests to another site; with much more the
   * tier would be run over before it gets help.
   */
  static final double OVERPROVISIONING = 1.4;

  /**
   * A tier that takes requests.
   *
   * @param tier its number
   * @param share its part of the requests, above 0 and at most 1; the tiers' add up to 1
   */
  record TierShare(int tier, List<Backend> backends, double share) {}

  /**
   * Works it out.
   *
   * @param lastGood those that were eligible before the pool fell below its threshold
   */
  static Eligibility of(PoolSpec pool, List<Backend> all, List<Backend> lastGood) {
    boolean unknownIsUp = unknownIsUp(pool);
    List<Backend> wanted = new ArrayList<>();
    List<Backend> eligible = new ArrayList<>();
    for (Backend backend : all) {
      if (isWanted(backend)) {
        wanted.add(backend);
        if (isUp(backend, unknownIsUp)) {
          eligible.add(backend);
        }
      }
    }
    Panic panic = pool.balance().panic();
    double share = wanted.isEmpty() ? 1 : (double) weight(eligible) / weight(wanted);
    if (share < panic.threshold()) {
      String reason =
          "%s of the weight is eligible, below the threshold of %s: %s"
              .formatted(percent(share), percent(panic.threshold()), word(panic.mode().name()));
      List<Backend> used = used(panic.mode(), wanted, lastGood);
      return new Eligibility(Mode.PANIC, reason, eligible, shares(all, used));
    }
    if (eligible.isEmpty()) {
      return new Eligibility(Mode.UNAVAILABLE, whyNone(all, unknownIsUp), eligible, List.of());
    }
    return normal(all, eligible);
  }

  private static Eligibility normal(List<Backend> all, List<Backend> eligible) {
    List<TierShare> tiers = shares(all, eligible);
    int first =
        all.stream().filter(b -> b.weight() > 0).mapToInt(Eligibility::tier).min().orElse(0);
    if (tiers.size() == 1 && tiers.getFirst().tier() == first) {
      String reason = eligible.size() + " of " + all.size() + " backends are eligible";
      return new Eligibility(Mode.NORMAL, reason, eligible, tiers);
    }
    StringBuilder reason = new StringBuilder("of the requests ");
    for (TierShare tier : tiers) {
      reason.append(tier == tiers.getFirst() ? "tier " : ", tier ").append(tier.tier());
      reason.append(" takes ").append(percent(tier.share()));
    }
    return new Eligibility(Mode.SPILLED, reason.toString(), eligible, tiers);
  }

  /** Whether a backend takes new requests by its own facts. */
  static boolean isEligible(PoolSpec pool, Backend backend) {
    return isWanted(backend) && isUp(backend, unknownIsUp(pool));
  }

  /** Whether the operator wants it to take new requests. */
  private static boolean isWanted(Backend backend) {
    return backend.weight() > 0 && backend.adminState() == AdminState.READY;
  }

  /** Whether a backend counts as up of which nothing is known. */
  static boolean unknownIsUp(PoolSpec pool) {
    return pool.healthCheck() == null || pool.healthCheck().startUp();
  }

  /** Whether neither checks nor answers speak against it. */
  static boolean isUp(Backend backend, boolean unknownIsUp) {
    boolean healthy =
        switch (backend.health().state()) {
          case UP -> true;
          case DOWN -> false;
          case UNKNOWN -> unknownIsUp;
        };
    return healthy && !backend.ejection().isEjected();
  }

  private static List<Backend> used(Panic.Mode mode, List<Backend> wanted, List<Backend> lastGood) {
    return switch (mode) {
      case USE_ALL -> wanted;
      case FAIL -> List.of();
      case LAST_KNOWN_GOOD -> {
        Set<Backend> good = new HashSet<>(lastGood);
        List<Backend> stillWanted = wanted.stream().filter(good::contains).toList();
        // never was there a good moment: all are as likely to work as any
        yield stillWanted.isEmpty() ? wanted : stillWanted;
      }
    };
  }

  /** Gives each tier what it can take of what the tiers before it have left. */
  private static List<TierShare> shares(List<Backend> all, List<Backend> used) {
    TreeMap<Integer, List<Backend>> byTier = new TreeMap<>();
    used.forEach(b -> byTier.computeIfAbsent(tier(b), t -> new ArrayList<>()).add(b));
    List<TierShare> taken = new ArrayList<>();
    double left = 1;
    for (var entry : byTier.entrySet()) {
      int tier = entry.getKey();
      long whole = weight(all.stream().filter(b -> tier(b) == tier).toList());
      double capacity = OVERPROVISIONING * weight(entry.getValue()) / whole;
      double share = Math.min(left, capacity);
      if (share > 1e-9) {
        taken.add(new TierShare(tier, entry.getValue(), share));
        left -= share;
      }
    }
    double sum = 1 - left;
    return taken.stream().map(t -> new TierShare(t.tier, t.backends, t.share / sum)).toList();
  }

  private static int tier(Backend backend) {
    return backend.spec().tier();
  }

  static long weight(List<Backend> backends) {
    long sum = 0;
    for (Backend backend : backends) {
      sum += backend.weight();
    }
    return sum;
  }

  private static String whyNone(List<Backend> all, boolean unknownIsUp) {
    if (all.isEmpty()) {
      return "the pool has no backends";
    }
    int[] count = new int[5];
    for (Backend backend : all) {
      count[obstacle(backend, unknownIsUp)]++;
    }
    String[] names = {
      "down", "not checked yet", "ejected", "drained or in maintenance", "of weight 0"
    };
    StringBuilder text = new StringBuilder("no backend is eligible:");
    String separator = " ";
    for (int i = 0; i < count.length; i++) {
      if (count[i] > 0) {
        text.append(separator).append(count[i]).append(' ').append(names[i]);
        separator = ", ";
      }
    }
    return text.toString();
  }

  private static int obstacle(Backend backend, boolean unknownIsUp) {
    if (backend.weight() == 0) {
      return 4;
    }
    if (backend.adminState() != AdminState.READY) {
      return 3;
    }
    if (backend.health().state() == Health.State.DOWN) {
      return 0;
    }
    return backend.health().state() == Health.State.UNKNOWN && !unknownIsUp ? 1 : 2;
  }

  private static String percent(double share) {
    return Math.round(share * 100) + " %";
  }

  private static String word(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
