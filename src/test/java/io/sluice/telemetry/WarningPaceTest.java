package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WarningPaceTest {
  @Test
  void warnsAtOnceAndThenOnceAMinute() {
    WarningPace pace = new WarningPace();
    long start = Long.MAX_VALUE - 5; // the clock of nanoseconds may run over
    assertThat(pace.permits(start)).isTrue();
    assertThat(pace.permits(start + Duration.ofSeconds(59).toNanos())).isFalse();
    assertThat(pace.permits(start + Duration.ofSeconds(60).toNanos())).isTrue();
    assertThat(pace.permits(start + Duration.ofSeconds(119).toNanos())).isFalse();
    assertThat(pace.permits(start + Duration.ofSeconds(500).toNanos())).isTrue();
  }
}
