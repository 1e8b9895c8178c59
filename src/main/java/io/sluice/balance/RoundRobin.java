package io.sluice.balance;

import io.sluice.config.PoolSpec;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
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
    int[] weights = scaled(eligible.stream().mapToInt(Backend::effectiveWeight).toArray());
    int total = 0;
    for (int w : weights) {
      total += w;
    }
    PriorityQueue<Turn> waiting = new PriorityQueue<>(Comparator.comparingLong(Turn::from));
    PriorityQueue<Turn> ready =
        new PriorityQueue<>(Comparator.comparingLong(Turn::until).thenComparingInt(Turn::backend));
    for (int b = 0; b < weights.length; b++) {
      ready.add(new Turn(b, 0, weights[b], total));
    }
    Backend[] cycle = new Backend[total];
    for (int i = 0; i < total; i++) {
      for (Turn t = waiting.peek(); t != null && t.from() <= i; t = waiting.peek()) {
        ready.add(waiting.remove());
      }
      Turn turn = ready.remove();
      cycle[i] = eligible.get(turn.backend);
      if (turn.number + 1 < turn.weight) {
        waiting.add(new Turn(turn.backend, turn.number + 1, turn.weight, total));
      }
    }
    return cycle;
  }

  /**
   * One turn of a backend and the places in the cycle where it may stand: between the moments when
   * the backend's fair share reaches the turn's number and the next one. Always giving the place to
   * the turn whose window ends first meets every window, so that no backend is ever a whole turn
   * away from its share. The classic algorithm (raise all, take the highest) takes n squared.
   */
  private record Turn(int backend, int number, int weight, long total) {
    long from() {
      return number * total / weight;
    }

    long until() {
      return ((number + 1) * total + weight - 1) / weight;
    }
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
