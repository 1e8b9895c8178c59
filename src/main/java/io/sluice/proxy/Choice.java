package io.sluice.proxy;

import io.sluice.balance.Backend;
import io.sluice.balance.PickContext;
import io.sluice.balance.Pool;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a backend for one request, again after each failure: none that has as many requests as it
 * may have, and none that was tried while there is another. Used again for the next request; bound
 * to its loop.
 */
final class Choice {
  /** Choices that another event loop may spoil by taking a backend's last place. */
  private static final int DRAWS = 8;

  private final PickContext request;
  private @Nullable Pool pool;
  private int mostPerBackend;
  private Backend[] tried = new Backend[2];
  private int triedCount;
  private boolean everyFull;
  private boolean avoidsTried;
  private boolean avoidsFull;

  Choice(PickContext request) {
    this.request = request;
  }

  /** Another request. */
  void reset() {
    Arrays.fill(tried, 0, triedCount, null);
    triedCount = 0;
    avoidsTried = false;
    avoidsFull = false;
  }

  /**
   * The request goes to this pool.
   *
   * @param most requests that a backend has at once; 0: any number
   */
  void start(Pool from, int most) {
    pool = from;
    mostPerBackend = most;
  }

  /** A backend is being tried. */
  void tries(Backend backend) {
    if (triedCount == tried.length) {
      tried = Arrays.copyOf(tried, triedCount * 2);
    }
    tried[triedCount++] = backend;
  }

  boolean hasTried(Backend backend) {
    for (int i = 0; i < triedCount; i++) {
      if (tried[i] == backend) {
        return true;
      }
    }
    return false;
  }

  /** Whether the pick under way should leave a backend out. */
  boolean avoids(Backend backend) {
    return avoidsTried && hasTried(backend) || avoidsFull && isFull(backend);
  }

  private boolean isFull(Backend backend) {
    return mostPerBackend > 0 && backend.inFlight() >= mostPerBackend;
  }

  /** Whether {@link #reserve} found none because those that it could take are full. */
  boolean isEveryFull() {
    return everyFull;
  }

  /** A backend with the request counted there; null: none. */
  @Nullable Backend reserve() {
    everyFull = false;
    for (int i = 0; i < DRAWS; i++) {
      Backend picked = pick(true, true);
      if (picked != null && avoids(picked)) {
        picked = hasUntried() ? null : pick(false, true); // all were tried: one of them again
        everyFull = picked == null || isFull(picked);
      }
      if (picked == null || everyFull) {
        return null;
      }
      if (picked.startRequest(mostPerBackend)) {
        return picked;
      }
    }
    everyFull = true;
    return null;
  }

  /** Whether there is a backend that was not tried, with room or without. */
  private boolean hasUntried() {
    Backend other = pick(true, false);
    return other != null && !hasTried(other);
  }

  private @Nullable Backend pick(boolean withoutTried, boolean withoutFull) {
    if (pool == null) {
      throw new IllegalStateException("no pool was chosen");
    }
    avoidsTried = withoutTried;
    avoidsFull = withoutFull;
    return pool.pick(request);
  }
}
