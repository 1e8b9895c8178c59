package io.sluice.health;

import io.sluice.balance.Health.State;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A change of a backend's health.
 *
 * @param number 1 for the backend's first
 * @param at when
 * @param checks results in a row that brought it about; 0: none did, the checks have ended
 * @param cause the last one's error; null: it passed, or the checks have ended
 */
public record HealthTransition(
    long number, Instant at, State from, State to, int checks, @Nullable String cause) {}
