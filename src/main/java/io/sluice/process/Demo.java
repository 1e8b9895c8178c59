package io.sluice.process;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.Configuration;
import io.sluice.config.ListenerSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code --demo}: a configuration made in memory over three backends inside the process. */
final class Demo {

  /**
   * System properties for a machine on which the usual ports are taken; 0 lets the system choose.
   */
  static final String PORT = "sluice.demo.port";

  static final String ADMIN_PORT = "sluice.demo.admin-port";

  private static final Logger log = LoggerFactory.getLogger(Demo.class);

  private Demo() {}

  /**
   * Starts backends and server, then says where everything is.
   *
   * @param logLevel from the environment; null: not set there
   * @param around this process
   */
  static void start(@Nullable String logLevel, Surroundings around) throws StartException {
    int port = port(PORT, 6188);
    int adminPort = port(ADMIN_PORT, 6189);
    DemoBackends backends;
    Path directory;
    try {
      directory = Files.createTempDirectory("sluice-demo");
      backends = DemoBackends.start();
    } catch (IOException e) {
      throw new StartException(ExitCode.FAILED, "the demo does not start: " + e.getMessage(), e);
    }
    Configuration configuration = configuration(port, adminPort, backends.backends(), directory);
    try {
      Server server =
          Server.start(
              new ConfigurationFile("the demo", "", configuration),
              logLevel,
              around,
              Sockets.NONE,
              () -> remove(directory));
      System.out.print(text(server.addresses(), server.adminUrl(), backends.backends()));
      System.out.flush();
    } catch (StartException e) {
      backends.close();
      remove(directory);
      throw new StartException(
          e.code(),
          e.getMessage()
              + "\nsluice: the demo on other ports: SLUICE_JAVA_OPTS='-D"
              + PORT
              + "=7188 -D"
              + ADMIN_PORT
              + "=7189' bin/sluice --demo",
          e);
    }
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      log.warn("the demo leaves {} behind: {}", directory, e.toString());
    }
  }

  private static int port(String property, int usual) throws StartException {
    String value = System.getProperty(property);
    if (value == null) {
      return usual;
    }
    if (!value.matches("[0-9]{1,5}") || Integer.parseInt(value) > 65_535) {
      throw new StartException(
          ExitCode.USAGE, "-D" + property + "=" + value + " is no port; it takes 0 to 65535");
    }
    return Integer.parseInt(value);
  }

  /** Round robin over the backends on {@code port}, one readable line for each request. */
  static Configuration configuration(
      int port, int adminPort, List<DemoBackends.Backend> backends, Path directory) {
    List<BackendSpec> specs =
        backends.stream()
            .map(b -> BackendSpec.of(b.name(), new Address.Tcp("127.0.0.1", b.port())))
            .toList();
    PoolSpec pool = PoolSpec.of("default", specs);
    RouteSpec route =
        RouteSpec.of("default", RouteSpec.Match.ALL, new RouteSpec.Action.ToPool(pool.id()));
    Configuration.Store store = new Configuration.Store(directory.resolve("sluice.db"), 1000);
    return new Configuration(
        Runtime.getRuntime().availableProcessors(),
        List.of(new ListenerSpec(new Address.Tcp("127.0.0.1", port), ListenerSpec.Limits.DEFAULT)),
        List.of(),
        List.of(),
        null,
        Configuration.Mode.MANAGED,
        store,
        Configuration.Admin.at(new Address.Tcp("127.0.0.1", adminPort)),
        Configuration.Shutdown.DEFAULT,
        Configuration.Process.beside(store),
        new Configuration.AccessLog(Configuration.AccessLog.Format.TEXT, "stdout"),
        Path.of("extensions"),
        new Snapshot(List.of(pool), List.of(route)));
  }

  private static String text(
      List<SocketAddress> addresses, String admin, List<DemoBackends.Backend> backends) {
    String proxy = "http://localhost:" + ((InetSocketAddress) addresses.getFirst()).getPort() + "/";
    StringBuilder text = new StringBuilder();
    text.append("\nThe demo runs until Ctrl-C.\n\n");
    line(text, "proxy", proxy);
    for (DemoBackends.Backend backend : backends) {
      line(
          text,
          "backend " + backend.name(),
          "http://127.0.0.1:"
              + backend.port()
              + "/"
              + (backend.name().equals("c") ? "   (slow; every fifth answer is a 503)" : ""));
    }
    line(text, "health", admin + "/actuator/health");
    line(text, "metrics", admin + "/actuator/prometheus   (to a token or after a login)");
    text.append("\nTry it in another terminal:\n\n  for i in 1 2 3 4 5 6 7 8 9 10; do curl -s ");
    return text.append(proxy).append("; done\n\n").toString();
  }

  private static void line(StringBuilder text, String what, String where) {
    text.append("  %-10s %s%n".formatted(what, where));
  }
}
