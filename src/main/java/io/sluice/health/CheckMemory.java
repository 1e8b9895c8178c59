package io.sluice.health;

import io.sluice.balance.Health;

/**
 * What the checks of a backend have found, for those of the process that goes on with them.
 *
 * @param health at the moment
 * @param inARow how many of the last results were alike
 * @param lastPassed whether those were good
 * @param counts since it is checked
 */
public record CheckMemory(
    Health health, int inARow, boolean lastPassed, HealthStatus.Counts counts) {}
