package io.sluice.balance;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether a backend is left out because of its answers. It is until its writer says otherwise: the
 * time alone brings it back only on paper.
 *
 * @param until when it is planned to end; null: it is not ejected
 * @param reason why, for people; null when it never was
 * @param count how often so far; the next ejection grows with it
 */
public record Ejection(@Nullable Instant until, @Nullable String reason, int count) {
  /** Never ejected. */
  public static final Ejection NONE = new Ejection(null, null, 0);

  public boolean isEjected() {
    return until != null;
  }
}
