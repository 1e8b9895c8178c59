package io.sluice.balance;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.TlsSpec;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A living backend. It survives every revision that keeps its id, address and TLS, so that no other
 * change resets what it has counted.
 *
 * <p>Whether it takes new requests follows from three facts with one writer each: the admin state
 * (control), its health (the health checker) and its ejection (the outlier detector). None of them
 * overwrites another; only its {@link Pool} puts them together.
 */
public final class Backend {
  /** The warmth of a backend that has its whole share. */
  static final int WARM = 20;

  private final String poolId;
  private final TlsSpec tls;
  private final String address;

  /** Written by the control thread, read by anybody. */
  private volatile BackendSpec spec;

  /** Written by the health checker only, read by the control thread and by statuses. */
  private volatile Health health = Health.unknown();

  /** Written by the outlier detector only, read by the control thread and by statuses. */
  private volatile Ejection ejection = Ejection.NONE;

  /** Written by the control thread, read by anybody: twentieths of its share, 2 to 20. */
  private volatile int warmth = WARM;

  /** Requests in flight. Written by every event loop, read by balancers and statistics. */
  private final AtomicInteger inFlight = new AtomicInteger();

  /** Of these, tunnels. Written by every event loop, read by drains and statistics. */
  private final AtomicInteger tunnels = new AtomicInteger();

  /** Set by the outlier detector, read by every event loop. */
  private volatile OutcomeObserver outcomes = OutcomeObserver.NONE;

  private final PeakEwma latency = new PeakEwma();

  /** Written by the control thread, once; read by every event loop. */
  private volatile boolean measured;

  /** Set once, by its pool, before that publishes the backend. */
  private AtomicInteger poolInFlight = new AtomicInteger();

  /** Set once, by its pool, before that publishes the backend. */
  private volatile FactObserver facts = FactObserver.NONE;

  /** Whether it was eligible when its pool last looked; the control thread's only. */
  boolean wasEligible;

  /** When it became eligible, by the pool's clock; the control thread's only. */
  long warmingSince;

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

  void join(AtomicInteger ofPool, FactObserver observer) {
    poolInFlight = ofPool;
    facts = observer;
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

  /** A change of what can change while it lives; the control thread's only. */
  void spec(BackendSpec wanted) {
    spec = wanted;
  }

  /** Whether a wanted backend is this one: another address or other TLS make it another. */
  public boolean isSame(BackendSpec wanted, TlsSpec settings) {
    return spec.id().equals(wanted.id())
        && spec.address().equals(wanted.address())
        && tls.equals(settings);
  }

  public TlsSpec tls() {
    return tls;
  }

  /** Its share as configured. */
  public int weight() {
    return spec.weight();
  }

  /**
   * Its share at the moment, against that of the pool's other backends: twenty times its weight, or
   * less while it starts slowly. Only with a weight of 0 is it 0.
   */
  public int effectiveWeight() {
    return spec.weight() * warmth;
  }

  /** How far its slow start has come, in twentieths. */
  int warmth() {
    return warmth;
  }

  void warmth(int twentieths) {
    warmth = twentieths;
  }

  /** What the operator wants of it. */
  public AdminState adminState() {
    return spec.adminState();
  }

  /** What checks have found out. */
  public Health health() {
    return health;
  }

  /** A check's result; for the health checker only. Its pool follows soon. */
  public void health(Health observed) {
    Health before = health;
    health = observed;
    if (before.state() != observed.state()) {
      facts.healthChanged(this, before, observed);
    }
  }

  /** Whether it is left out because of its answers. */
  public Ejection ejection() {
    return ejection;
  }

  /** A beginning or an end of an ejection; for the outlier detector only. Its pool follows soon. */
  public void ejection(Ejection observed) {
    Ejection before = ejection;
    ejection = observed;
    if (before.isEjected() != observed.isEjected()) {
      facts.ejectionChanged(this, before, observed);
    }
  }

  /** Has every end of a try told; for the outlier detector only. */
  public void observe(OutcomeObserver observer) {
    outcomes = observer;
  }

  /**
   * A try has ended; callable from any event loop.
   *
   * @param status the answer's, or as {@link OutcomeObserver} says
   * @param startedAt when this backend was chosen, by {@link System#nanoTime}
   * @param firstByteNanos from the whole request sent to the answer's first byte; negative without
   *     one
   */
  public void tryEnded(int status, long startedAt, long firstByteNanos) {
    outcomes.tryEnded(status, startedAt, firstByteNanos);
  }

  /** A request was given to it. */
  public void requestStarted() {
    inFlight.getAndIncrement();
    poolInFlight.getAndIncrement();
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
    boolean started = Counts.incrementBelow(inFlight, most);
    if (started) {
      poolInFlight.getAndIncrement();
    }
    return started;
  }

  /** That request has ended, well or not. */
  public void requestEnded() {
    inFlight.getAndDecrement();
    poolInFlight.getAndDecrement();
  }

  public int inFlight() {
    return inFlight.get();
  }

  /** A request that was given to it has become a tunnel; it stays in flight. */
  public void tunnelStarted() {
    tunnels.getAndIncrement();
  }

  /** That tunnel has ended; its request ends behind it. */
  public void tunnelEnded() {
    tunnels.getAndDecrement();
  }

  /** Tunnels; each is one of the requests in flight too. */
  public int tunnels() {
    return tunnels.get();
  }

  /** Requests in flight in its whole pool. */
  int poolInFlight() {
    return poolInFlight.get();
  }

  /**
   * A request has its answer's first byte after this time, or has failed and counts as if it had.
   * Callable from any event loop; costs next to nothing where no algorithm asks for it.
   */
  public void latency(long nanos) {
    if (measured) {
      latency.observe(nanos, System.nanoTime());
    }
  }

  /** Latencies are wanted from here on. */
  void measure() {
    measured = true;
  }

  /** Its latency as {@code least-latency} sees it. */
  PeakEwma latency() {
    return latency;
  }

  @Override
  public String toString() {
    return poolId + "/" + spec.id() + " (" + address + ")";
  }
}
