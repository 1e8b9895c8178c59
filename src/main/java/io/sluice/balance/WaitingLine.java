package io.sluice.balance;

import io.sluice.balance.PoolLoad.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait until a backend has room. The one that came last is called first: under
 * overload somebody has to wait too long, and in this order the others hardly wait at all, whereas
 * first come, first served would let everybody wait until nearly all of them are too late.
 *
 * <p>Its lock is held for some field writes, and only by requests that find every backend full, and
 * by those that end while others wait.
 */
final class WaitingLine {
  private final Object lock = new Object();

  /** Guarded by the lock. */
  private @Nullable Waiter newest;

  /** Written under the lock, read without it by every request that ends. */
  private volatile int length;

  int length() {
    return length;
  }

  boolean join(Waiter waiter, int most) {
    synchronized (lock) {
      if (length >= most) {
        return false;
      }
      Waiter below = newest;
      waiter.older = below;
      waiter.newer = null;
      if (below != null) {
        below.newer = waiter;
      }
      newest = waiter;
      waiter.inLine = true;
      setLength(length + 1);
      return true;
    }
  }

  boolean withdraw(Waiter waiter) {
    synchronized (lock) {
      if (!waiter.inLine) {
        return false;
      }
      unlink(waiter);
      return true;
    }
  }

  void callNewest() {
    if (length == 0) {
      return;
    }
    Waiter called;
    synchronized (lock) {
      called = newest;
      if (called == null) {
        return;
      }
      unlink(called);
    }
    called.called();
  }

  private void unlink(Waiter waiter) {
    Waiter newer = waiter.newer;
    Waiter older = waiter.older;
    if (newer == null) {
      newest = older;
    } else {
      newer.older = older;
    }
    if (older != null) {
      older.newer = newer;
    }
    waiter.newer = null;
    waiter.older = null;
    waiter.inLine = false;
    setLength(length - 1);
  }

  private void setLength(int now) {
    length = now; // the lock makes the read before it and this write one step
  }
}
