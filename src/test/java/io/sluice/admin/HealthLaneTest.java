package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.store.History.Transition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code frontend/src/islands/backend-figures.test.ts} holds the same for the other side. */
class HealthLaneTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final Instant LONG_AGO = NOW.minus(Duration.ofDays(2));
  private static final Formats FORMATS = new Formats(() -> NOW);

  @Test
  void aDayWithoutAChangeIsOnePart() {
    HealthLane lane = HealthLane.of(List.of(), "up", LONG_AGO, List.of(), NOW, FORMATS);
    assertThat(lane.parts())
        .containsExactly(new HealthLane.Part("0.00%", "100.00%", "fill-ok", "up for 24 h"));
    assertThat(lane.summary()).isEqualTo("never down or ejected within 24 hours");
  }

  @Test
  void aFailureLiesBetweenItsChanges() {
    List<Transition> changes = List.of(change(6, "down", "up"), change(12, "up", "down"));
    HealthLane lane = HealthLane.of(changes, "up", LONG_AGO, List.of(), NOW, FORMATS);
    assertThat(lane.parts())
        .extracting(HealthLane.Part::x, HealthLane.Part::css)
        .containsExactly(
            tuple("0.00%", "fill-ok"), tuple("50.00%", "fill-bad"), tuple("75.00%", "fill-ok"));
    assertThat(lane.summary()).isEqualTo("once down or ejected within 24 hours, 6 h in all");
  }

  @Test
  void whatIsNotKnownIsNeitherDrawnNorToldAsBad() {
    Instant since = NOW.minus(Duration.ofHours(6));
    HealthLane lane = HealthLane.of(List.of(), "down", since, List.of(), NOW, FORMATS);
    assertThat(lane.parts())
        .containsExactly(new HealthLane.Part("75.00%", "25.00%", "fill-bad", "down for 6 h"));
    assertThat(lane.summary())
        .isEqualTo("once down or ejected within the 6 h that are known, 6 h in all");
  }

  private static Transition change(int hoursAgo, String from, String to) {
    return new Transition(NOW.minus(Duration.ofHours(hoursAgo)), "web", "web-1", from, to, null);
  }
}
