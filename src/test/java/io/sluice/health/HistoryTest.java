package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health;
import io.sluice.balance.Health.State;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private static final Health UP = new Health(State.UP, "1 passed check", Instant.EPOCH);

  private final History history = new History();

  @Test
  void resultsComeBackInTheirOrder() {
    history.result(1_000, 5_000_000, null);
    history.result(2_000, 7, "connection refused");
    HealthStatus status = history.status(UP);
    assertThat(status.results())
        .containsExactly(
            new CheckResult(Instant.ofEpochSecond(1), Duration.ofMillis(5), null),
            new CheckResult(Instant.ofEpochSecond(2), Duration.ofNanos(7), "connection refused"));
    assertThat(status.results().getFirst().passed()).isTrue();
    assertThat(status.results().getLast().passed()).isFalse();
    assertThat(status.counts()).isEqualTo(new HealthStatus.Counts(1, 1, 0));
    assertThat(status.health()).isEqualTo(UP);
  }

  @Test
  void onlyTheLastResultsAreKeptButAllAreCounted() {
    int all = 3 * History.KEPT + 5;
    for (int i = 0; i < all; i++) {
      history.result(i, i, i % 2 == 0 ? null : "e" + i);
    }
    HealthStatus status = history.status(UP);
    assertThat(status.results().stream().map(CheckResult::latency))
        .containsExactlyElementsOf(
            IntStream.range(all - History.KEPT, all).mapToObj(Duration::ofNanos).toList());
    assertThat(status.results().getLast().passed()).isEqualTo((all - 1) % 2 == 0);
    assertThat(status.counts().passed() + status.counts().failed()).isEqualTo(all);
  }

  @Test
  void onlyTheLastChangesAreKeptWithTheirNumbers() {
    for (int i = 1; i <= History.KEPT + 3; i++) {
      history.transition(Instant.ofEpochSecond(i), State.UP, State.DOWN, 2, "reset");
    }
    HealthStatus status = history.status(UP);
    assertThat(status.transitions()).hasSize(History.KEPT);
    assertThat(status.transitions().getFirst().number()).isEqualTo(4);
    assertThat(status.transitions().getLast())
        .isEqualTo(
            new HealthTransition(
                History.KEPT + 3,
                Instant.ofEpochSecond(History.KEPT + 3),
                State.UP,
                State.DOWN,
                2,
                "reset"));
    assertThat(status.counts().transitions()).isEqualTo(History.KEPT + 3);
  }
}
