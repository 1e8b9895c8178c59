package io.sluice.proxy;

import java.util.concurrent.Executor;

/** Is told about every request's end. */
public interface ProxyObserver {

  /** Sees nothing. */
  ProxyObserver NONE = (loop, tasks) -> request -> {};

  /**
   * The observer for one event loop; asked for once, before traffic.
   *
   * @param loop 0 to threads - 1
   * @param tasks runs a task on that loop; refuses it when the loop has ended
   */
  Loop forLoop(int loop, Executor tasks);

  /** One event loop's observer: called on that loop's thread only, so it needs no lock. */
  interface Loop {
    /**
     * A request has ended, well or not.
     *
     * @param request valid only during the call; the object is used again
     */
    void requestEnded(FinishedRequest request);

    /**
     * A connection to the request's backend could not be made (TCP or TLS). The request may be
     * tried again, which {@link #triedAgain} tells, or end.
     *
     * @param soFar what is known by now; valid only during the call
     */
    default void connectFailed(FinishedRequest soFar) {}

    /**
     * A try has failed and another one follows.
     *
     * @param soFar what is known by now, with the backend that has failed; valid only during the
     *     call
     */
    default void triedAgain(FinishedRequest soFar) {}

    /** A client connection was closed because its PROXY header was missing or cannot be used. */
    default void proxyHeaderRefused() {}
  }
}
