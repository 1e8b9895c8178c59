package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ThrottleTest {
  private final TestClock clock = new TestClock();
  private final Throttle throttle = new Throttle(clock);

  private void fail(String key, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(throttle.attempt(key)).as("attempt %d", i).isZero();
    }
  }

  @Test
  void fiveMayFailThenEachWaitsTwiceAsLongUpToFiveMinutes() {
    fail("a", Throttle.FREE);
    for (long seconds : new long[] {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
      assertThat(throttle.attempt("a")).isEqualTo(Duration.ofSeconds(seconds));
      clock.advance(Duration.ofSeconds(seconds));
      assertThat(throttle.attempt("a")).isZero();
    }
  }

  @Test
  void whoIsRefusedLosesNothingByTrying() {
    fail("a", Throttle.FREE);
    for (int i = 0; i < 100; i++) {
      assertThat(throttle.attempt("a")).isEqualTo(Duration.ofSeconds(1));
    }
  }

  @Test
  void aSuccessBeginsAnew() {
    fail("a", Throttle.FREE - 1);
    throttle.succeeded("a");
    fail("a", Throttle.FREE);
    assertThat(throttle.attempt("a")).isPositive();
  }

  @Test
  void aSuccessTakenBackLeavesTheOthersFailures() {
    fail("a", Throttle.FREE);
    throttle.takeBack("a");
    fail("a", 1);
    assertThat(throttle.attempt("a")).isPositive();
  }

  @Test
  void aQuarterOfAnHourForgets() {
    fail("a", Throttle.FREE);
    clock.advance(Duration.ofMinutes(15).plusSeconds(1));
    fail("a", Throttle.FREE);
  }

  @Test
  void keysAreApart() {
    fail("a", Throttle.FREE);
    assertThat(throttle.attempt("b")).isZero();
  }

  @Test
  void aFloodOfKeysTakesBoundedMemoryAndTheOnesInUseStay() {
    fail("a", Throttle.FREE);
    for (int i = 0; i < 50_000; i++) {
      throttle.attempt("key" + i);
      if (i % 1000 == 0) {
        assertThat(throttle.attempt("a")).isPositive();
      }
    }
    assertThat(throttle.size()).isEqualTo(10_000);
  }

  @Test
  void aWholeIpv6NetworkIsOneKey() {
    assertThat(Throttle.keyOf("2001:db8:0:1::1"))
        .isEqualTo(Throttle.keyOf("2001:db8:0:1:ffff:ffff:ffff:ffff"))
        .isNotEqualTo(Throttle.keyOf("2001:db8:0:2::1"));
    assertThat(Throttle.keyOf("192.0.2.1")).isNotEqualTo(Throttle.keyOf("192.0.2.2"));
    assertThat(Throttle.keyOf(null)).isEqualTo(Throttle.keyOf(null));
  }
}
