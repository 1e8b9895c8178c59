package io.sluice.balance;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Draws a few backends by weight and takes the least loaded of them: {@code least-request} and
 * {@code least-latency}. Two draws are enough to keep the longest queue short, and unlike a look at
 * all backends they cannot send everybody at once to the one that seems free (Mitzenmacher, "The
 * Power of Two Choices in Randomized Load Balancing"). Of equally loaded ones the first drawn is
 * taken, so that shares follow the weights while there is little to do.
 */
final class LeastLoaded implements Balancer {
  /** Draws for one more choice before any other backend will do. */
  private static final int REDRAWS = 3;

  private final int choices;
  private final Load load;

  /** How loaded a backend is. */
  interface Load {
    /** The time that {@link #of} is told; 0 when it does not matter. */
    long now();

    /** The load, 0 or more, against that of others. */
    double of(Backend backend, int weight, long now);

    /** A picker with this backend is about to be published. */
    default void use(Backend backend) {}
  }

  /** Requests in flight for each unit of weight. */
  static final class Requests implements Load {
    @Override
    public long now() {
      return 0;
    }

    @Override
    public double of(Backend backend, int weight, long now) {
      return (double) backend.inFlight() / weight;
    }
  }

  /**
   * The time that one more request is likely to take: latency times the requests it has to share
   * the backend with. One that was never measured gets one request at a time until it was.
   */
  static final class Latency implements Load {
    private static final double UNKNOWN_AND_BUSY = 1e15;

    private final LongSupplier clock;

    Latency(LongSupplier clock) {
      this.clock = clock;
    }

    @Override
    public long now() {
      return clock.getAsLong();
    }

    @Override
    public double of(Backend backend, int weight, long now) {
      int inFlight = backend.inFlight();
      PeakEwma latency = backend.latency();
      if (!latency.isKnown()) {
        return inFlight == 0 ? 0 : UNKNOWN_AND_BUSY * inFlight;
      }
      return latency.nanos(now) * (inFlight + 1) / weight;
    }

    @Override
    public void use(Backend backend) {
      backend.measure();
    }
  }

  /**
   * Such a balancer.
   *
   * @param choices 2 or more; 0: all
   */
  LeastLoaded(int choices, Load load) {
    this.choices = choices;
    this.load = load;
  }

  @Override
  public Picker picker(List<Backend> eligible) {
    if (eligible.isEmpty()) {
      return Weighted.NONE;
    }
    eligible.forEach(load::use);
    Weighted all = new Weighted(eligible);
    if (eligible.size() == 1) {
      return request -> all.backend(0);
    }
    return choices == 0 || choices >= eligible.size()
        ? request -> ofAll(all)
        : request -> ofSome(all);
  }

  private Backend ofAll(Weighted all) {
    long now = load.now();
    int best = all.draw(); // a fixed beginning would favour it among equals
    double least = load.of(all.backend(best), all.weight(best), now);
    for (int place = 0; place < all.size(); place++) {
      double candidate = load.of(all.backend(place), all.weight(place), now);
      if (candidate < least) {
        best = place;
        least = candidate;
      }
    }
    return all.backend(best);
  }

  private Backend ofSome(Weighted all) {
    long now = load.now();
    int best = all.draw();
    double least = load.of(all.backend(best), all.weight(best), now);
    for (int i = 1; i < choices && least > 0; i++) {
      int other = another(all, best);
      double candidate = load.of(all.backend(other), all.weight(other), now);
      if (candidate < least) {
        best = other;
        least = candidate;
      }
    }
    return all.backend(best);
  }

  /** A place other than this one; there are two or more. */
  private static int another(Weighted all, int than) {
    for (int i = 0; i < REDRAWS; i++) {
      int drawn = all.draw();
      if (drawn != than) {
        return drawn;
      }
    }
    // Nearly all weight is on that one: the draw would go on for ever.
    int n = all.size();
    return (than + 1 + ThreadLocalRandom.current().nextInt(n - 1)) % n;
  }
}
