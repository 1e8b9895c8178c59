package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  @Test
  void theFloorIsSoManyDeviationsBelowTheMean() {
    double[] rates = {1, 1, 1, 1, 0.5};
    assertThat(Comparison.successFloor(rates, 1.9)).isCloseTo(0.52, within(1e-9));
    assertThat(Comparison.successFloor(rates, 2.1)).isCloseTo(0.48, within(1e-9));
  }

  @Test
  void withEqualRatesTheFloorIsTheRate() {
    assertThat(Comparison.successFloor(new double[] {0.9, 0.9, 0.9}, 3)).isEqualTo(0.9);
  }

  @Test
  void oneOfNStandsOutWithLessThanTheRootOfNMinusOne() {
    for (int n = 2; n < 50; n++) {
      double[] rates = new double[n];
      Arrays.fill(rates, 1);
      rates[n / 2] = 0.25;
      double furthest = Math.sqrt(n - 1);
      assertThat(0.25).isLessThan(Comparison.successFloor(rates, furthest - 0.001));
      assertThat(0.25).isGreaterThan(Comparison.successFloor(rates, furthest + 0.001));
    }
  }

  @Test
  void theMedianLeavesTheOneInQuestionOut() {
    long[] values = {10, 1_000, 20, 30};
    assertThat(Comparison.medianOfOthers(values, 1)).isEqualTo(20);
    assertThat(Comparison.medianOfOthers(values, 0)).isEqualTo(30);
    assertThat(Comparison.medianOfOthers(new long[] {5, 9}, 0)).isEqualTo(9);
    assertThat(Comparison.medianOfOthers(new long[] {5, 9, 7}, 2)).isEqualTo(5);
    assertThat(values).containsExactly(10, 1_000, 20, 30);
  }

  @Test
  void aShareBecomesANumberOfBackends() {
    assertThat(Comparison.mostEjected(10, 0.5)).isEqualTo(5);
    assertThat(Comparison.mostEjected(3, 0.5)).isEqualTo(1);
    assertThat(Comparison.mostEjected(10, 0.3)).isEqualTo(3);
    assertThat(Comparison.mostEjected(10, 1)).isEqualTo(10);
    assertThat(Comparison.mostEjected(10, 0)).isZero();
  }

  @Test
  void aSmallShareLetsOneGoButNotTheOnlyOne() {
    assertThat(Comparison.mostEjected(2, 0.1)).isEqualTo(1);
    assertThat(Comparison.mostEjected(1, 0.5)).isZero();
    assertThat(Comparison.mostEjected(1, 1)).isEqualTo(1);
    assertThat(Comparison.mostEjected(0, 0.5)).isZero();
  }
}
