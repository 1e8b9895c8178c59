package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HealthStateTest {

  @Test
  void nothingIsKnownBeforeTheFirstResult() {
    HealthState state = new HealthState(1, 1);
    assertThat(state.state()).isEqualTo(State.UNKNOWN);
    assertThat(state.inARow()).isZero();
  }

  @Test
  void oneResultDecidesWhenOneIsEnough() {
    HealthState state = new HealthState(1, 1);
    assertThat(state.record(false)).isTrue();
    assertThat(state.state()).isEqualTo(State.DOWN);
    assertThat(state.record(false)).isFalse();
    assertThat(state.record(true)).isTrue();
    assertThat(state.state()).isEqualTo(State.UP);
  }

  @Test
  void aRowIsBrokenByASingleOtherResult() {
    HealthState state = new HealthState(2, 3);
    state.record(true);
    state.record(true);
    assertThat(state.state()).isEqualTo(State.UP);
    for (int i = 0; i < 100; i++) {
      assertThat(state.record(false)).isFalse();
      assertThat(state.record(false)).isFalse();
      assertThat(state.record(true)).isFalse();
    }
    assertThat(state.record(false)).isFalse();
    assertThat(state.record(false)).isFalse();
    assertThat(state.record(false)).isTrue();
    assertThat(state.inARow()).isEqualTo(3);
    assertThat(state.record(true)).isFalse();
    assertThat(state.record(true)).isTrue();
  }

  @Test
  void newThresholdsHoldFromTheNextResultOn() {
    HealthState state = new HealthState(1, 5);
    state.record(true);
    state.record(false);
    state.record(false);
    state.thresholds(1, 2);
    assertThat(state.state()).isEqualTo(State.UP);
    assertThat(state.record(false)).isTrue();
  }

  /** The rule once more, said another way: by looking at the last results. */
  private static State reference(List<Boolean> results, int rise, int fall) {
    State state = State.UNKNOWN;
    for (int end = 1; end <= results.size(); end++) {
      if (endsWith(results.subList(0, end), true, rise)) {
        state = State.UP;
      } else if (endsWith(results.subList(0, end), false, fall)) {
        state = State.DOWN;
      }
    }
    return state;
  }

  private static boolean endsWith(List<Boolean> results, boolean value, int times) {
    return results.size() >= times
        && results.subList(results.size() - times, results.size()).stream()
            .allMatch(r -> r == value);
  }

  @Test
  void anyRowOfResultsGivesWhatTheRuleSays() {
    Random random = new Random(20260101);
    for (int run = 0; run < 2_000; run++) {
      int rise = 1 + random.nextInt(5);
      int fall = 1 + random.nextInt(5);
      double passes = random.nextDouble();
      HealthState state = new HealthState(rise, fall);
      List<Boolean> results = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        boolean passed = random.nextDouble() < passes;
        results.add(passed);
        State before = state.state();
        boolean changed = state.record(passed);
        String history = "rise %d, fall %d, %s".formatted(rise, fall, results);
        assertThat(state.state()).as(history).isEqualTo(reference(results, rise, fall));
        assertThat(changed).as(history).isEqualTo(before != state.state());
        assertThat(endsWith(results, passed, state.inARow())).as(history).isTrue();
      }
    }
  }

  @Test
  void afterTheFirstDecisionItIsNeverUnknownAgain() {
    Random random = new Random(7);
    HealthState state = new HealthState(2, 2);
    boolean decided = false;
    for (int i = 0; i < 10_000; i++) {
      decided |= state.record(random.nextBoolean());
      assertThat(state.state() == State.UNKNOWN).isEqualTo(!decided);
    }
    assertThat(decided).isTrue();
  }
}
