package io.sluice.health;

import io.sluice.balance.OutcomeObserver;
import io.sluice.config.PoolSpec.Ejection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts how tries at one backend end, on the requests' path: while all goes well it reads two
 * fields. Whoever fills a row of failures tells the detector, exactly one of all event loops.
 */
final class OutcomeCounter implements OutcomeObserver {

  /** Is told what a count has reached; called by any event loop. */
  interface Listener {
    /** So many tries in a row have failed. */
    void rowOfFailures(int failures, boolean gatewayErrors);

    /**
     * The first try after {@link #awaitProbe} has ended.
     *
     * @param status as {@link OutcomeObserver} tells it
     */
    void probeEnded(int status, long firstByteNanos);
  }

  /** {@link #probeSince} while no probe is awaited. */
  private static final long NO_PROBE = Long.MIN_VALUE;

  private final Listener listener;

  /** Written by the health loop, read by every event loop. */
  private volatile Ejection rules;

  /** Failures in a row; written by every event loop. */
  private final AtomicInteger gatewayErrors = new AtomicInteger();

  /** Failures in a row; written by every event loop. */
  private final AtomicInteger serverErrors = new AtomicInteger();

  /** From when on a try is the probe; set by the health loop, taken by one event loop. */
  private final AtomicLong probeSince = new AtomicLong(NO_PROBE);

  /** Tries, and those that went well; written by every event loop when rates are compared. */
  private final LongAdder tries = new LongAdder();

  private final LongAdder good = new LongAdder();

  /** Made by the health loop when latencies are compared; then written by every event loop. */
  private volatile @Nullable LatencySketch latency;

  OutcomeCounter(Ejection rules, Listener listener) {
    this.listener = listener;
    this.rules = rules;
    rules(rules);
  }

  /** Counts by other rules from now on. Rows that have passed their end would never fill. */
  void rules(Ejection wanted) {
    if (!wanted.equals(rules)) {
      resetRows();
    }
    rules = wanted;
    if (wanted.latencyFactor() == 0) {
      latency = null;
    } else if (latency == null) {
      latency = new LatencySketch();
    }
  }

  /** 502, 503 and 504 come from gateways whose own backend is ill; no answer at all is as bad. */
  static boolean isGatewayError(int status) {
    return status == FAILED || status == 502 || status == 503 || status == 504;
  }

  static boolean isServerError(int status) {
    return status == FAILED || status >= 500;
  }

  @Override
  public void tryEnded(int status, long startedAt, long firstByteNanos) {
    long probe = probeSince.get();
    if (probe != NO_PROBE && startedAt - probe >= 0 && probeSince.compareAndSet(probe, NO_PROBE)) {
      listener.probeEnded(status, firstByteNanos);
    }
    if (status == CANCELLED) {
      return;
    }
    Ejection now = rules;
    boolean failed = isServerError(status);
    if (failed) {
      failed(status, now);
    } else {
      if (gatewayErrors.get() != 0) {
        gatewayErrors.set(0);
      }
      if (serverErrors.get() != 0) {
        serverErrors.set(0);
      }
    }
    if (now.successRate() > 0) {
      tries.increment();
      if (!failed) {
        good.increment();
      }
    }
    LatencySketch sketch = latency;
    if (sketch != null && firstByteNanos >= 0) {
      sketch.record(firstByteNanos);
    }
  }

  private void failed(int status, Ejection now) {
    int servers = serverErrors.incrementAndGet();
    if (isGatewayError(status)) {
      int gateways = gatewayErrors.incrementAndGet();
      if (gateways == now.consecutiveGatewayErrors()) {
        listener.rowOfFailures(gateways, true);
        return;
      }
    } else {
      gatewayErrors.set(0);
    }
    if (servers == now.consecutive5xx()) {
      listener.rowOfFailures(servers, false);
    }
  }

  /** Begins to count rows anew. */
  void resetRows() {
    gatewayErrors.set(0);
    serverErrors.set(0);
  }

  /** Counts rows on from there. */
  void resumeRows(int gateways, int servers) {
    gatewayErrors.set(gateways);
    serverErrors.set(servers);
  }

  int gatewayErrorsInARow() {
    return gatewayErrors.get();
  }

  int serverErrorsInARow() {
    return serverErrors.get();
  }

  /** The next try that begins from now on is the probe. Health loop only. */
  void awaitProbe(long now) {
    probeSince.set(now == NO_PROBE ? now + 1 : now);
  }

  /** Awaits none any longer; whether one was awaited. Health loop only. */
  boolean forgetProbe() {
    return probeSince.getAndSet(NO_PROBE) != NO_PROBE;
  }

  /** Tries since the last time; the health loop only. */
  long drainTries() {
    return tries.sumThenReset();
  }

  /** Tries that went well since the last time; the health loop only. */
  long drainGood() {
    return good.sumThenReset();
  }

  /** Adds the latencies since the last time; the health loop only. */
  void drainLatencies(double[] into) {
    LatencySketch sketch = latency;
    if (sketch != null) {
      sketch.drain(into);
    }
  }
}
