package io.sluice.health;

import io.netty.channel.EventLoop;
import io.sluice.balance.Backend;
import io.sluice.balance.Ejection;
import io.sluice.balance.Health;
import io.sluice.balance.OutcomeObserver;
import io.sluice.balance.Pool;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One backend's way out of its pool and back: ejected for a time that grows with every ejection,
 * then probed by a single live request, then back or out again. Bound to the detector's loop.
 */
final class BackendOutlier implements OutcomeCounter.Listener {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.health");

  /** An ejection is at most so many times as long as the first one. */
  static final int LONGEST = 10;

  /** How soon a backend that cannot be probed yet is looked at again. */
  private static final long RETRY_MILLIS = 100;

  /** A probe that nobody has told of by then is given to another request. */
  private static final long PROBE_LOST = TimeUnit.SECONDS.toNanos(60);

  /** What a backend's counts of a second ago weigh against fresh ones: ten seconds matter. */
  private static final double KEEPS = 0.9;

  private enum Phase {
    IN,
    EJECTED,
    /** The next request is its probe, or the probe is under way. */
    PROBED
  }

  private final Pool pool;
  private final Backend backend;
  private final EventLoop loop;
  private final OutcomeCounter counter;
  private PoolSpec.Ejection rules;
  private Phase phase = Phase.IN;
  private int count;
  private long changedAt = System.nanoTime();

  /** When its ejection is planned to end; read only while it is ejected. */
  private long probeAt;

  private @Nullable Future<?> next;

  /** What a probe must not take longer than; 0: it may take its time. */
  private long latencyLimit;

  private double tries;
  private double good;

  /** Empty while latencies are not compared. */
  private double[] latencies = {};

  BackendOutlier(Pool pool, Backend backend, EventLoop loop, PoolSpec.Ejection rules) {
    this.pool = pool;
    this.backend = backend;
    this.loop = loop;
    this.rules = rules;
    this.counter = new OutcomeCounter(rules, this);
    rules(rules);
  }

  Backend backend() {
    return backend;
  }

  /** Begins to watch. */
  void start() {
    backend.observe(counter);
  }

  void rules(PoolSpec.Ejection wanted) {
    rules = wanted;
    counter.rules(wanted);
    int buckets = wanted.latencyFactor() > 0 ? LatencySketch.BUCKETS : 0;
    if (latencies.length != buckets) {
      latencies = new double[buckets];
    }
  }

  /** Watches no longer; an ejection ends. */
  void stop() {
    backend.observe(OutcomeObserver.NONE);
    cancel();
    counter.forgetProbe();
    pool.withdrawProbe(backend);
    if (phase != Phase.IN) {
      LOG.info("{} is no longer ejected: its pool is not watched any more", backend);
      backend.ejection(Ejection.NONE);
    }
    phase = Phase.IN;
    count = 0;
  }

  /** Makes no more changes. */
  void halt() {
    backend.observe(OutcomeObserver.NONE);
    cancel();
  }

  // ---------------------------------------------------------------- from process to process

  /** What another process needs to go on. */
  OutlierMemory memory() {
    long now = System.nanoTime();
    long left = phase == Phase.EJECTED ? Math.max(0, probeAt - now) : 0;
    return new OutlierMemory(
        backend.ejection(),
        Duration.ofNanos(left),
        latencyLimit,
        Duration.ofNanos(now - changedAt),
        counter.gatewayErrorsInARow(),
        counter.serverErrorsInARow());
  }

  /** Goes on from there: out, back or in as it was, with the time that is left. */
  void resume(OutlierMemory before) {
    assert loop.inEventLoop();
    cancel();
    counter.forgetProbe();
    pool.withdrawProbe(backend);
    count = before.ejection().count();
    changedAt = System.nanoTime() - before.unchanged().toNanos();
    latencyLimit = before.latencyLimit();
    counter.resumeRows(before.gatewayErrors(), before.serverErrors());
    if (before.ejection().isEjected()) {
      phase = Phase.EJECTED;
      Instant until = Instant.now().plus(before.left());
      backend.ejection(new Ejection(until, before.ejection().reason(), count));
      probeAfter(before.left());
    } else {
      phase = Phase.IN;
      backend.ejection(before.ejection());
    }
  }

