package io.sluice.balance;

import io.sluice.balance.PoolStatus.Mode;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.BalanceSpec.Sticky;
import io.sluice.config.PoolSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A living pool: its backends and the published way to pick one of them. Whatever happens to a
 * backend, the way to pick is worked out anew on the control thread and published as one immutable
 * value, which each request reads once.
 */
public final class Pool {
  private static final Logger LOG = LoggerFactory.getLogger(Pool.class);

  private final String id;
  private final Executor control;
  private final LongSupplier clock;
  private final PoolLoad load = new PoolLoad();

  /** Written by every event loop. */
  private final AtomicInteger inFlight = new AtomicInteger();

  /** Whether the control thread was asked to look and has not begun; written by any thread. */
  private final AtomicBoolean asked = new AtomicBoolean();

  /** Written by the control thread, read by anybody. */
  private volatile PoolSpec spec;

  /** Written by the control thread, read by anybody. */
  private volatile List<Backend> backends;

  /** Written by the control thread only; read once by each request. */
  private volatile PoolState state;

  /** An ejected backend that waits for one request; set by the detector, taken by a request. */
  private final AtomicReference<@Nullable Backend> probe = new AtomicReference<>();

  /** Set by the control thread, read by those that observe. */
  private volatile FactObserver observer = FactObserver.NONE;

  private final FactObserver facts =
      new FactObserver() {
        @Override
        public void healthChanged(Backend backend, Health before, Health after) {
          ask();
          if (backends.contains(backend)) {
            observer.healthChanged(backend, before, after);
          }
        }

        @Override
        public void ejectionChanged(Backend backend, Ejection before, Ejection after) {
          ask();
          if (backends.contains(backend)) {
            observer.ejectionChanged(backend, before, after);
          }
        }
      };

  // The rest is the control thread's only.
  private Balancer balancer;
  private SlowStart slowStart;
  private @Nullable Stickiness stickiness;
  private byte @Nullable [] madeUpKey;
  private List<Backend> lastGood = List.of();
  private boolean warming;

  /**
   * A pool that is ready to pick.
   *
   * @param backends in declaration order, not yet in a pool
   * @param control runs one task at a time; in the running process the control thread
   */
  public Pool(PoolSpec spec, List<Backend> backends, Balancer balancer, Executor control) {
    this(spec, backends, balancer, null, control, System::nanoTime);
  }

  /**
   * The same with a key for sticky cookies.
   *
   * @param stickyKey at least 16 bytes; null: a random one
   */
  public Pool(
      PoolSpec spec,
      List<Backend> backends,
      Balancer balancer,
      byte @Nullable [] stickyKey,
      Executor control) {
    this(spec, backends, balancer, stickyKey, control, System::nanoTime);
  }

  Pool(
      PoolSpec spec,
      List<Backend> backends,
      Balancer balancer,
      byte @Nullable [] stickyKey,
      Executor control,
      LongSupplier clock) {
    this.id = spec.id();
    this.control = control;
    this.clock = clock;
    this.spec = spec;
    this.backends = List.copyOf(backends);
    this.balancer = balancer;
    this.slowStart = new SlowStart(spec.balance().slowStart());
    Sticky sticky = spec.balance().sticky();
    byte[] key = stickyKey == null ? Stickiness.randomKey() : stickyKey;
    this.stickiness = sticky == null ? null : new Stickiness(sticky, id, key);
    this.madeUpKey = sticky == null || sticky.keyFile() != null ? null : key;
    for (Backend backend : backends) {
      backend.join(inFlight, facts);
    }
    Eligibility found = Eligibility.of(spec, this.backends, lastGood);
    // What is there from the beginning is as warm as everything else.
    found.eligible().forEach(backend -> backend.wasEligible = true);
    remember(found);
    this.state = state(found, Instant.now());
  }

  public String id() {
    return id;
  }

  public PoolSpec spec() {
    return spec;
  }

