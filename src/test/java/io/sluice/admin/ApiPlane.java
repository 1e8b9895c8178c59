package io.sluice.admin;

import io.sluice.config.Address;
import io.sluice.config.Cidr;
import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.DataPlane;
import io.sluice.control.Extensions;
import io.sluice.telemetry.Statistics;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API over real HTTP, with a real data plane and everything that is kept in memory. */
final class ApiPlane implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A pool with two backends, and a route to it. */
  static final String SEED =
      """
      pools:
        - id: web
          backends:
            - {id: a, address: "127.0.0.1:9001", labels: {zone: north}}
            - {id: b, address: "127.0.0.1:9002", weight: 3}
      routes:
        - {id: all, match: {path: "/**"}, pool: web}
      """;

  final MemorySnapshots snapshots;
  final MemoryReconciler reconciler;
  final MemoryOperations operations;
  final MemoryAudit audit = new MemoryAudit();
  final MemoryAccounts accounts = new MemoryAccounts();
  final MemoryHistory history = new MemoryHistory();
  final Map<Role, String> tokens = new EnumMap<>(Role.class);
  private final DataPlane dataPlane;
  final AdminPlane plane;
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  ApiPlane() throws Exception {
    this(SnapshotDocument.fromYaml(SEED));
  }

  ApiPlane(Snapshot first) throws Exception {
    Configuration configuration = configuration(first);
    dataPlane =
        DataPlane.start(
            configuration, Extensions.load(configuration.extensions()), new Statistics());
    snapshots = new MemorySnapshots(first);
    reconciler = new MemoryReconciler(snapshots);
    operations = new MemoryOperations(reconciler);
    TestClock clock = new TestClock();
    for (Role role : Role.values()) {
      String text = new Tokens(accounts, clock).make(role.word(), role, "test", null).text();
      tokens.put(role, text);
    }
    plane =
        AdminPlane.start(
            new AdminPlane.Settings(
                configuration.admin().address(),
                "sluice.conf",
                "",
                null,
                List.of(),
                management(configuration)),
            clock);
  }

  private static Configuration configuration(Snapshot first) {
    Configuration.Admin admin =
        new Configuration.Admin(
            new Address.Tcp("127.0.0.1", 0),
            "/",
            null,
            null,
            List.of(),
            List.of(new Cidr(InetAddress.ofLiteral("169.254.0.0"), 16)));
    return new Configuration(
        1,
        List.of(),
        List.of(),
        List.of(),
        null,
        Configuration.Mode.MANAGED,
        Configuration.Store.DEFAULT,
        admin,
        Configuration.Shutdown.DEFAULT,
        Configuration.AccessLog.DEFAULT,
        Path.of("no-extensions"),
        first);
  }

  private Management management(Configuration configuration) {
    return new Management(
        "test",
        Instant.now(),
        configuration,
        dataPlane,
        reconciler,
        operations,
        new Statistics(),
        snapshots,
        audit,
        accounts,
        history);
  }

  int port() {
    return plane.address().getPort();
  }

  /** A call by an admin, which the test completes. */
  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
        .timeout(Duration.ofSeconds(60))
        .header("Authorization", "Bearer " + tokens.get(Role.ADMIN));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path, String... fields) throws Exception {
    return call("GET", path, null, fields);
  }

  /** A call with a JSON body, or a merge patch with PATCH. */
  HttpResponse<String> call(String method, String path, @Nullable String body, String... fields)
      throws Exception {
    HttpRequest.Builder request = request("/api/v1" + path);
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request.method(method, HttpRequest.BodyPublishers.ofString(body));
      if (!List.of(fields).contains("Content-Type")) {
        request.header(
            "Content-Type",
            method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
      }
    }
    if (fields.length > 0) {
      request.headers(fields);
    }
    return send(request);
  }

  /** The ETag of something. */
  String etag(String path) throws Exception {
    return get(path).headers().firstValue("ETag").orElseThrow();
  }

  static JsonNode json(HttpResponse<String> answer) {
    return JSON.readTree(answer.body());
  }

  @Override
  public void close() {
    client.close();
    plane.close();
    dataPlane.close();
  }
}
