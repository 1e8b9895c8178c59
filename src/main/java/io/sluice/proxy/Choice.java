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
      Backend free = pickWithRoom();
      if (free == null || free.startRequest(mostPerBackend)) {
        return free;
      }
    }
    everyFull = true;
    return null;
  }

  /** One that was not tried, else one that was, in either case with room. */
  private @Nullable Backend pickWithRoom() {
    Backend picked = pick(true, true);
    if (picked == null || !avoids(picked)) {
      return picked;
    }
    // A pool gives one that is avoided only when it has no other.
    if (hasUntried()) {
      everyFull = true; // it is worth waiting for
      return null;
    }
    Backend again = pick(false, true);
    everyFull = again == null || isFull(again);
    return everyFull ? null : again;
  }

  /** Whether there is a backend that was not tried, with room or without. */
  private boolean hasUntried() {
    avoid(true, false);
    Backend other = pool().peek(request);
    return other != null && !hasTried(other);
  }

  private @Nullable Backend pick(boolean withoutTried, boolean withoutFull) {
    avoid(withoutTried, withoutFull);
    return pool().pick(request);
  }

  /** What {@link #avoids} says from now on. */
  private void avoid(boolean theTried, boolean theFull) {
    avoidsTried = theTried;
    avoidsFull = theFull;
  }

  private Pool pool() {
    if (pool == null) {
      throw new IllegalStateException("no pool was chosen");
    }
    return pool;
  }
}
