package io.sluice.control;

import io.sluice.balance.Pool;
import io.sluice.balance.PoolMemory;
import io.sluice.balance.PoolStatus;
import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.health.HealthStatus;
import io.sluice.proxy.ProxyLoops;
import io.sluice.proxy.ProxyObserver;
import io.sluice.proxy.ProxySettings;
import io.sluice.store.OperationLog;
import io.sluice.store.SnapshotStore;
import io.sluice.upstream.Upstreams;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The running data plane: event loops, listeners, routes and pools. */
public final class DataPlane implements AutoCloseable {
  /** So long an idle connection may still send a request when this process is to end. */
  private static final Duration IDLE_AT_THE_END = Duration.ofMillis(100);

  /**
   * The same when another process serves already, and at most the listener's usual time. Nobody
   * waits for this one, and a connection closed early could cost a request that is on its way.
   */
  private static final Duration IDLE_WHEN_RELEASED = Duration.ofMinutes(1);

  /** How often slow starts go on; their steps are a twentieth of their length. */
  private static final Duration TICK = Duration.ofMillis(100);

  private static final Duration MEMORY_PATIENCE = Duration.ofSeconds(10);

  private final ControlThread control = new ControlThread();
  private final Upstreams upstreams = new Upstreams();
  private final BackendWatch watch = new BackendWatch(upstreams, control);
  private final AddressPolicy policy;
  private final NamedBackends names;
  private final World world;
  private final ProxyLoops loops;
  private final Sights sights;
  private final DrainTargets targets;

  /** Null: it was started without a store. */
  private final @Nullable Succession succession;

  private final AtomicBoolean closed = new AtomicBoolean();

  /** Written by whoever hands over. */
  private volatile boolean released;

  private final Listeners listeners;

  /** What is the same for the data plane's whole life. */
  private record Fixed(
      Configuration configuration,
      Extensions extensions,
      ProxyObserver observer,
      @Nullable SnapshotStore store,
      Inheritance inheritance) {}

  private DataPlane(Fixed fixed, Snapshot first, @Nullable InForce initial, Listeners listeners) {
    this.listeners = listeners;
    Configuration configuration = fixed.configuration;
    policy = new AddressPolicy(configuration.admin());
    names = new NamedBackends(control, configuration.resolvers(), policy);
    PlaneMemory memory = fixed.inheritance.memory();
    Remembered remembered =
        memory == null ? Remembered.NOTHING : new Remembered(memory, Instant.now());
    PoolParts parts = new PoolParts(fixed.extensions, upstreams, control, names, watch, remembered);
    world = new World(control, names, parts, upstreams, watch);
    try {
      if (memory != null) {
        names.remember(memory.names(), first.pools());
      }
      Prepared prepared = prepare(first);
      loops =
          new ProxyLoops(
              configuration.threads(),
              upstreams,
              fixed.observer,
              new ProxySettings(configuration.trustedProxies(), configuration.via()),
              prepared.table());
      world.begin(prepared, loops);
      parts.forget();
    } catch (RuntimeException e) {
      closeParts();
      throw e;
    }
    sights = new Sights(world, watch, loops);
    targets = new DrainTargets(world, names, loops);
    SnapshotStore store = fixed.store;
    boolean declarative = configuration.mode() == Configuration.Mode.DECLARATIVE;
    succession =
        store == null || initial == null
            ? null
            : new Succession(
                new ChangePath(control, world, names, policy, store, declarative, initial));
  }

