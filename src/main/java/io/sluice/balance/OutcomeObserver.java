package io.sluice.balance;

/**
 * Is told how every try at one backend has ended. Called by all event loops on a request's path: an
 * implementation writes a few fields and returns, without lock and without making objects.
 */
public interface OutcomeObserver {
  /** The try ended without an answer, or in the middle of one, by the backend's fault. */
  int FAILED = -1;

  /** The try ended by the client's or by Sluice's own doing: it says nothing about the backend. */
  int CANCELLED = 0;

  /** Looks at nothing. */
  OutcomeObserver NONE = (status, startedAt, firstByteNanos) -> {};

  /**
   * A try has ended.
   *
   * @param status the answer's, {@link #FAILED} or {@link #CANCELLED}
   * @param startedAt when the backend was chosen, by {@link System#nanoTime}
   * @param firstByteNanos from the whole request sent to the answer's first byte; negative without
   *     one
   */
  void tryEnded(int status, long startedAt, long firstByteNanos);
}
