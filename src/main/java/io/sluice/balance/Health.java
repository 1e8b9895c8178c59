package io.sluice.balance;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What active checks have found out about a backend.
 *
 * @param state the outcome
 * @param reason why, for people; null while unknown
 * @param since when it became so
 */
public record Health(State state, @Nullable String reason, Instant since) {

  /** Outcomes of checks. */
  public enum State {
    /** Not checked yet; counts as up unless the pool's checks say {@code start: down}. */
    UNKNOWN,
    UP,
    DOWN
  }

  /** A backend that was not checked yet. */
  static Health unknown() {
    return new Health(State.UNKNOWN, null, Instant.now());
  }
}
