package io.sluice.telemetry;

import io.sluice.proxy.FinishedRequest;
import io.sluice.proxy.ProxyObserver;

/** Several observers as one. */
public final class ProxyObservers {
  private ProxyObservers() {}

  /** An observer that tells all of these, in this order; without any it is {@code NONE}. */
  public static ProxyObserver of(ProxyObserver... observers) {
    ProxyObserver all = ProxyObserver.NONE;
    for (ProxyObserver observer : observers) {
      all = both(all, observer);
    }
    return all;
  }

  private static ProxyObserver both(ProxyObserver first, ProxyObserver second) {
    if (first == ProxyObserver.NONE) {
      return second;
    }
    return second == ProxyObserver.NONE
        ? first
        : (loop, tasks) -> new Both(first.forLoop(loop, tasks), second.forLoop(loop, tasks));
  }

  /** Fields instead of a list, so that the calls can be inlined. */
  private record Both(ProxyObserver.Loop first, ProxyObserver.Loop second)
      implements ProxyObserver.Loop {
    @Override
    public void requestEnded(FinishedRequest request) {
      first.requestEnded(request);
      second.requestEnded(request);
    }

    @Override
    public void connectFailed(FinishedRequest soFar) {
      first.connectFailed(soFar);
      second.connectFailed(soFar);
    }

    @Override
    public void triedAgain(FinishedRequest soFar) {
      first.triedAgain(soFar);
      second.triedAgain(soFar);
    }

    @Override
    public void proxyHeaderRefused() {
      first.proxyHeaderRefused();
      second.proxyHeaderRefused();
    }
  }
}
