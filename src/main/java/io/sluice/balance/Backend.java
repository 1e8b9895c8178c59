package io.sluice.balance;

import io.sluice.config.BackendSpec;
import io.sluice.config.TlsSpec;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A living backend. It survives every revision that keeps its id, so that no change resets what it
 * has counted.
 */
public final class Backend {
  private final String poolId;
  private final BackendSpec spec;
  private final TlsSpec tls;
  private final String address;

  /** Requests in flight. Written by every event loop, read by balancers and statistics. */
  private final AtomicInteger inFlight = new AtomicInteger();

  /**
   * A backend of a pool.
   *
   * @param tls the settings that hold for it
   */
  public Backend(String poolId, BackendSpec spec, TlsSpec tls) {
    this.poolId = poolId;
    this.spec = spec;
    this.tls = tls;
    this.address = spec.address().toString();
  }

  public String id() {
    return spec.id();
  }

  public String poolId() {
    return poolId;
  }

  /** The address as text. */
  public String address() {
    return address;
  }

  public BackendSpec spec() {
    return spec;
  }

  public TlsSpec tls() {
    return tls;
  }

  public int weight() {
    return spec.weight();
  }

  /** A request was given to it. */
  public void requestStarted() {
    inFlight.getAndIncrement();
  }

  /**
   * Gives it a request unless that many are in flight, whoever else gives it some.
   *
   * @param most 0: any number
   * @return whether it has got it
   */
  public boolean startRequest(int most) {
    if (most == 0) {
      requestStarted();
      return true;
    }
    return Counts.incrementBelow(inFlight, most);
  }

  /** That request has ended, well or not. */
  public void requestEnded() {
    inFlight.getAndDecrement();
  }

  public int inFlight() {
    return inFlight.get();
  }

  @Override
  public String toString() {
    return poolId + "/" + spec.id() + " (" + address + ")";
  }
}
