package io.sluice.upstream;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections one backend has over all event loops, and how many requests lack one because
 * there may be no more.
 */
final class BackendConnections {
  /** Connections, those that are being opened included. Written by every event loop. */
  private final AtomicInteger open = new AtomicInteger();

  /** Requests without one. Written by every event loop. */
  private final AtomicInteger lacking = new AtomicInteger();

  /**
   * Counts a connection that is about to be opened.
   *
   * @param most 0: any number
   * @return whether it may be opened
   */
  boolean reserve(int most) {
    if (most == 0) {
      open.getAndIncrement();
      return true;
    }
    int now = open.get();
    while (now < most) {
      int seen = open.compareAndExchange(now, now + 1);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /** A counted connection has ended or has not come about. */
  void ended() {
    open.getAndDecrement();
  }

  int open() {
    return open.get();
  }

  void lacks() {
    lacking.getAndIncrement();
  }

  void lacksNoMore() {
    lacking.getAndDecrement();
  }

  boolean isLacking() {
    return lacking.get() > 0;
  }
}
