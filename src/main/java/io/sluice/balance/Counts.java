package io.sluice.balance;

import java.util.concurrent.atomic.AtomicInteger;

/** Counters with a limit that several event loops write. */
final class Counts {
  private Counts() {}

  /** Adds one unless the counter has reached the limit; exact whoever else counts. */
  static boolean incrementBelow(AtomicInteger counter, int limit) {
    int now = counter.get();
    while (now < limit) {
      int seen = counter.compareAndExchange(now, now + 1);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }
}
