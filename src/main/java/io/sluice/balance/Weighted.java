package io.sluice.balance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Backends with their effective weights at the moment a picker is built, and draws of them. A
 * picker keeps to these, so that a request sees one set of weights.
 */
final class Weighted {
  private final Backend[] backends;
  private final int[] weights;
  private final WeightedDraw draw;

  /** Of at least one backend. */
  Weighted(List<Backend> eligible) {
    backends = eligible.toArray(Backend[]::new);
    weights = eligible.stream().mapToInt(Backend::effectiveWeight).toArray();
    draw = new WeightedDraw(weights);
  }

  int size() {
    return backends.length;
  }

  Backend backend(int place) {
    return backends[place];
  }

  int weight(int place) {
    return weights[place];
  }

  /** A place at random, by weight. */
  int draw() {
    return draw.draw();
  }

  /** Picks at random, by weight: the algorithm {@code random}. */
  static Balancer.Picker random(List<Backend> eligible) {
    if (eligible.isEmpty()) {
      return NONE;
    }
    Weighted all = new Weighted(eligible);
    return request -> all.backend(all.draw());
  }

  /** Of no backends. */
  static final Balancer.Picker NONE =
      new Balancer.Picker() {
        @Override
        public @Nullable Backend pick(PickContext request) {
          return null;
        }
      };
}
