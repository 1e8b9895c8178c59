package io.sluice.process;

import io.sluice.admin.AdminPlane;
import io.sluice.admin.AdminPlaneException;
import io.sluice.config.Configuration;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneException;
import io.sluice.control.Extensions;
import io.sluice.telemetry.MinuteSink;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Both planes of one serving process. The data plane comes first and goes last: traffic does not
 * wait for the management plane, and health can be asked for while requests finish.
 */
final class Server implements OrderlyStop.Planes {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  private final DataPlane dataPlane;
  private final Observation observation;
  // The starting and the stopping thread meet here; guarded by this.
  private @Nullable AdminPlane admin;
  private boolean refusing;

  private Server(DataPlane dataPlane, Observation observation) {
    this.dataPlane = dataPlane;
    this.observation = observation;
  }

  /**
   * Starts both planes and takes over SIGTERM and SIGINT.
   *
   * @param file what to serve
   * @param logLevel from the environment; null: not set there
   * @throws StartException when either plane does not start; nothing is left open then
   */
  static Server start(ConfigurationFile file, @Nullable String logLevel) throws StartException {
    Configuration configuration = file.configuration();
    Observation observation;
    DataPlane dataPlane;
    try {
      observation = Observation.of(configuration);
      dataPlane = dataPlane(configuration, observation);
    } catch (DataPlaneException e) {
      throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
    observation.statistics().start(dataPlane::status, MinuteSink.NONE);
    Server server = new Server(dataPlane, observation);
    OrderlyStop stop = new OrderlyStop(server, configuration.shutdown());
    BooleanSupplier takeBack = Signals.install(stop::run, server::endAtOnce);
    try {
      server.adminStarted(
          AdminPlane.start(
              new AdminPlane.Settings(
                  configuration.admin().address(),
                  file.file(),
                  file.yaml(),
                  logLevel,
                  List.of(observation.meters(dataPlane::status)),
                  null)));
    } catch (AdminPlaneException e) {
      log.debug("the management plane does not start", e);
      if (takeBack.getAsBoolean()) {
        server.close();
      }
      throw new StartException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
    log.info("Sluice {} serves {}; admin {}", Version.current(), server.urls(), server.adminUrl());
    return server;
  }

  private static DataPlane dataPlane(Configuration configuration, Observation observation) {
    try {
      return DataPlane.start(
          configuration, Extensions.load(configuration.extensions()), observation.observer());
    } catch (DataPlaneException e) {
      observation.close();
      throw e;
    }
  }

  /** Where requests are served, for people. */
  String urls() {
    return dataPlane.addresses().stream().map(Server::url).collect(Collectors.joining(", "));
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
    return dataPlane.drain();
  }

  @Override
  public int requests() {
    return dataPlane.status().requests();
  }

  @Override
  public void close() {
    dataPlane.close();
    observation.close();
    AdminPlane last;
    synchronized (this) {
      last = admin;
    }
    if (last != null) {
      last.close();
    }
    Logs.stop();
  }

  /** Only what would be lost is written; the system closes the rest faster than we could. */
  private void endAtOnce() {
    log.info("SIGINT: ended at once, {} requests cut", requests());
    observation.close();
    Logs.stop();
  }

  /** The proxy's addresses. */
  List<SocketAddress> addresses() {
    return dataPlane.addresses();
  }
}
