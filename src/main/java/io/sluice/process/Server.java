package io.sluice.process;

import io.sluice.admin.AdminPlane;
import io.sluice.admin.AdminPlaneException;
import io.sluice.config.Configuration;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneStatus;
import io.sluice.control.Inheritance;
import io.sluice.control.PlaneMemory.Carried;
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

  /** A little more than an idle connection of a management plane that is replaced may take. */
  private static final Duration LAST_CALLS = Duration.ofSeconds(6);

  private final Appliance appliance;
  private final OrderlyStop stop;
  private final Surroundings around;
  private final Duration longestStop;
  private final Runnable afterwards;

  /** Null: not yet. Written by the starting thread. */
  private volatile @Nullable HandoffServer upgrades;

  /** Calls of the management plane that are finished although a successor has taken over. */
  private volatile CompletableFuture<Void> lastCalls = CompletableFuture.completedFuture(null);

  // The starting and the stopping thread meet here; guarded by this.
  private @Nullable AdminPlane admin;
  private boolean refusing;

  private final Object closing = new Object();
  // Guarded by closing.
  private boolean closed;

  private Server(
      Appliance appliance, Configuration configuration, Surroundings around, Runnable afterwards) {
    this.appliance = appliance;
    this.around = around;
    this.longestStop =
        configuration
            .shutdown()
            .lameDuck()
            .plus(configuration.shutdown().grace())
            .plus(configuration.process().closing());
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
   * @param around this process
   * @param sockets that listen already
   * @param afterwards run when all is closed, also at an end at once; must be quick
   * @throws StartException when either plane does not start; nothing is left open then
   */
  static Server start(
      ConfigurationFile file,
      @Nullable String logLevel,
      Surroundings around,
      Sockets sockets,
      Runnable afterwards)
      throws StartException {
    Appliance appliance =
        Appliance.start(
            file, new Inheritance(sockets.listeners(), false, null), around.terminal().out());
    Launch launch = new Launch(file, logLevel, around, afterwards);
    return launch.run(appliance, sockets.admin(), null);
  }

  /**
   * The same in the place of the process that serves now.
   *
   * @throws StartException also when the upgrade is called off; the other process goes on then
   */
  static Server upgrade(
      ConfigurationFile file, @Nullable String logLevel, Surroundings around, Runnable afterwards)
      throws StartException {
    Lifecycle lifecycle = new Lifecycle();
    TakeOver takeOver = TakeOver.begin(file.configuration(), lifecycle);
    try {
      Sockets sockets = around.becomeUser(file.configuration(), takeOver.sockets());
      Appliance appliance =
          Appliance.prepare(
              file,
              lifecycle,
              takeOver.estate().inForce(),
              new Inheritance(sockets.listeners(), true, takeOver.estate().memory()),
              around.terminal().out());
      return new Launch(file, logLevel, around, afterwards)
          .run(appliance, sockets.admin(), takeOver);
    } catch (StartException e) {
      takeOver.fail(String.valueOf(e.getMessage()));
      throw e.code() == ExitCode.CALLED_OFF
          ? e
          : new StartException(
              ExitCode.CALLED_OFF, "the upgrade is called off: " + e.getMessage(), e);
    }
  }

  /** What a start is about, whether it takes over or not. */
  private record Launch(
      ConfigurationFile file, @Nullable String logLevel, Surroundings around, Runnable afterwards) {

    Server run(Appliance appliance, @Nullable Integer adminSocket, @Nullable TakeOver takeOver)
        throws StartException {
      Server server = new Server(appliance, file.configuration(), around, afterwards);
      around.signals().serve(server);
      try {
        AdminPlane admin = AdminPlane.start(settings(appliance, adminSocket, takeOver != null));
        server.adminStarted(admin);
        if (takeOver == null) {
          server.awaitUpgrades(admin);
          appliance.lifecycle().enter(Phase.SERVING, null);
        } else {
          takeOver.complete(appliance, admin);
          around.tookOver();
          server.awaitUpgrades(admin);
        }
      } catch (AdminPlaneException e) {
        log.debug("the management plane does not start", e);
        server.startFailed();
        throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
      } catch (StartException e) {
        server.startFailed();
        throw e;
      }
      log.info("Sluice {} {}", Version.current(), server.served());
      around.serving(server.served(), appliance.dataPlane()::turn);
      return server;
    }

    private AdminPlane.Settings settings(
        Appliance appliance, @Nullable Integer socket, boolean held) {
      return new AdminPlane.Settings(
          file.configuration().admin().address(),
          file.file(),
          file.yaml(),
          logLevel,
          List.of(appliance.observation().meters(appliance.dataPlane()::status)),
          appliance.management(),
          socket,
          held);
    }
  }

  private void startFailed() {
    if (around.signals().withdraw()) {
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
    Duration most = appliance.configuration().process().upgrade().successor();
    Lifecycle.Entry waiting =
        lifecycle.awaitSuccessor(
            "%s; start the new process with -u within %d s".formatted(sender, most.toSeconds()));
    if (waiting == null) {
      log.warn("no successor is awaited now: this process is {}", lifecycle.phase().text());
      return;
    }
    CompletableFuture.delayedExecutor(most.toNanos(), TimeUnit.NANOSECONDS)
        .execute(() -> lifecycle.giveUpWaiting(waiting, "no successor came"));
  }

  @Override
  public void drainAndClose(Consumer<Progress> progress) {
    around.systemd().silence();
    AdminPlane released = plane();
    appliance.dataPlane().release();
    appliance.retire();
    if (released != null) {
      lastCalls = released.release();
    }
    try (ScheduledExecutorService telling =
        Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory())) {
      telling.scheduleAtFixedRate(() -> progress.accept(progress()), 0, 1, TimeUnit.SECONDS);
      stop.finish();
      telling.shutdownNow();
    }
  }

  private Progress progress() {
    DataPlane plane = appliance.dataPlane();
    DataPlaneStatus status = plane.status();
    return new Progress(status.connections(), status.requests(), Carried.toJson(plane.carried()));
  }

  @Override
  public void exit() {
    around.signals().ended();
  }

  /** What is served where, for people. */
  private String served() {
    return "serves " + urls() + "; admin " + adminUrl();
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
    CompletableFuture<Void> calls =
        lastCalls.completeOnTimeout(null, LAST_CALLS.toNanos(), TimeUnit.NANOSECONDS);
    return CompletableFuture.allOf(appliance.dataPlane().drain(), calls);
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
    around.systemd().stopping("stopping: " + requests() + " requests in flight", longestStop);
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
    around.systemd().reloading();
    String said = appliance.reload().run(around.terminal().reopen());
    around.systemd().ready(served() + "; reloaded: " + said);
  }

  /** The proxy's addresses. */
  List<SocketAddress> addresses() {
    return appliance.dataPlane().addresses();
  }
}
