package io.sluice.process;

import io.sluice.admin.AdminPlane;
import io.sluice.admin.AdminPlaneException;
import io.sluice.config.Configuration;
import io.sluice.control.DataPlaneStatus;
import io.sluice.handoff.HandoffException;
import io.sluice.handoff.HandoffServer;
import io.sluice.handoff.Lifecycle;
import io.sluice.handoff.Lifecycle.Phase;
import io.sluice.handoff.Progress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both planes of one serving process. The data plane comes first and goes last: traffic does not
 * wait for the management plane, and health can be asked for while requests finish.
 */
final class Server implements OrderlyStop.Planes, Signals.Actions, HandOver.Finish {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  private final Appliance appliance;
  private final OrderlyStop stop;
  private final Runnable afterwards;

  /** Null: not yet. Written by the starting thread. */
  private volatile @Nullable HandoffServer upgrades;

  // The starting and the stopping thread meet here; guarded by this.
  private @Nullable AdminPlane admin;
  private boolean refusing;

  private final Object closing = new Object();
  // Guarded by closing.
  private boolean closed;

  private Server(Appliance appliance, Configuration configuration, Runnable afterwards) {
    this.appliance = appliance;
    this.stop =
        new OrderlyStop(
            this,
            configuration.shutdown(),
            configuration.process().closing(),
            Runtime.getRuntime()::halt);
    this.afterwards = afterwards;
  }

  /**
   * Starts both planes; from then on signals mean what they mean for a serving process.
   *
   * @param file what to serve
   * @param logLevel from the environment; null: not set there
   * @param signals of this process
   * @param afterwards run when all is closed, also at an end at once; must be quick
   * @throws StartException when either plane does not start; nothing is left open then
   */
  static Server start(
      ConfigurationFile file, @Nullable String logLevel, Signals signals, Runnable afterwards)
      throws StartException {
    return start(file, logLevel, signals, afterwards, Appliance.start(file), null);
  }

  /**
   * The same in the place of the process that serves now.
   *
   * @throws StartException also when the upgrade is called off; the other process goes on then
   */
  static Server upgrade(
      ConfigurationFile file, @Nullable String logLevel, Signals signals, Runnable afterwards)
      throws StartException {
    Lifecycle lifecycle = new Lifecycle();
    TakeOver takeOver = TakeOver.begin(file.configuration(), lifecycle);
    try {
      Appliance appliance =
          Appliance.prepare(file, lifecycle, takeOver.estate().inForce(), takeOver.inheritance());
      return start(file, logLevel, signals, afterwards, appliance, takeOver);
    } catch (StartException e) {
      takeOver.fail(String.valueOf(e.getMessage()));
      throw e.code() == ExitCode.CALLED_OFF
          ? e
          : new StartException(
              ExitCode.CALLED_OFF, "the upgrade is called off: " + e.getMessage(), e);
    }
  }

  private static Server start(
      ConfigurationFile file,
      @Nullable String logLevel,
      Signals signals,
      Runnable afterwards,
      Appliance appliance,
      @Nullable TakeOver takeOver)
      throws StartException {
    Server server = new Server(appliance, file.configuration(), afterwards);
    signals.serve(server);
    try {
      AdminPlane admin = AdminPlane.start(settings(file, logLevel, appliance, takeOver));
      server.adminStarted(admin);
      if (takeOver == null) {
        server.awaitUpgrades(admin);
        appliance.lifecycle().enter(Phase.SERVING, null);
      } else {
        takeOver.complete(appliance, admin);
        server.awaitUpgrades(admin);
      }
    } catch (AdminPlaneException e) {
      log.debug("the management plane does not start", e);
      server.startFailed(signals);
      throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    } catch (StartException e) {
      server.startFailed(signals);
      throw e;
    }
    log.info("Sluice {} serves {}; admin {}", Version.current(), server.urls(), server.adminUrl());
    return server;
  }

  private static AdminPlane.Settings settings(
      ConfigurationFile file,
      @Nullable String logLevel,
      Appliance appliance,
      @Nullable TakeOver takeOver) {
    return new AdminPlane.Settings(
        file.configuration().admin().address(),
        file.file(),
        file.yaml(),
        logLevel,
        List.of(appliance.observation().meters(appliance.dataPlane()::status)),
        appliance.management(),
        takeOver == null ? null : takeOver.adminSocket(),
        takeOver != null);
  }

