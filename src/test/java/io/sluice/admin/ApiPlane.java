package io.sluice.admin;

import io.sluice.config.Address;
import io.sluice.config.Cidr;
import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.DataPlane;
import io.sluice.control.Extensions;
import io.sluice.control.InForce;
import io.sluice.store.Accounts;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.SnapshotStore;
import io.sluice.store.SqliteStore;
import io.sluice.telemetry.Statistics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API over real HTTP, with a real data plane and changes that are kept in memory. */
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
  private final Path directory = Files.createTempDirectory("sluice-api");
  private final SqliteStore store = SqliteStore.open(directory.resolve("sluice.db"), 10);
  final Accounts accounts = store.accounts();
  final Map<Role, String> tokens = new EnumMap<>(Role.class);
  private final DataPlane dataPlane;
  final AdminPlane plane;
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  ApiPlane() throws Exception {
    this(SnapshotDocument.fromYaml(SEED));
  }

  ApiPlane(Snapshot first) throws Exception {
    this(first, false);
  }

  /** The same; when {@code live}, changes and drains are the real ones. */
  ApiPlane(Snapshot first, boolean live) throws Exception {
    Configuration configuration = configuration(first);
    Extensions extensions = Extensions.load(configuration.extensions());
    if (live) {
      SnapshotStore.Stored seed =
          store
              .snapshots()
              .append(
                  new Change(Actor.FILE, "bootstrap", "start", null, null),
                  new Snapshot(List.of(), List.of()),
                  first);
      dataPlane =
          DataPlane.start(
              configuration,
              new InForce(seed.revision(), seed.snapshot()),
              store.snapshots(),
              extensions,
              new Statistics());
    } else {
      dataPlane = DataPlane.start(configuration, extensions, new Statistics());
    }
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
                live ? liveManagement(configuration) : management(configuration)),
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
        store.history());
  }

  private Management liveManagement(Configuration configuration) {
    return new Management(
        "test",
        Instant.now(),
        configuration,
        dataPlane,
        dataPlane.reconciler(),
        dataPlane.operations(store.operations()),
        new Statistics(),
        store.snapshots(),
        store.audit(),
        accounts,
        store.history());
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
    store.close();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
