package io.sluice.health;

import io.sluice.balance.Health;
import java.util.List;

/**
 * What the checks of one backend have found out so far.
 *
 * @param health at the moment
 * @param counts since it is checked
 * @param results of the last checks, at most {@value History#KEPT}, the oldest first
 * @param transitions the last changes, at most {@value History#KEPT}, the oldest first
 */
public record HealthStatus(
    Health health, Counts counts, List<CheckResult> results, List<HealthTransition> transitions) {
  public HealthStatus {
    results = List.copyOf(results);
    transitions = List.copyOf(transitions);
  }

  /**
   * How often.
   *
   * @param passed checks
   * @param failed checks
   * @param transitions changes of health
   */
  public record Counts(long passed, long failed, long transitions) {}
}
