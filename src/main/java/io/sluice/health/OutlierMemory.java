package io.sluice.health;

import io.sluice.balance.Ejection;
import java.time.Duration;

/**
 * What a backend's answers have led to, for the process that goes on with it. Times are lengths:
 * the monotonic clocks of two processes need not agree.
 *
 * @param ejection at the moment
 * @param left of the ejection, until it is probed; zero when it is due or there is none
 * @param latencyLimit in nanoseconds that its probe must not exceed; 0: none
 * @param unchanged for how long it has been in or out
 * @param gatewayErrors failures in a row
 * @param serverErrors failures in a row
 */
public record OutlierMemory(
    Ejection ejection,
    Duration left,
    long latencyLimit,
    Duration unchanged,
    int gatewayErrors,
    int serverErrors) {

  /** The same after some time has passed. */
  public OutlierMemory after(Duration elapsed) {
    Duration rest = left.minus(elapsed);
    return new OutlierMemory(
        ejection,
        rest.isNegative() ? Duration.ZERO : rest,
        latencyLimit,
        unchanged.plus(elapsed),
        gatewayErrors,
        serverErrors);
  }

  /** Whether there is anything that a backend which begins anew would not have. */
  boolean isWorthKeeping() {
    return ejection.isEjected() || ejection.count() > 0 || gatewayErrors > 0 || serverErrors > 0;
  }
}
