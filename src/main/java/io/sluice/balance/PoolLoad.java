package io.sluice.balance;

import io.sluice.config.PoolSpec.Retries.Budget;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a pool carries over all event loops: its requests as far as they are limited, those that
 * wait for a backend with room, and its retries. It stays with the pool through all revisions.
 */
public final class PoolLoad {

  /** Why a request was tried again. */
  public enum RetryReason {
    /** No connection came about. */
    CONNECT_FAILURE("connect-failure"),
    /** The connection ended before the answer's head was whole. */
    RESET("reset"),
    /** The try took longer than {@code per-try-timeout}. */
    TIMEOUT("timeout"),
    /** The answer's status asks for it. */
    STATUS("status");

    private static final RetryReason[] ALL = values();

    private final String label;

    RetryReason(String label) {
      this.label = label;
    }

    /** How statistics name it. */
    public String label() {
      return label;
    }

    /** Its place among all. */
    @SuppressWarnings("EnumOrdinal") // means nothing outside of one process
    public int index() {
      return ordinal();
    }

    /** How many there are. */
    public static int count() {
      return ALL.length;
    }
  }

  /** What a further try was granted by. */
  public enum Grant {
    /** Nothing: it must not be made. */
    NONE,
    /** A place in the share; to be given back by {@link #retryDone}. */
    SHARE,
    /** The floor. */
    FLOOR
  }

  /**
   * A request that waits for a backend with room. One object for each wait, because a call from
   * another event loop may arrive when the wait is already over.
   */
  public abstract static class Waiter {
    // Guarded by the line that it stands in.
    @Nullable Waiter newer;
    @Nullable Waiter older;
    boolean inLine;

    /** A backend may have room. Called by any thread, at most once for each time in the line. */
    protected abstract void called();
  }

  private final WaitingLine line = new WaitingLine();
  private final RetryBudget budget = new RetryBudget();

  /** Requests in the pool, counted only while it limits them; written by every event loop. */
  private final AtomicInteger requests = new AtomicInteger();

  /** Written by every event loop. */
  private final AtomicLongArray retries = new AtomicLongArray(RetryReason.count());

  private final LongAdder suppressed = new LongAdder();
  private final LongAdder rejected = new LongAdder();

  PoolLoad() {}

  // ---------------------------------------------------------------- the pool's own limit

  /**
   * Counts a request unless that many are there.
   *
   * @param most 1 or more
   * @return whether it was counted; then {@link #leave} follows
   */
  public boolean enter(int most) {
    return Counts.incrementBelow(requests, most);
  }

  /** A request that was counted has ended. */
  public void leave() {
    requests.getAndDecrement();
  }

  // ---------------------------------------------------------------- waiting

  /**
   * Puts a request at the line's front.
   *
   * @param most requests that may stand in it
   * @return whether it stands there; false: the line is full
   */
  public boolean join(Waiter waiter, int most) {
    return line.join(waiter, most);
  }

  /** Takes a request out of the line; false: it was called, so that the call has to go on. */
  public boolean withdraw(Waiter waiter) {
    return line.withdraw(waiter);
  }

  /** A backend has got room: calls the request that came last, if any waits. */
  public void roomFreed() {
    line.callNewest();
  }

  /** Backends with room for so many have come: calls as many as wait, at most. */
  void roomCame(long requests) {
    for (long i = 0; i < requests && line.length() > 0; i++) {
      line.callNewest();
    }
  }

  /** Requests that wait. */
  public int waiting() {
    return line.length();
  }

  /** A request did not get a backend because all are full. */
  public void rejected() {
    rejected.increment();
  }

  /** How many requests did not. */
  public long rejectedCount() {
    return rejected.sum();
  }

  // ---------------------------------------------------------------- retries

  /**
   * Asks for a further try; a refusal is counted.
   *
   * @param live the pool's requests at the moment
   * @param now by {@link System#nanoTime}
   */
  public Grant askRetry(Budget rules, int live, long now) {
    Grant grant = budget.ask(rules, live, now);
    if (grant == Grant.NONE) {
      suppressed.increment();
    }
    return grant;
  }

  /** A further try that has a place in the share is decided. */
  public void retryDone() {
    budget.done();
  }

  /** A further try is made. */
  public void retried(RetryReason reason) {
    retries.getAndIncrement(reason.index());
  }

  /** Further tries that were made for this reason. */
  public long retryCount(RetryReason reason) {
    return retries.get(reason.index());
  }

  /** Further tries that the budget did not allow. */
  public long suppressedCount() {
    return suppressed.sum();
  }
}
