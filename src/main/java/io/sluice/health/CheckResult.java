package io.sluice.health;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What one check has found.
 *
 * @param at when it began
 * @param latency until it was decided
 * @param error why it failed, for people; null: it passed
 */
public record CheckResult(Instant at, Duration latency, @Nullable String error) {
  public boolean passed() {
    return error == null;
  }
}
