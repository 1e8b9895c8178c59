package io.sluice.balance;

import io.sluice.balance.PoolLoad.Grant;
import io.sluice.config.PoolSpec.Retries.Budget;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps further tries from multiplying an outage: when every backend fails, each request would
 * otherwise become several. Further tries under way may be a share of the pool's live requests;
 * beyond it a floor allows some in every second, because a share of few requests is none.
 */
final class RetryBudget {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** Before the first further try. */
  private static final long NEVER = Long.MIN_VALUE;

  /** Further tries under way that the share has granted. Written by every event loop. */
  private final AtomicInteger underWay = new AtomicInteger();

  /**
   * When the floor's bucket, which holds what flows into it in a second, will be full again, by
   * {@link System#nanoTime}. Written by every event loop.
   */
  private final AtomicLong fullAt = new AtomicLong(NEVER);

  Grant ask(Budget rules, int live, long now) {
    int share = (int) Math.min(Integer.MAX_VALUE, rules.ratio() * live);
    if (Counts.incrementBelow(underWay, share)) {
      return Grant.SHARE;
    }
    return takeFromFloor(rules.minPerSecond(), now) ? Grant.FLOOR : Grant.NONE;
  }

  private boolean takeFromFloor(int perSecond, long now) {
    if (perSecond == 0) {
      return false;
    }
    long cost = SECOND / perSecond;
    while (true) {
      long full = fullAt.get();
      long from = full == NEVER || full - now < 0 ? now : full;
      if (from + cost - now > SECOND) {
        return false;
      }
      if (fullAt.compareAndSet(full, from + cost)) {
        return true;
      }
    }
  }

  /** A further try that the share has granted is decided. */
  void done() {
    underWay.getAndDecrement();
  }
}
