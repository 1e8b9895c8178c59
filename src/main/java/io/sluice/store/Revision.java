package io.sluice.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A numbered, stored snapshot.
 *
 * @param number 1 for the first; no number is left out
 * @param at when it was stored
 * @param author who made it
 * @param source {@code bootstrap}, {@code api}, {@code dashboard}, {@code file}, {@code rollback}
 *     or {@code drain}
 * @param reason as given; null: none
 * @param summary what has changed, in a line
 */
public record Revision(
    long number,
    Instant at,
    String author,
    String source,
    @Nullable String reason,
    String summary) {}
