package io.sluice.process;

import io.sluice.admin.AdminPlane;
import io.sluice.admin.AdminPlaneException;
import io.sluice.admin.FirstAccess;
import io.sluice.admin.Management;
import io.sluice.config.Configuration;
import io.sluice.config.Configuration.Mode;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneException;
import io.sluice.control.Extensions;
import io.sluice.control.InForce;
import io.sluice.control.Inheritance;
import io.sluice.control.Operations;
import io.sluice.handoff.Lifecycle;
import io.sluice.store.SnapshotStore;
import io.sluice.store.SqliteStore;
import io.sluice.store.StoreException;
import io.sluice.telemetry.MinuteSink;
import io.sluice.telemetry.Statistics;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that serves, remembers and can be managed, without the plane that it is managed by. The store
 * comes first, because it knows what is to be served, and goes last.
 */
final class Appliance implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Appliance.class);

  /** So long may a process that has given the store up take to let go of it. */
  private static final Duration TAKE = Duration.ofSeconds(10);

  /** The same for one that has failed; who ends this process waits for it. */
  private static final Duration RETURN = Duration.ofSeconds(2);

  private final Instant startedAt = Instant.now();
  private final Lifecycle lifecycle;

  /** Where a first password is printed. */
  private final PrintStream out;

  private final Configuration configuration;

  /** What was opened, the last one first. */
  private final Deque<Runnable> closing = new ArrayDeque<>();

  private final SqliteStore store;
  private final Observation observation;
  private final DataPlane dataPlane;
  private final Operations operations;
  private final HistoryKeeper keeper;
  private final MinuteGate minutes;

  /** Null: the file does not rule. */
  private final @Nullable FollowedFile followed;

  private final Reload reload;

  // Guarded by this.
  private boolean hasStore;
  private boolean seeded;
  private boolean remembers;
  private boolean complained;
  private boolean ended;

  /**
   * Opens everything but what needs the store for itself.
   *
   * @param served what the process serves that has the store; null: none has
   */
  private Appliance(
      ConfigurationFile file,
      Lifecycle lifecycle,
      @Nullable InForce served,
      Inheritance inheritance,
      PrintStream out)
      throws AdminPlaneException {
    this.lifecycle = lifecycle;
    this.out = out;
    configuration = file.configuration();
    Configuration.Store place = configuration.store();
    try {
      store =
          served == null
              ? SqliteStore.open(place.path(), place.revisions())
              : SqliteStore.at(place.path(), place.revisions());
      hasStore = served == null;
      closing.push(store::close);
      InForce first =
          served == null ? firstRevision() : FirstRevision.beforeTheStore(configuration, served);
      observation = Observation.of(configuration);
      closing.push(observation::close);
      minutes = new MinuteGate(store.history());
      closing.push(minutes::giveUp);
      dataPlane =
          DataPlane.start(
              configuration,
              first,
              store.snapshots(),
              Extensions.load(configuration.extensions()),
              observation.observer(),
              inheritance,
              AdminPlane.bundles(file.file(), file.yaml()));
      closing.push(dataPlane::close);
      if (served != null) {
        dataPlane.suspend();
      }
      operations = dataPlane.operations(store.operations());
      keeper = HistoryKeeper.of(dataPlane, store.history());
      closing.push(keeper::close);
      followed =
          configuration.mode() == Mode.DECLARATIVE
              ? FollowedFile.follow(file, dataPlane.reconciler())
              : null;
      if (followed != null) {
        closing.push(followed::close);
      }
      reload = new Reload(observation, dataPlane.certificates()::lookNow, followed);
      if (served == null) {
        begin(false);
        // The last, so that a password is not shown by a start that fails.
        giveFirstAccess();
      }
    } catch (RuntimeException | AdminPlaneException e) {
      closeFailed();
      throw e;
    }
  }

  /**
   * Starts everything; traffic is served when this returns.
   *
   * @param inheritance sockets that listen already
   * @param out where a first password is printed
   * @throws StartException when something does not start; nothing is left open then
   */
  static Appliance start(ConfigurationFile file, Inheritance inheritance, PrintStream out)
      throws StartException {
    return start(file, new Lifecycle(), null, inheritance, out);
  }

  /**
   * Starts what can be while another process still has the store: traffic is served, and {@link
   * #takeStore} has the rest begin. Until then changes are refused.
   *
   * @param served what the other process serves
   * @throws StartException when something does not start; nothing is left open then
   */
  static Appliance prepare(
      ConfigurationFile file,
      Lifecycle lifecycle,
      InForce served,
      Inheritance inheritance,
      PrintStream out)
      throws StartException {
    return start(file, lifecycle, served, inheritance, out);
  }

  private static Appliance start(
      ConfigurationFile file,
      Lifecycle lifecycle,
      @Nullable InForce served,
      Inheritance inheritance,
      PrintStream out)
      throws StartException {
    try {
      return new Appliance(file, lifecycle, served, inheritance, out);
    } catch (DataPlaneException | StoreException | AdminPlaneException e) {
      throw failed(e);
    }
  }

  private static StartException failed(Exception e) {
    return new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
  }

  // ---------------------------------------------------------------- the store and who writes to it

  private InForce firstRevision() {
    warnAboutLoss();
    FirstRevision first = FirstRevision.of(configuration, store.snapshots());
    seeded |= first.seeded();
    return first.inForce();
  }

  /**
   * Has those who write to the store by themselves begin, or go on.
   *
   * @param others whether another process has changed what is served
   */
  private void begin(boolean others) {
    if (remembers) {
      minutes.open();
    } else {
      Statistics statistics = observation.statistics();
      statistics.load(
          store.history().minutes(startedAt.minus(Statistics.MINUTES)).stream()
              .map(m -> new MinuteSink.Minute(m.minute(), m.series(), m.figures()))
              .toList());
      statistics.start(dataPlane::status, minutes);
      dataPlane.poolRps(statistics::rps);
      remembers = true;
    }
    keeper.resume();
    if (followed != null) {
      followed.resume(others);
    }
  }

  private void giveFirstAccess() throws AdminPlaneException {
    FirstAccess.prepare(
        configuration.admin(), store.accounts(), store.audit(), System.getenv(), out);
  }

  /**
   * Takes the store that another process has given up: makes what the file says a revision where it
   * rules, goes on with operations and history, and makes changes from now on.
   *
   * @throws StartException when that fails; the store is free again then, for the other process
   */
  synchronized void takeStore() throws StartException {
    try {
      store.open(TAKE);
      hasStore = true;
      dataPlane.resume(firstRevision());
      begin(false);
      giveFirstAccess();
    } catch (DataPlaneException | StoreException | AdminPlaneException e) {
      giveBack();
      throw failed(e);
    }
  }

  private void giveBack() {
    try {
      if (seeded && hasStore) {
        store.unseed();
      }
      release();
    } catch (DataPlaneException | StoreException e) {
      // The end of the process gives it up in any case.
      log.warn("the store is not given back: {}", e.getMessage());
    }
  }

  /**
   * Gives the store up for another process. Traffic and checks go on; changes are refused until
   * {@link #resume}, and what is observed meanwhile is kept.
   *
   * @throws DataPlaneException when what is under way does not come to an end; everything goes on
   * @throws StoreException when the store cannot be given up; the same
   */
  synchronized void suspend() {
    try {
      release();
    } catch (DataPlaneException | StoreException e) {
      resume();
      throw e;
    }
  }

  private void release() {
    if (followed != null) {
      followed.suspend();
    }
    dataPlane.suspend();
    if (remembers && hasStore) {
      observation.statistics().flush();
      minutes.shut();
    }
    keeper.suspend();
    hasStore = false;
    store.release();
  }

  /**
   * Takes the store back after {@link #suspend}, because the other process did not come up: goes on
   * with whatever is stored. When the other one does not let go, it is tried again and again.
   */
  void resume() {
    if (!tryToResume()) {
      Thread.ofPlatform().name("sluice-store-return").daemon().start(this::keepTrying);
    }
  }

  private void keepTrying() {
    do {
      LockSupport.parkNanos(RETURN.toNanos());
    } while (!tryToResume());
  }

  /** Returns false when it has to be tried again. */
  private synchronized boolean tryToResume() {
    if (ended) {
      return true;
    }
    InForce before = dataPlane.reconciler().inForce();
    try {
      if (!hasStore) {
        store.open(RETURN);
        hasStore = true;
      }
      goOnWith(before, store.snapshots().newest());
      if (complained) {
        log.info("the store is back: changes are made again");
      }
      complained = false;
      return true;
    } catch (StoreException e) {
      if (!complained) {
        log.error(
            "the store is not back after an upgrade that was called off: {} Traffic is served on,"
                + " changes are refused; it is tried again and again",
            e.getMessage());
      }
      complained = true;
      return false;
    }
  }

  private void goOnWith(InForce before, SnapshotStore.@Nullable Stored newest) {
    InForce stored = newest == null ? before : new InForce(newest.revision(), newest.snapshot());
    try {
      dataPlane.resume(stored);
    } catch (DataPlaneException e) {
      log.error(
          "{}; revision {} stays in force until the next change",
          e.getMessage(),
          before.revision().number());
      dataPlane.resume(before);
    }
    begin(!stored.equals(before));
  }

  /** The other process serves for good: only what is under way is finished here. */
  synchronized void retire() {
    dataPlane.retire();
    minutes.giveUp();
  }

  /**
   * Puts the store aside, so that the next start begins with an empty one.
   *
   * @throws StartException when it cannot be moved
   */
  static void reset(Configuration configuration) throws StartException {
    Path file = configuration.store().path();
    try {
      Path aside = SqliteStore.reset(file);
      log.warn(
          aside == null ? "--reset-state: there is no store at {}" : "--reset-state: {} is now {}",
          file,
          aside);
    } catch (StoreException e) {
      throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }

  private void warnAboutLoss() {
    SqliteStore.Restored restored = store.restored();
    if (restored != null) {
      log.error("{}", restored.message());
    }
  }

  Configuration configuration() {
    return configuration;
  }

  DataPlane dataPlane() {
    return dataPlane;
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  Observation observation() {
    return observation;
  }

  /** What SIGHUP does. */
  Reload reload() {
    return reload;
  }

  /** What the management plane manages. */
  Management management() {
    return new Management(
        Version.current(),
        startedAt,
        configuration,
        dataPlane,
        dataPlane.reconciler(),
        operations,
        observation.statistics(),
        store.snapshots(),
        store.audit(),
        store.accounts(),
        store.history(),
        lifecycle);
  }

  /** Closes what has started, and leaves no trace of this start in the store. */
  synchronized void closeFailed() {
    if (seeded && hasStore) {
      store.unseed();
    }
    close();
  }

  /** Ends everything at once; requests in flight are cut. */
  @Override
  public synchronized void close() {
    ended = true;
    while (!closing.isEmpty()) {
      closing.pop().run();
    }
  }
}
