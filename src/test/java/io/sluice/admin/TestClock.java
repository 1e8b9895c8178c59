package io.sluice.admin;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until the test moves it. */
final class TestClock implements InstantSource {
  // Written by the test's thread, read by all.
  private volatile Instant now = Instant.parse("2026-11-25T04:00:00Z");

  @Override
  public Instant instant() {
    return now;
  }

  void advance(Duration time) {
    now = now.plus(time);
  }
}
