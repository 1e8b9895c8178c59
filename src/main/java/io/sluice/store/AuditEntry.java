package io.sluice.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A line of the audit.
 *
 * @param number 1 for the first
 * @param at when
 * @param actor who; a name may be one that was only claimed when {@code outcome} is a denial
 * @param action the call, for instance {@code DELETE /api/v1/pools/default}
 * @param revisionBefore null: the configuration was not concerned
 * @param revisionAfter null: the configuration was not changed
 * @param reason as given; null: none
 * @param outcome {@code applied}, {@code refused} or {@code denied}
 * @param detail of a refusal or denial, for instance {@code 409 last-backend}; null: none
 * @param requestId of the call; null: none
 */
public record AuditEntry(
    long number,
    Instant at,
    Actor actor,
    String action,
    @Nullable Long revisionBefore,
    @Nullable Long revisionAfter,
    @Nullable String reason,
    String outcome,
    @Nullable String detail,
    @Nullable String requestId) {}