  public List<Backend> backends() {
    return backends;
  }

  /** Requests in flight on all of its backends. */
  public int inFlight() {
    return inFlight.get();
  }

  /** What it carries at the moment. */
  public PoolLoad load() {
    return load;
  }

  /** How it chooses at the moment; callable from any thread. */
  public PoolStatus status() {
    return state.status();
  }

  /** Whether a backend takes new requests by its own facts; callable from any thread. */
  public boolean isEligible(Backend backend) {
    return Eligibility.isEligible(spec, backend);
  }

  /** Whether a backend would take new requests if the operator let it; callable from any thread. */
  public boolean isWell(Backend backend) {
    return backend.weight() > 0 && Eligibility.isUp(backend, Eligibility.unknownIsUp(spec));
  }

  /**
   * The part of the pool's new requests that each backend gets at the moment, 0 to 1; those that
   * get none are left out. Callable from any thread.
   */
  public Map<Backend, Double> shares() {
    return state.shares();
  }

  /** Tells of what is observed of its backends from now on; only to the last one given. */
  public void observe(FactObserver wanted) {
    observer = wanted;
  }

  /** A backend for a request; null when none takes new requests. */
  public @Nullable Backend pick(PickContext request) {
    PoolState now = state;
    Backend due = probe.get();
    if (due != null && takesProbe(due, now, request)) {
      return due;
    }
    return now.pick(request);
  }

  /** The same for a look at who is there: whoever waits for a probe goes on waiting. */
  public @Nullable Backend peek(PickContext request) {
    return state.pick(request);
  }

  private boolean takesProbe(Backend due, PoolState now, PickContext request) {
    StickyTable table = now.sticky();
    return !request.avoids(due)
        && due.adminState() == AdminState.READY
        && due.health().state() != Health.State.DOWN
        && (table == null || table.find(request) == null)
        && probe.compareAndSet(due, null);
  }

  /**
   * Has one request go to this backend although it is ejected: the next one that no sticky cookie
   * binds elsewhere. For the outlier detector only.
   *
   * @return false while another backend waits for such a request
   */
  public boolean offerProbe(Backend ejected) {
    return probe.compareAndSet(null, ejected);
  }

  /** Takes that back; does nothing when a request has gone to it already. */
  public void withdrawProbe(Backend ejected) {
    probe.compareAndSet(ejected, null);
  }

  /** Whether it still waits for that request. */
  public boolean isProbeOffered(Backend ejected) {
    return probe.get() == ejected;
  }

  /**
   * The Set-Cookie field that binds the request's client to the backend that answers it; null when
   * the pool has no sticky cookies, the request has this one, or the backend is not to be bound to.
   */
  public @Nullable String setCookie(PickContext request, Backend answering) {
    StickyTable table = state.sticky();
    return table == null || table.find(request) == answering ? null : table.setCookie(answering);
  }

  // ---------------------------------------------------------------- a change of what is wanted

  /** A change that has been worked out and not been made. Good for one {@link #apply}. */
  public static final class Change {
    private final PoolSpec next;
    private final List<Backend> backends;
    private final Balancer balancer;
    private final @Nullable Stickiness stickiness;
    private final byte @Nullable [] madeUpKey;

    private Change(
        PoolSpec next,
        List<Backend> backends,
        Balancer balancer,
        @Nullable Stickiness stickiness,
        byte @Nullable [] madeUpKey) {
      this.next = next;
      this.backends = List.copyOf(backends);
      this.balancer = balancer;
      this.stickiness = stickiness;
      this.madeUpKey = madeUpKey;
    }

    /** What will be wanted. */
    public PoolSpec next() {
      return next;
    }

    /** Those that the pool will have: living ones where id, address and TLS stay, else new ones. */
    public List<Backend> backends() {
      return backends;
    }
  }