  /**
   * What speaks against a configuration's pools, routes and extensions.
   *
   * @param errors what a start would stop at, with JSON pointers into the pools and routes
   * @param warnings what it would go on with
   * @param extensions why no extension can be loaded; null: they all can
   */
  public record Findings(
      List<Violation> errors, List<Violation> warnings, @Nullable String extensions) {
    public Findings {
      errors = List.copyOf(errors);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Tries out what a start would do with the configuration's pools and routes. No port is opened
   * and no backend asked; DNS is, for 3 s at most.
   */
  public static Findings check(Configuration configuration) {
    return ConfigurationCheck.of(configuration);
  }

  /**
   * Serves the pools and routes of the file, which stay as they are: there is no {@link
   * #reconciler}.
   *
   * @throws DataPlaneException with a sentence for the operator: what failed, where, what to do
   */
  public static DataPlane start(
      Configuration configuration, Extensions extensions, ProxyObserver observer) {
    return start(
        new Fixed(configuration, extensions, observer, null, Inheritance.NONE),
        configuration.bootstrap(),
        null);
  }

  /**
   * Starts event loops, binds every listener and serves. All or nothing: when one listener cannot
   * be bound, those already bound are closed again.
   *
   * @param initial what is served at first, whatever the configuration's bootstrap is
   * @param store where changes are kept
   * @throws DataPlaneException with a sentence for the operator: what failed, where, what to do
   */
  public static DataPlane start(
      Configuration configuration,
      InForce initial,
      SnapshotStore store,
      Extensions extensions,
      ProxyObserver observer) {
    return start(configuration, initial, store, extensions, observer, Inheritance.NONE);
  }

  /**
   * The same with what another process leaves to this one.
   *
   * @param inheritance its descriptors of the configuration's listeners are this plane's from here
   *     on, also when it does not start: then they are closed, and their files stay
   */
  public static DataPlane start(
      Configuration configuration,
      InForce initial,
      SnapshotStore store,
      Extensions extensions,
      ProxyObserver observer,
      Inheritance inheritance) {
    return start(
        new Fixed(configuration, extensions, observer, store, inheritance),
        initial.snapshot(),
        initial);
  }

  private static DataPlane start(Fixed fixed, Snapshot first, @Nullable InForce initial) {
    Listeners listeners = new Listeners(fixed.configuration.listeners(), fixed.inheritance);
    try {
      DataPlane plane = new DataPlane(fixed, first, initial, listeners);
      try {
        plane.watchAll();
        listeners.open(plane.loops);
      } catch (RuntimeException e) {
        plane.close();
        throw e;
      }
      return plane;
    } finally {
      listeners.closeUnused();
    }
  }

  /** Waits for the watchers, so that the very first request is counted like every other. */
  private void watchAll() {
    CompletableFuture.runAsync(world::watchAll, control).join();
    watch.settle();
    control.every(TICK, this::tick);
  }

  private Prepared prepare(Snapshot first) {
    List<Violation> violations = new ArrayList<>(SnapshotDocument.validate(first));
    violations.addAll(ChangePath.violations(policy, new Snapshot(List.of(), List.of()), first));
    Prepared prepared = null;
    if (violations.isEmpty()) {
      if (names.hasUnknown(first.pools())) {
        names.lookUp(first.pools()).join();
      }
      prepared = world.prepare(first, violations);
    }
    if (prepared == null) {
      throw new DataPlaneException(
          violations.stream().map(Violation::message).collect(Collectors.joining("; ")));
    }
    return prepared;
  }

  private void tick() {
    world.pools().values().forEach(Pool::tick);
  }

  // ---------------------------------------------------------------- changes

  /**
   * The way of every change.
   *
   * @throws IllegalStateException when it was started without a store
   */
  public Reconciler reconciler() {
    return needSuccession().changes();
  }

  private Succession needSuccession() {
    if (succession == null) {
      throw new IllegalStateException("started without a store, so nothing can be changed");
    }
    return succession;
  }

  /**
   * Drains and removals; those that are stored go on, while it is suspended with {@link #resume}.
   * Blocks while it reads them.
   *
   * @param log where they are kept
   * @throws IllegalStateException when it was started without a store, or this was asked before
   * @throws io.sluice.store.StoreException when the log cannot be read
   */
  public Operations operations(OperationLog log) {
    return operations(log, InstantSource.system());
  }

  Operations operations(OperationLog log, InstantSource clock) {
    return needSuccession()
        .operations(DrainCoordinator.suspended(control, reconciler(), targets, log, clock));
  }

  /** Previews of changes ask this for a pool's requests a second; until it is set they say 0. */
  public void poolRps(ToDoubleFunction<String> rps) {
    if (succession != null) {
      succession.changes().poolRps(rps);
    }
  }

  /**
   * Is told, on the control thread, about everything that is observed from now on of a backend's
   * health and ejection; must be quick.
   */
  public void onBackendChange(Consumer<BackendChange> listener) {
    watch.onChange(listener);
  }

  // ---------------------------------------------------------------- what there is

  /** The bound addresses, in the configuration's order; a port 0 is replaced by the real one. */
  public List<SocketAddress> addresses() {
    return listeners.addresses();
  }

  /**
   * What the checks of a backend have found, with their last results; callable from any thread.
   *
   * @return null when there is no such backend or it has no checks
   */
  public @Nullable HealthStatus health(String pool, String backend) {
    return sights.health(pool, backend);
  }

  /** A pool's backends at the moment, in declaration order; empty: there is no such pool. */
  public List<BackendStatus> backends(String pool) {
    return sights.backends(pool);
  }

  /** A backend at the moment; null: there is none. Callable from any thread. */
  public @Nullable BackendStatus backend(String pool, String backend) {
    return sights.backend(pool, backend);
  }

  /**
   * Why an address that stands for others, as a name does, cannot be found out or stands for none;
   * null: it can and does, or is no such address. Callable from any thread.
   */
  public @Nullable String trouble(Address address) {
    return names.trouble(address);
  }

  /** Figures of this moment; cheap, callable from any thread. */
  public DataPlaneStatus status() {
    return sights.all();
  }

  /**
   * Asks every thread that serves or decides for a turn.
   *
   * @return completes when each has had one, so that none of them hangs
   */
  public CompletableFuture<Void> turn() {
    return CompletableFuture.allOf(loops.turn(), CompletableFuture.runAsync(() -> {}, control));
  }

  /** How a pool chooses at the moment; null: there is no such pool. */
  public @Nullable PoolStatus pool(String id) {
    Pool of = world.pools().get(id);
    return of == null ? null : of.status();
  }

  // ---------------------------------------------------------------- from process to process

  /** Begins to accept, when the inheritance was held. */
  public void accept() {
    listeners.accept();
  }

  /** Accepts no more until {@link #accept}; clients wait in the sockets' queues. */
  public void hold() {
    listeners.hold();
  }

  /**
   * The numbers of the listening sockets, by the addresses of the configuration, for passing them
   * on; they stay this plane's. Of several listeners with the same host and port 0, the first.
   */
  public Map<Address, Integer> descriptors() {
    return listeners.descriptors();
  }

  /**
   * Stops accepting without closing the sockets for whoever else holds them; connections stay, and
   * a Unix socket's file does. {@link #drain} comes next.
   */
  public void release() {
    released = true;
    listeners.release();
  }

  /**
   * Opens a listener that only this process's user reaches, with the limits of the first one. Its
   * requests are served like any other, whether the others are held or not.
   *
   * @return a {@link java.net.UnixDomainSocketAddress}
   * @throws DataPlaneException when it cannot be opened
   */
  public SocketAddress openProbe() {
    return listeners.openProbe(loops);
  }

  /** Closes the private listener and leaves nothing of it; its connections stay. */
  public void closeProbe() {
    listeners.closeProbe();
  }

  /**
   * Gives the store up: refuses changes and follows no operations from now on, and returns when all
   * that was under way is stored. Traffic and checks go on.
   *
   * @throws DataPlaneException when that takes too long; everything goes on then
   * @throws IllegalStateException when it was started without a store
   */
  public void suspend() {
    needSuccession().suspend();
  }

  /**
   * Goes on after {@link #suspend}, with a store that may have changed hands: serves what it has,
   * follows the operations that it has, and makes changes again. Blocks.
   *
   * @param stored the newest revision
   * @throws DataPlaneException when that cannot be served here; it stays suspended then
   * @throws io.sluice.store.StoreException when the store fails; the same
   */
  public void resume(InForce stored) {
    needSuccession().resume(stored);
  }

  /** Another process has the store for good; this one only lets finish what it carries. */
  public void retire() {
    needSuccession().retire();
  }

  /** What backends get from this process at the moment; those that get nothing are left out. */
  public List<PlaneMemory.Carried> carried() {
    return sights.carried();
  }

  /**
   * Has drains wait for what the process before still carries, too.
   *
   * @param carried replaces what was said before; empty once it has ended
   */
  public void carriedElsewhere(List<PlaneMemory.Carried> carried) {
    targets.carriedElsewhere(carried);
  }

  /**
   * What is served and known, for the process that takes this one's place. Blocks for some
   * milliseconds; not for the control thread.
   *
   * @throws IllegalStateException when it was started without a store
   */
  public PlaneMemory memory() {
    InForce inForce = reconciler().inForce();
    Map<Pool, PoolMemory> pools = new LinkedHashMap<>();
    CompletableFuture.runAsync(
            () -> world.pools().values().forEach(pool -> pools.put(pool, pool.memory())), control)
        .orTimeout(MEMORY_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
        .join();
    return Remembered.of(inForce, pools, watch, names.memory());
  }

  /**
   * Learns what has become of ejections since the memory that it was started with was taken. What
   * checks find it sees for itself.
   */
  public void renew(PlaneMemory memory) {
    Remembered later = new Remembered(memory, Instant.now());
    control.execute(() -> world.pools().values().forEach(pool -> later.renew(pool, names, watch)));
  }

  // ---------------------------------------------------------------- the end

  /**
   * Stops accepting and lets requests in flight and tunnels finish; idle connections are closed,
   * after a release later than otherwise.
   *
   * @return completes when the last connection has ended
   */
  public CompletableFuture<Void> drain() {
    listeners.close();
    return loops.drain(released ? IDLE_WHEN_RELEASED : IDLE_AT_THE_END);
  }

  /** Ends everything at once; connections still open are cut. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    listeners.close();
    if (succession != null) {
      succession.close();
    }
    loops.close();
    closeParts();
  }

  private void closeParts() {
    watch.close(); // behind the loops, which tell it how requests end
    control.close();
    names.close();
  }
}