  private void cancel() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }

  boolean isIn() {
    return phase == Phase.IN;
  }

  // ---------------------------------------------------------------- from the event loops

  @Override
  public void rowOfFailures(int failures, boolean gatewayErrors) {
    loop.execute(
        () ->
            eject(
                failures + (gatewayErrors ? " gateway errors" : " answers of 5xx") + " in a row",
                0));
  }

  @Override
  public void probeEnded(int status, long firstByteNanos) {
    loop.execute(() -> judgeProbe(status, firstByteNanos));
  }

  // ---------------------------------------------------------------- out

  /**
   * Takes the backend out, if its pool can spare it.
   *
   * @param limit what its probe must not take longer than, in nanoseconds; 0: as long as it likes
   */
  void eject(String reason, long limit) {
    assert loop.inEventLoop();
    if (phase != Phase.IN) {
      return; // requests that were under way fail after it
    }
    counter.resetRows();
    if (!mayGo()) {
      LOG.debug("{} stays although it had {}: its pool cannot spare it", backend, reason);
      return;
    }
    latencyLimit = limit;
    out("is ejected", reason);
  }

  private void out(String verb, String reason) {
    count++;
    changedAt = System.nanoTime();
    Duration time = rules.baseTime().multipliedBy(Math.min(count, LONGEST));
    LOG.warn("{} {} for {}: {}", backend, verb, text(time), reason);
    phase = Phase.EJECTED;
    backend.ejection(new Ejection(Instant.now().plus(time), reason, count));
    probeAfter(time);
  }

  private void probeAfter(Duration time) {
    probeAt = System.nanoTime() + time.toNanos();
    next = loop.schedule(this::probe, time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The pool's share is not used up, and others take the requests meanwhile. */
  private boolean mayGo() {
    int wanted = 0;
    int ejected = 0;
    int others = 0;
    boolean unknownIsUp = pool.spec().healthCheck() == null || pool.spec().healthCheck().startUp();
    for (Backend b : pool.backends()) {
      if (b.weight() > 0 && b.adminState() == AdminState.READY) {
        wanted++;
        if (b.ejection().isEjected()) {
          ejected++;
        } else if (b != backend && isUp(b, unknownIsUp)) {
          others++;
        }
      }
    }
    return ejected < Comparison.mostEjected(wanted, rules.maxShare())
        && (others > 0 || rules.maxShare() == 1);
  }

  private static boolean isUp(Backend b, boolean unknownIsUp) {
    return switch (b.health().state()) {
      case UP -> true;
      case DOWN -> false;
      case UNKNOWN -> unknownIsUp;
    };
  }

  // ---------------------------------------------------------------- back

  private void probe() {
    assert loop.inEventLoop();
    counter.awaitProbe(System.nanoTime());
    if (canBeProbed() && pool.offerProbe(backend)) {
      phase = Phase.PROBED;
      changedAt = System.nanoTime();
    } else {
      counter.forgetProbe();
      next = loop.schedule(this::probe, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Checks and operator have nothing against it. */
  private boolean canBeProbed() {
    return backend.health().state() != Health.State.DOWN
        && backend.adminState() == AdminState.READY;
  }

  private void judgeProbe(int status, long firstByteNanos) {
    if (phase != Phase.PROBED) {
      return;
    }
    pool.withdrawProbe(backend); // a panicking pool may have sent one past the offer
    if (status == OutcomeObserver.CANCELLED) {
      probe();
      return;
    }
    boolean counts5xx = rules.consecutive5xx() > 0 || rules.successRate() > 0;
    if (OutcomeCounter.isGatewayError(status)
        || counts5xx && OutcomeCounter.isServerError(status)) {
      out(
          "stays ejected",
          "its probe request " + (status > 0 ? "was answered with " + status : "failed"));
    } else if (latencyLimit > 0 && firstByteNanos > latencyLimit) {
      out("stays ejected", "its probe request took " + millis(firstByteNanos));
    } else {
      back();
    }
  }

  private void back() {
    LOG.info("{} is no longer ejected: its probe request succeeded", backend);
    phase = Phase.IN;
    changedAt = System.nanoTime();
    counter.resetRows();
    tries = 0;
    good = 0;
    Arrays.fill(latencies, 0);
    backend.ejection(new Ejection(null, null, count));
  }

  // ---------------------------------------------------------------- every second

  /** Takes over what was counted; forgets old ejections. */
  void tick(long now) {
    tries = tries * KEEPS + counter.drainTries();
    good = good * KEEPS + counter.drainGood();
    for (int i = 0; i < latencies.length; i++) {
      latencies[i] *= KEEPS;
    }
    counter.drainLatencies(latencies);
    if (phase == Phase.IN && count > 0 && now - changedAt >= rules.baseTime().toNanos()) {
      count--;
      changedAt = now;
      backend.ejection(new Ejection(null, null, count));
    } else if (phase == Phase.PROBED) {
      boolean waits = pool.isProbeOffered(backend);
      if (waits ? !canBeProbed() : now - changedAt > PROBE_LOST) {
        pool.withdrawProbe(backend);
        phase = Phase.EJECTED;
        probe();
      }
    }
  }

  /** Tries of the last seconds. */
  double tries() {
    return tries;
  }

  /** Share of these that went well. */
  double successRate() {
    return good / tries;
  }

  /** Answers of the last seconds whose latency is known. */
  double answers() {
    return Arrays.stream(latencies).sum();
  }

  /** Half of these came sooner, in nanoseconds. */
  long medianLatency() {
    return LatencySketch.median(latencies);
  }

  static String millis(long nanos) {
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)) + " ms";
  }

  private static String text(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
