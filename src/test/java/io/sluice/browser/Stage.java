package io.sluice.browser;

import io.sluice.testing.AdminApi;
import io.sluice.testing.SluiceProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The packaged program with its backends and some traffic, before the browser comes on. */
final class Stage implements AutoCloseable {
  static final String PASSWORD = "browser-tests-9f2c";

  private static final Map<String, String> ENVIRONMENT =
      Map.of("SLUICE_ADMIN_TOKEN", AdminApi.TOKEN, "SLUICE_ADMIN_PASSWORD", PASSWORD);

  private final FakeBackends backends;
  private final SluiceProcess sluice;
  private final SteadyLoad load;
  private final Relay relay;

  private Stage(FakeBackends backends, SluiceProcess sluice, SteadyLoad load, Relay relay) {
    this.backends = backends;
    this.sluice = sluice;
    this.load = load;
    this.relay = relay;
  }

  /** Sets up one of the scenes {@code empty}, {@code web}, {@code names} and {@code many}. */
  static Stage set(String scene, Path directory) throws IOException, InterruptedException {
    FakeBackends backends = new FakeBackends();
    String yaml = yaml(scene, backends);
    Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml);
    SluiceProcess sluice =
        SluiceProcess.run(directory, ENVIRONMENT, List.of(), "-c", file.toString()).awaitServing();
    URI admin = sluice.admin();
    Relay relay = new Relay(new InetSocketAddress(admin.getHost(), admin.getPort()));
    return new Stage(backends, sluice, new SteadyLoad(sluice.proxy()), relay);
  }

  private static String yaml(String scene, FakeBackends backends) throws IOException {
    String head =
        """
        sluice:
          listeners: [{address: "127.0.0.1:0"}]
          admin: {address: "127.0.0.1:0"}
          store: {path: data/sluice.db}
        """;
    return switch (scene) {
      case "empty" -> head;
      case "web" -> head + web(backends);
      case "names" -> head + names(backends);
      case "many" -> head + many(backends);
      default -> throw new IllegalArgumentException("there is no scene " + scene);
    };
  }

  private static String web(FakeBackends backends) throws IOException {
    return """
          bootstrap:
            pools:
              - id: web
                algorithm: least-request
                minimum-capacity: 0.3
                health-check: {type: tcp, interval: 1s}
                backends: [%s]
              - id: api
                health-check: {type: http, interval: 2s, http: {path: /ready}}
                backends: [%s]
            routes:
              - {id: api, match: {path: "/api/**"}, pool: api}
              - {id: default, match: {path: "/**"}, pool: web}
        """
        .formatted(
            listed(backends, "web-1", "web-2", "web-3", "web-4", "web-5", "web-6"),
            listed(backends, "api-a", "api-b"));
  }

  private static String names(FakeBackends backends) throws IOException {
    String longest = "checkout-service-eu-central-1-blue-2026-11-canary-" + "x".repeat(12);
    return """
          bootstrap:
            pools:
              - id: a-pool-with-quite-a-long-name-that-somebody-generated
                health-check: {type: tcp, interval: 1s}
                backends: [%s]
            routes:
              - id: default
                match: {path: "/**"}
                pool: a-pool-with-quite-a-long-name-that-somebody-generated
        """
        .formatted(listed(backends, longest + "1", longest + "2", "b"));
  }

  private static String many(FakeBackends backends) throws IOException {
    StringBuilder pools = new StringBuilder("  bootstrap:\n    pools:\n");
    for (String pool : List.of("checkout", "search", "static")) {
      String[] names =
          IntStream.rangeClosed(1, 100).mapToObj(i -> pool + "-" + i).toArray(String[]::new);
      pools.append("      - {id: ").append(pool);
      pools.append(", health-check: {type: tcp, interval: 5s}, backends: [");
      pools.append(listed(backends, names)).append("]}\n");
    }
    return pools
        + """
            routes:
              - {id: search, match: {path: "/search/**"}, pool: search}
              - {id: static, match: {path: "/static/**"}, pool: static}
              - {id: default, match: {path: "/**"}, pool: checkout}
        """;
  }

  private static String listed(FakeBackends backends, String... names) throws IOException {
    StringBuilder list = new StringBuilder();
    for (String name : names) {
      list.append(list.isEmpty() ? "" : ", ");
      list.append("{id: ").append(name).append(", address: \"").append(backends.add(name));
      list.append("\", weight: 3}");
    }
    return list.toString();
  }

  FakeBackends backends() {
    return backends;
  }

  SteadyLoad load() {
    return load;
  }

  Relay relay() {
    return relay;
  }

  URI proxy() throws InterruptedException {
    return sluice.proxy();
  }

  /** What the program has written to standard error, for a failed test. */
  String log() {
    return sluice.stderr();
  }

  @Override
  public void close() throws IOException {
    load.close();
    relay.close();
    sluice.close();
    backends.close();
  }
}
