package io.sluice.process;

import io.sluice.admin.AdminPlaneException;
import io.sluice.admin.FirstAccess;
import io.sluice.admin.Management;
import io.sluice.config.Configuration;
import io.sluice.config.Configuration.Mode;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneException;
import io.sluice.control.Extensions;
import io.sluice.control.Operations;
import io.sluice.handoff.Lifecycle;
import io.sluice.store.History;
import io.sluice.store.SqliteStore;
import io.sluice.store.StoreException;
import io.sluice.telemetry.MinuteSink;
import io.sluice.telemetry.Statistics;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that serves, remembers and can be managed, without the plane that it is managed by. The store
 * comes first, because it knows what is to be served, and goes last.
 */
final class Appliance implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Appliance.class);

  private final Instant startedAt = Instant.now();
  private final Lifecycle lifecycle = new Lifecycle();
  private final Configuration configuration;

  /** What was opened, the last one first. */
  private final Deque<Runnable> closing = new ArrayDeque<>();

  private final SqliteStore store;
  private boolean seeded;
  private final Observation observation;
  private final DataPlane dataPlane;
  private final Operations operations;
  private final Reload reload;

  private Appliance(ConfigurationFile file) throws AdminPlaneException {
    configuration = file.configuration();
    try {
      store = SqliteStore.open(configuration.store().path(), configuration.store().revisions());
      closing.push(store::close);
      warnAboutLoss();
      FirstRevision first = FirstRevision.of(configuration, store.snapshots());
      seeded = first.seeded();
      observation = Observation.of(configuration);
      closing.push(observation::close);
      dataPlane =
          DataPlane.start(
              configuration,
              first.inForce(),
              store.snapshots(),
              Extensions.load(configuration.extensions()),
              observation.observer());
      closing.push(dataPlane::close);
      operations = dataPlane.operations(store.operations());
      remember();
      FollowedFile followed = null;
      if (configuration.mode() == Mode.DECLARATIVE) {
        followed = FollowedFile.follow(file, dataPlane.reconciler());
        closing.push(followed::close);
      }
      reload = new Reload(observation, followed);
      // The last, so that a password is not shown by a start that fails.
      FirstAccess.prepare(
          configuration.admin(), store.accounts(), store.audit(), System.getenv(), System.out);
    } catch (RuntimeException | AdminPlaneException e) {
      closeFailed();
      throw e;
    }
  }

  /**
   * Starts everything; traffic is served when this returns.
   *
   * @throws StartException when something does not start; nothing is left open then
   */
  static Appliance start(ConfigurationFile file) throws StartException {
    try {
      return new Appliance(file);
    } catch (DataPlaneException | StoreException | AdminPlaneException e) {
      throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
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

  /** Takes up what was observed before, and keeps what is observed from now on. */
  private void remember() {
    History history = store.history();
    Statistics statistics = observation.statistics();
    closing.push(HistoryKeeper.of(dataPlane, history)::close);
    statistics.load(
        history.minutes(startedAt.minus(Statistics.MINUTES)).stream()
            .map(m -> new MinuteSink.Minute(m.minute(), m.series(), m.figures()))
            .toList());
    statistics.start(dataPlane::status, minutes -> history.minutes(stored(minutes)));
    dataPlane.poolRps(statistics::rps);
  }

  private static List<History.Minute> stored(List<MinuteSink.Minute> minutes) {
    return minutes.stream()
        .map(m -> new History.Minute(m.minute(), m.series(), m.figures()))
        .toList();
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
  void closeFailed() {
    if (seeded) {
      store.unseed();
    }
    close();
  }

  /** Ends everything at once; requests in flight are cut. */
  @Override
  public void close() {
    while (!closing.isEmpty()) {
      closing.pop().run();
    }
  }
}
