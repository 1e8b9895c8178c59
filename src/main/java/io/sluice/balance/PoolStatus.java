package io.sluice.balance;

import java.time.Instant;

/**
 * How a pool chooses at the moment.
 *
 * @param pool its id
 * @param mode the rule that applies
 * @param reason the figures behind the mode, for people
 * @param since when this mode began
 * @param backends how many it has
 * @param eligible how many of them take new requests by their own three facts
 */
public record PoolStatus(
    String pool, Mode mode, String reason, Instant since, int backends, int eligible) {

  /** Rules of choice. */
  public enum Mode {
    /** The first tier takes all requests. */
    NORMAL,
    /** Other tiers take what the first one cannot. */
    SPILLED,
    /** Less than the pool's threshold is eligible; its panic mode decides. */
    PANIC,
    /** No backend is eligible; requests get 503. */
    UNAVAILABLE
  }
}
