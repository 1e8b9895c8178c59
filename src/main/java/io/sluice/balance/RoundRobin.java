package io.sluice.balance;

import io.sluice.config.PoolSpec;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Smooth weighted round robin: each backend gets its exact share in every cycle, and a heavy one is
 * spread over the cycle instead of served in a burst. The order is worked out when the set of
 * backends changes, so that a pick is one counter step and one array read, whatever their number.
 *
 * <p>The counter is shared by all event loops and survives changes of the set: few requests on many
 * connections are spread as evenly as many on one.
 */
public final class RoundRobin implements Balancer {

  /** Makes round-robin balancers. */
  public static final class Factory implements Balancer.Factory {
    @Override
    public String name() {
      return PoolSpec.ROUND_ROBIN;
    }

    @Override
    public Balancer create(PoolSpec pool) {
      return new RoundRobin();
    }
  }

  /**
   * Longest cycle that is written out. Beyond, weights are scaled down to fit; the shares are then
   * off by less than one part in this many for each backend.
   */
  static final int MAX_CYCLE = 1 << 17;

  /** Written by all event loops. */
  private final AtomicLong position = new AtomicLong();

  @Override
  public Picker picker(List<Backend> eligible) {
    if (eligible.isEmpty()) {
      return request -> null;
    }
    Backend[] cycle = cycle(eligible);
    return new Cycle(cycle, position);
  }

  private static final class Cycle implements Picker {
    private final Backend[] cycle;
    private final AtomicLong position;

    Cycle(Backend[] cycle, AtomicLong position) {
      this.cycle = cycle;
      this.position = position;
    }

    @Override
    public @Nullable Backend pick(PickContext request) {
      return cycle[(int) Long.remainderUnsigned(position.getAndIncrement(), cycle.length)];
    }
  }

  /** One whole cycle: each backend as often as its weight says, spread as evenly as can be. */
  static Backend[] cycle(List<Backend> eligible) {
    int[] weights = scaled(eligible.stream().mapToInt(Backend::weight).toArray());
    int total = 0;
    for (int w : weights) {
      total += w;
    }
    // The k-th of w turns of a backend is due at (k + 1/2) / w of the cycle: sorting the turns by
    // that moment gives the smooth order in n log n, where the classic algorithm takes n squared.
    long[] turns = new long[total];
    int t = 0;
    for (int b = 0; b < weights.length; b++) {
      for (int k = 0; k < weights[b]; k++) {
        long due = (2L * k + 1) * (1L << 40) / (2L * weights[b]);
        turns[t++] = due << 17 | b;
      }
    }
    java.util.Arrays.sort(turns);
    Backend[] cycle = new Backend[total];
    for (int i = 0; i < total; i++) {
      cycle[i] = eligible.get((int) (turns[i] & (1 << 17) - 1));
    }
    return cycle;
  }

  private static int[] scaled(int[] weights) {
    int divisor = 0;
    long sum = 0;
    for (int w : weights) {
      divisor = gcd(divisor, w);
      sum += w;
    }
    double shrink = Math.max(1.0, (double) sum / divisor / MAX_CYCLE);
    int[] out = new int[weights.length];
    for (int i = 0; i < weights.length; i++) {
      out[i] = (int) Math.max(1, Math.round(weights[i] / (divisor * shrink)));
    }
    return out;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
