package io.sluice.admin;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.config.ListenerSpec;
import io.sluice.config.Snapshot;
import io.sluice.control.DataPlane;
import io.sluice.control.Extensions;
import io.sluice.control.InForce;
import io.sluice.control.Inheritance;
import io.sluice.control.Reconciler;
import io.sluice.handoff.Lifecycle;
import io.sluice.store.Accounts;
import io.sluice.store.Actor;
import io.sluice.store.AuditEntry;
import io.sluice.store.Change;
import io.sluice.store.SnapshotStore;
import io.sluice.store.SqliteStore;
import io.sluice.telemetry.Statistics;
import io.sluice.tls.Bundles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
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
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A management plane on a port of the system's choice with all that is behind it in a process of
 * its own: a data plane that listens, its change path, drains, and a store on the disk. Only the
 * clock of accounts is the test's. Tokens of every role are there.
 */
class RunningPlane implements AutoCloseable {
  static final Address.Tcp ANY_PORT = new Address.Tcp("127.0.0.1", 0);

  private final Path directory = Files.createTempDirectory("sluice-admin");
  final SqliteStore store = SqliteStore.open(directory.resolve("sluice.db"), 10);
  final Accounts accounts = store.accounts();
  final TestClock clock = new TestClock();
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  final DataPlane dataPlane;
  final Reconciler reconciler;
  final AdminPlane plane;
  final Statistics statistics;
  private final Map<Role, String> tokens = new EnumMap<>(Role.class);

  /** The number of the audit's last line before there was anybody to call. */
  private final long seeded;

  private boolean storeClosed;

  /**
   * What it is started with.
   *
   * @param yaml the file's text; Spring's own sections of it count
   * @param heartbeat of the event stream
   * @param descriptor of a socket that it takes over; null: none
   * @param held whether it accepts nothing at first
   */
  record Setup(
      Configuration configuration,
      String yaml,
      List<MeterBinder> meters,
      Duration heartbeat,
      @Nullable Integer descriptor,
      boolean held) {
    Setup(Configuration configuration) {
      this(configuration, "", List.of(), EventFeed.HEARTBEAT);
    }

    Setup(Configuration configuration, String yaml, List<MeterBinder> meters, Duration heartbeat) {
      this(configuration, yaml, meters, heartbeat, null, false);
    }
  }

  RunningPlane(Setup setup) throws Exception {
    Configuration configuration = setup.configuration();
    Snapshot first = configuration.bootstrap();
    SnapshotStore.Stored seed =
        store
            .snapshots()
            .append(
                new Change(Actor.FILE, "bootstrap", "start", null, null),
                new Snapshot(List.of(), List.of()),
                first);
    statistics = new Statistics();
    dataPlane =
        DataPlane.start(
            configuration,
            new InForce(seed.revision(), seed.snapshot()),
            store.snapshots(),
            Extensions.load(configuration.extensions()),
            statistics,
            Inheritance.NONE,
            Bundles.NONE);
    reconciler = dataPlane.reconciler();
    observe();
    for (Role role : Role.values()) {
      Tokens.Made made =
          new Tokens(accounts, clock).make(role.word() + "-token", role, "test", null);
      tokens.put(role, made.text());
    }
    List<AuditEntry> lines = store.audit().list(Long.MAX_VALUE, 1);
    seeded = lines.isEmpty() ? 0 : lines.getFirst().number();
    Management management =
        new Management(
            "test",
            Instant.now(),
            configuration,
            dataPlane,
            reconciler,
            dataPlane.operations(store.operations()),
            statistics,
            store.snapshots(),
            store.audit(),
            accounts,
            store.history(),
            new Lifecycle());
    AdminPlane.Settings settings =
        new AdminPlane.Settings(
            configuration.admin().address(),
            "sluice.conf",
            setup.yaml(),
            null,
            setup.meters(),
            management,
            setup.descriptor(),
            setup.held());
    try {
      plane = AdminPlane.start(settings, clock, setup.heartbeat());
    } catch (AdminPlaneException e) {
      closeParts();
      throw e;
    }
  }

  private void observe() {
    statistics.start(dataPlane::status, minutes -> {});
    dataPlane.poolRps(statistics::rps);
  }

  static Configuration configuration(
      Configuration.Mode mode, Configuration.Admin admin, Snapshot first) {
    return new Configuration(
        1,
        List.of(new ListenerSpec(ANY_PORT, ListenerSpec.Limits.DEFAULT)),
        List.of(),
        List.of(),
        null,
        mode,
        Configuration.Store.DEFAULT,
        admin,
        Configuration.Shutdown.DEFAULT,
        Configuration.Process.beside(Configuration.Store.DEFAULT),
        Configuration.AccessLog.DEFAULT,
        Path.of("no-extensions"),
        first);
  }

  /** The text of a role's token. */
  String tokenOf(Role role) {
    return Objects.requireNonNull(tokens.get(role));
  }

  /** All that the audit has of calls, newest first. */
  List<AuditEntry> audit() {
    return store.audit().list(Long.MAX_VALUE, 500).stream()
        .filter(line -> line.number() > seeded)
        .toList();
  }

  int port() {
    return plane.address().getPort();
  }

  /** Where traffic is served. */
  int trafficPort() {
    return ((InetSocketAddress) dataPlane.addresses().getFirst()).getPort();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /** A call by nobody, with a JSON body when there is one; the test completes it. */
  HttpRequest.Builder unnamed(String method, String path, @Nullable String json) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60));
    return json == null
        ? request.method(method, HttpRequest.BodyPublishers.noBody())
        : request
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .header("Content-Type", "application/json");
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    client.close();
    plane.close();
    closeParts();
  }

  /** Ends the store before the rest. */
  void closeStore() {
    if (!storeClosed) {
      storeClosed = true;
      store.close();
    }
  }

  private void closeParts() {
    statistics.close();
    dataPlane.close();
    closeStore();
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