  /**
   * Works a change out and makes none of it. On the control thread only, with no other change
   * between it and {@link #apply}.
   *
   * @param factory of the spec's algorithm; asked only when algorithm or balancing have changed
   * @param stickyKey as for the constructor; used only when the cookies have changed
   * @throws IllegalArgumentException when the algorithm refuses
   */
  public Change prepare(PoolSpec next, Balancer.Factory factory, byte @Nullable [] stickyKey) {
    Sticky sticky = next.balance().sticky();
    Stickiness cookies = stickiness;
    byte[] madeUp = madeUpKey;
    if (sticky == null) {
      cookies = null;
      madeUp = null;
    } else if (!sticky.equals(spec.balance().sticky())) {
      byte[] key = stickyKey == null ? Stickiness.randomKey() : stickyKey;
      cookies = new Stickiness(sticky, id, key);
      madeUp = sticky.keyFile() == null ? key : null;
    }
    Balancer choice = choosesAlike(next) ? balancer : factory.create(next);
    return new Change(next, backendsFor(next), choice, cookies, madeUp);
  }

  /** Whether a spec has the same algorithm with the same settings. */
  public boolean choosesAlike(PoolSpec next) {
    return spec.algorithm().equals(next.algorithm()) && spec.balance().equals(next.balance());
  }

  private List<Backend> backendsFor(PoolSpec next) {
    Map<String, Backend> living = new HashMap<>();
    backends.forEach(backend -> living.put(backend.id(), backend));
    List<Backend> result = new ArrayList<>();
    for (BackendSpec wanted : next.backends()) {
      Backend old = living.get(wanted.id());
      result.add(
          old != null && old.isSame(wanted, next.tlsOf(wanted))
              ? old
              : new Backend(id, wanted, next.tlsOf(wanted)));
    }
    return result;
  }

  /**
   * Makes a change: counters, health and place in the cycle stay with the backends that stay. It
   * cannot fail. On the control thread only.
   */
  public void apply(Change change) {
    PoolSpec before = spec;
    PoolSpec next = change.next;
    stickiness = change.stickiness;
    madeUpKey = change.madeUpKey;
    balancer = change.balancer;
    slowStart = new SlowStart(next.balance().slowStart());
    Set<Backend> living = new HashSet<>(backends);
    for (int i = 0; i < change.backends.size(); i++) {
      Backend backend = change.backends.get(i);
      if (living.contains(backend)) {
        backend.spec(next.backends().get(i));
      } else {
        backend.join(inFlight, facts);
      }
    }
    spec = next;
    backends = change.backends;
    evaluate();
    if (!before.limits().equals(next.limits())) {
      load.roomCame(load.waiting()); // there may be room where there was none
    }
  }

  /**
   * How it would choose with another spec and with what is known of its backends now. On the
   * control thread only; what it gives may go to any.
   */
  public PoolForecast forecast(PoolSpec next) {
    boolean unchecked = spec.healthCheck() != null && next.healthCheck() == null;
    return PoolForecast.of(next, backends, lastGood, unchecked);
  }

  // ---------------------------------------------------------------- a change of what is observed

  /** Something has changed: has the control thread look, once for all changes until it does. */
  private void ask() {
    if (asked.compareAndSet(false, true)) {
      control.execute(this::look);
    }
  }

  private void look() {
    // Before the facts are read: what changes from here on asks again.
    asked.set(false);
    evaluate();
  }

  /**
   * Carries slow starts on; to be called some times a second, on the control thread only. Without a
   * backend that starts slowly it costs nothing.
   */
  public void tick() {
    if (warming) {
      long now = clock.getAsLong();
      for (Backend backend : backends) {
        if (backend.wasEligible && warmth(backend, now) != backend.warmth()) {
          evaluate();
          return;
        }
      }
    }
  }

  private int warmth(Backend backend, long now) {
    return backend.warmth() == Backend.WARM
        ? Backend.WARM
        : slowStart.warmth(now - backend.warmingSince);
  }

