package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RandomTest extends BalancerContract {
  @Override
  String algorithm() {
    return "random";
  }

  @Override
  double tolerance() {
    return 0.05;
  }

  @Test
  void aDrawIsExactForWeightsFarApart() {
    int[] weights = {65_535, 1, 1000, 20};
    WeightedDraw draw = new WeightedDraw(weights);
    int[] counts = new int[weights.length];
    int all = 3_000_000;
    for (int i = 0; i < all; i++) {
      counts[draw.draw()]++;
    }
    double sum = 66_556;
    for (int i = 0; i < weights.length; i++) {
      double wanted = (double) all * weights[i] / sum;
      assertThat((double) counts[i])
          .as("weight %d", weights[i])
          .isBetween(wanted - 6 * Math.sqrt(wanted), wanted + 6 * Math.sqrt(wanted));
    }
  }
}
