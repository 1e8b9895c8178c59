package io.sluice.store;

import org.jspecify.annotations.Nullable;

/**
 * What a new revision is stored with.
 *
 * @param actor who makes it
 * @param source as {@link Revision#source()}
 * @param action the call, for instance {@code POST /api/v1/pools/default/backends}
 * @param reason as given; null: none
 * @param requestId of the call; null: none
 */
public record Change(
    Actor actor,
    String source,
    String action,
    @Nullable String reason,
    @Nullable String requestId) {}
