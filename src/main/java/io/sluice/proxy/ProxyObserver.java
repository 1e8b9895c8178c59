package io.sluice.proxy;

/** Is told about every request's end. */
public interface ProxyObserver {

  /** Sees nothing. */
  ProxyObserver NONE = loop -> request -> {};

  /**
   * The observer for one event loop; asked for once, before traffic.
   *
   * @param loop 0 to threads - 1
   */
  Loop forLoop(int loop);

  /** One event loop's observer: called on that loop's thread only, so it needs no lock. */
  interface Loop {
    /**
     * A request has ended, well or not.
     *
     * @param request valid only during the call; the object is used again
     */
    void requestEnded(FinishedRequest request);
  }
}