  private void startFailed(Signals signals) {
    if (signals.withdraw()) {
      AdminPlane started = plane();
      if (started != null) {
        started.close();
      }
      appliance.closeFailed();
      Logs.stop();
    }
  }

  /** From now on a successor may ask for the sockets. */
  private void awaitUpgrades(AdminPlane admin) throws StartException {
    Configuration.Process process = appliance.configuration().process();
    try {
      upgrades =
          HandoffServer.open(
              process.upgradeSocket(),
              new HandOver(appliance, admin, this),
              HandoffServer.Times.ready(process.upgrade().ready()),
              Version.current());
    } catch (HandoffException e) {
      if (appliance.lifecycle().phase() == Phase.SERVING) {
        log.error("no later process can take over from this one: {}", e.getMessage());
      } else {
        throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
      }
    }
  }

  /** A successor was announced: says so, and takes it back when none comes in time. */
  @Override
  public void handOver(String sender) {
    Lifecycle lifecycle = appliance.lifecycle();
    if (lifecycle.phase() != Phase.SERVING) {
      log.warn("no successor is awaited now: this process is {}", lifecycle.phase().text());
      return;
    }
    Duration most = appliance.configuration().process().upgrade().successor();
    lifecycle.enter(
        Phase.AWAITING_SUCCESSOR,
        "%s; start the new process with -u within %d s".formatted(sender, most.toSeconds()));
    CompletableFuture.delayedExecutor(most.toNanos(), TimeUnit.NANOSECONDS)
        .execute(
            () -> {
              if (lifecycle.phase() == Phase.AWAITING_SUCCESSOR) {
                lifecycle.enter(Phase.SERVING, "no successor came");
              }
            });
  }

  @Override
  public void drainAndClose(Consumer<Progress> progress) {
    AdminPlane released = plane();
    appliance.dataPlane().release();
    appliance.retire();
    if (released != null) {
      released.release();
    }
    try (ScheduledExecutorService telling =
        Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory())) {
      telling.scheduleAtFixedRate(() -> progress.accept(progress()), 0, 1, TimeUnit.SECONDS);
      stop.finish();
      telling.shutdownNow();
    }
  }

  private Progress progress() {
    DataPlaneStatus status = appliance.dataPlane().status();
    return new Progress(status.connections(), status.requests());
  }

  @Override
  public void exit() {
    Runtime.getRuntime().halt(ExitCode.OK.value());
  }

  /** Where requests are served, for people. */
  String urls() {
    return appliance.dataPlane().addresses().stream()
        .map(Server::url)
        .collect(Collectors.joining(", "));
  }

  /** Where the management plane is reached. */
  synchronized String adminUrl() {
    if (admin == null) {
      return "";
    }
    String url = url(admin.address());
    return admin.tls() ? url.replaceFirst("^http:", "https:") : url;
  }

  private static String url(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet)) {
      return "unix:" + address;
    }
    String host =
        inet.getAddress() == null ? inet.getHostString() : inet.getAddress().getHostAddress();
    return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
  }

  private synchronized @Nullable AdminPlane plane() {
    return admin;
  }

  private synchronized void adminStarted(AdminPlane started) {
    admin = started;
    if (refusing) {
      started.refuseTraffic();
    }
  }

  @Override
  public synchronized void refuseTraffic() {
    appliance.lifecycle().enter(Phase.DRAINING, null);
    refusing = true;
    if (admin != null) {
      admin.refuseTraffic();
    }
  }

  @Override
  public CompletableFuture<Void> drain() {
    return appliance.dataPlane().drain();
  }

  @Override
  public int requests() {
    return appliance.dataPlane().status().requests();
  }

  /** Whoever comes second, a SIGINT during a stop, waits for the first. */
  @Override
  public void close() {
    synchronized (closing) {
      if (closed) {
        return;
      }
      closed = true;
      HandoffServer waiting = upgrades;
      if (waiting != null) {
        waiting.close();
      }
      AdminPlane first = plane();
      if (first != null) {
        first.close();
      }
      appliance.close();
      afterwards.run();
      Logs.stop();
    }
  }

  @Override
  public void orderly() {
    stop.run();
  }

  /** Closing is quick once nothing is waited for. */
  @Override
  public void atOnce() {
    log.info("SIGINT: ended at once, {} requests cut", requests());
    close();
  }

  @Override
  public void reload(String sender) {
    appliance.reload().run();
  }

  /** The proxy's addresses. */
  List<SocketAddress> addresses() {
    return appliance.dataPlane().addresses();
  }
}
