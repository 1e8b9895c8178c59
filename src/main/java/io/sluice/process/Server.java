package io.sluice.process;

import io.sluice.admin.AdminPlane;
import io.sluice.admin.AdminPlaneException;
import io.sluice.config.Configuration;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both planes of one serving process. The data plane comes first and goes last: traffic does not
 * wait for the management plane, and health can be asked for while requests finish.
 */
final class Server implements OrderlyStop.Planes, Signals.Actions {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  private final Appliance appliance;
  private final OrderlyStop stop;
  private final Runnable afterwards;
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
    Configuration configuration = file.configuration();
    Appliance appliance = Appliance.start(file);
    Server server = new Server(appliance, configuration, afterwards);
    signals.serve(server);
    try {
      server.adminStarted(
          AdminPlane.start(
              new AdminPlane.Settings(
                  configuration.admin().address(),
                  file.file(),
                  file.yaml(),
                  logLevel,
                  List.of(appliance.observation().meters(appliance.dataPlane()::status)),
                  appliance.management())));
    } catch (AdminPlaneException e) {
      log.debug("the management plane does not start", e);
      if (signals.withdraw()) {
        appliance.closeFailed();
        Logs.stop();
      }
      throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
    log.info("Sluice {} serves {}; admin {}", Version.current(), server.urls(), server.adminUrl());
    return server;
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

  private synchronized void adminStarted(AdminPlane started) {
    admin = started;
    if (refusing) {
      started.refuseTraffic();
    }
  }

  @Override
  public synchronized void refuseTraffic() {
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
      AdminPlane first = admin();
      if (first != null) {
        first.close();
      }
      appliance.close();
      afterwards.run();
      Logs.stop();
    }
  }

  private synchronized @Nullable AdminPlane admin() {
    return admin;
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
  public void handOver(String sender) {
    log.warn("this version has no successor to hand over to; it serves on");
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
