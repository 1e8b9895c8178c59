package io.sluice.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something was observed of a backend that decides whether it takes requests.
 *
 * @param fact which of its facts is another now
 * @param before {@code unknown}, {@code up} or {@code down}; {@code none} or {@code ejected}
 * @param after the same
 * @param cause null: none is known
 */
public record BackendChange(
    Instant at,
    String pool,
    String backend,
    Fact fact,
    String before,
    String after,
    @Nullable String cause) {

  /** What is observed. */
  public enum Fact {
    /** By checks. */
    HEALTH,
    /** By answers. */
    EJECTION
  }
}