  /** What the same pool of the next process should know; on the control thread only. */
  public PoolMemory memory() {
    long now = clock.getAsLong();
    Map<String, Long> warmingFor = new HashMap<>();
    for (Backend backend : backends) {
      if (backend.wasEligible && backend.warmth() < Backend.WARM) {
        warmingFor.put(backend.id(), now - backend.warmingSince);
      }
    }
    PoolStatus status = state.status();
    List<String> good = lastGood.stream().map(Backend::id).toList();
    return new PoolMemory(
        Stickiness.text(madeUpKey), good, warmingFor, status.mode(), status.since());
  }

  /**
   * Goes on from what the same pool of the process before knew. Once, before it is in use; its
   * backends' facts were restored before, and its key was given to the constructor.
   */
  public void resume(PoolMemory before) {
    long now = clock.getAsLong();
    lastGood = backends.stream().filter(b -> before.lastGood().contains(b.id())).toList();
    for (Backend backend : backends) {
      Long elapsed = before.warming().get(backend.id());
      if (elapsed != null && backend.wasEligible) {
        backend.warmingSince = now - elapsed;
        backend.warmth(slowStart.warmth(elapsed));
      }
    }
    Eligibility found = Eligibility.of(spec, backends, lastGood);
    warm(found.eligible());
    remember(found);
    state = state(found, found.mode() == before.mode() ? before.since() : Instant.now());
  }

  private void evaluate() {
    Eligibility found = Eligibility.of(spec, backends, lastGood);
    warm(found.eligible());
    remember(found);
    PoolStatus before = state.status();
    boolean sameMode = before.mode() == found.mode();
    try {
      state = state(found, sameMode ? before.since() : Instant.now());
    } catch (RuntimeException e) {
      LOG.error(
          "pool {}: its algorithm {} fails on a change of the backends; the choice stays as it was",
          id,
          spec.algorithm(),
          e);
      return;
    }
    int more = state.status().eligible() - before.eligible();
    load.roomCame((long) Math.max(0, more) * spec.limits().mostPerBackend());
    if (!sameMode) {
      LOG.atLevel(found.mode() == Mode.NORMAL ? Level.INFO : Level.WARN)
          .log("pool {} is {}: {}", id, found.mode(), found.reason());
    }
  }

  private void remember(Eligibility found) {
    if (found.mode() == Mode.NORMAL || found.mode() == Mode.SPILLED) {
      lastGood = found.eligible();
    }
  }

  private void warm(List<Backend> eligible) {
    long now = clock.getAsLong();
    Set<Backend> takesRequests = new HashSet<>(eligible);
    warming = false;
    for (Backend backend : backends) {
      boolean isEligible = takesRequests.contains(backend);
      if (isEligible && !backend.wasEligible) {
        backend.warmingSince = now;
        backend.warmth(slowStart.warmth(0));
      }
      backend.wasEligible = isEligible;
      backend.warmth(warmth(backend, now));
      warming |= isEligible && backend.warmth() < Backend.WARM;
    }
  }

  private PoolState state(Eligibility found, Instant since) {
    PoolStatus status =
        new PoolStatus(
            id, found.mode(), found.reason(), since, backends.size(), found.eligible().size());
    return PoolState.of(balancer, found, status, stickyTable(found));
  }

  private @Nullable StickyTable stickyTable(Eligibility found) {
    if (stickiness == null) {
      return null;
    }
    List<Backend> bound = new ArrayList<>();
    found.tiers().forEach(tier -> bound.addAll(tier.backends()));
    boolean unknownIsUp = Eligibility.unknownIsUp(spec);
    for (Backend backend : backends) {
      if (backend.adminState() == AdminState.DRAIN
          && backend.weight() > 0
          && Eligibility.isUp(backend, unknownIsUp)) {
        bound.add(backend);
      }
    }
    return stickiness.table(bound);
  }
}
