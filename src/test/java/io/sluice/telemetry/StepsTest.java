package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepsTest {
  private static final long BEGIN = 1_700_000_000;

  private static Numbers figures(long step) {
    Figures figures = new Figures();
    figures.active = (int) (step % 1000) + 1;
    Numbers numbers = new Numbers();
    figures.writeTo(numbers);
    return numbers;
  }

  private static List<Long> steps(Steps steps, long from, long to) {
    List<Long> seen = new ArrayList<>();
    steps.each(
        from,
        to,
        (step, in) -> {
          Figures figures = new Figures();
          figures.readFrom(in);
          assertThat(figures.active).isEqualTo((int) (step % 1000) + 1);
          seen.add(step);
        });
    return seen;
  }

  private static List<Long> range(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 59, 60, -7, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void whatWasAddedIsShownWhereverChunksBegin(int offset) {
    Steps steps = new Steps(offset);
    for (long s = BEGIN; s < BEGIN + 1_000; s++) {
      steps.add(s, figures(s));
    }
    assertThat(steps(steps, BEGIN, BEGIN + 1_000)).isEqualTo(range(BEGIN, BEGIN + 1_000));
    assertThat(steps(steps, BEGIN + 333, BEGIN + 777)).isEqualTo(range(BEGIN + 333, BEGIN + 777));
    assertThat(steps(steps, BEGIN - 100, BEGIN)).isEmpty();
  }

  @Test
  void oldStepsAreForgottenAndMemoryStaysTheSame() {
    Steps steps = new Steps(13);
    long most = 0;
    for (long s = BEGIN; s < BEGIN + 20_000; s++) {
      steps.add(s, figures(s));
      steps.forget(s - 900);
      if (s == BEGIN + 2_000) {
        most = steps.bytes();
      }
    }
    assertThat(steps.bytes()).isBetween(1L, most * 11 / 10);
    long end = BEGIN + 20_000;
    assertThat(steps(steps, end - 900, end)).isEqualTo(range(end - 900, end));
    assertThat(steps(steps, BEGIN, end - 1_000)).isEmpty();
  }

  @Test
  void stepsThatAreMissingTakeNothing() {
    Steps steps = new Steps(0);
    List<Long> added = new ArrayList<>();
    for (long s = BEGIN; s < BEGIN + 100_000; s += 777) {
      steps.add(s, figures(s));
      added.add(s);
    }
    assertThat(steps(steps, BEGIN, BEGIN + 100_000)).isEqualTo(added);
    assertThat(steps.bytes()).isLessThan(100L * added.size());
    steps.forget(BEGIN + 200_000);
    assertThat(steps.isEmpty()).isTrue();
  }

  @Test
  void aStepThatDoesNotFollowIsRefused() {
    Steps steps = new Steps(0);
    steps.add(BEGIN, figures(BEGIN));
    assertThatThrownBy(() -> steps.add(BEGIN, figures(BEGIN)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
