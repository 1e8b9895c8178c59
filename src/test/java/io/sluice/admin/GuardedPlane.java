package io.sluice.admin;

import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.control.DataPlane;
import io.sluice.control.Extensions;
import io.sluice.control.Operations;
import io.sluice.proxy.ProxyObserver;
import io.sluice.store.Accounts;
import io.sluice.store.Accounts.Token;
import io.sluice.store.Accounts.User;
import io.sluice.store.AuditEntry;
import io.sluice.store.SqliteStore;
import io.sluice.telemetry.Statistics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A management plane with real HTTP and a real store, on a port of the system's choice, for
 * what security has to do. Tokens of every role are there.
 */
final class GuardedPlane implements AutoCloseable {
  static final String PASSWORD = "correct horse battery";

  /** Made once: a hash takes a while. */
  private static final String HASH = Passwords.hash(PASSWORD);

  private final DataPlane dataPlane;
  final AdminPlane plane;
  private final Path directory = Files.createTempDirectory("sluice-guarded");
  private final SqliteStore store = SqliteStore.open(directory.resolve("sluice.db"), 10);
  final Accounts accounts = store.accounts();
  final TestClock clock = new TestClock();
  private final Map<Role, String> tokens;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  GuardedPlane() throws Exception {
    this("/", "");
  }

  GuardedPlane(String basePath, String yaml) throws Exception {
    this(admin(basePath), yaml);
  }

  GuardedPlane(Configuration.Admin admin, String yaml) throws Exception {
    Configuration configuration =
        new Configuration(
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
            new Snapshot(List.of(), List.of()));
    dataPlane =
        DataPlane.start(configuration, Extensions.load(configuration.extensions()), ignored());
    tokens =
        Stream.of(Role.values())
            .collect(
                Collectors.toMap(
                    role -> role,
                    role ->
                        new Tokens(accounts, clock)
                            .make(role.word() + "-token", role, "test", null)
                            .text()));
    plane =
        AdminPlane.start(
            new AdminPlane.Settings(
                admin.address(), "sluice.conf", yaml, null, List.of(), management(configuration)),
            clock);
  }

  static Configuration.Admin admin(String basePath) {
    return new Configuration.Admin(
        new Address.Tcp("127.0.0.1", 0), basePath, null, null, List.of("sluice.test"), List.of());
  }

  private static ProxyObserver ignored() {
    return new Statistics();
  }

  private Management management(Configuration configuration) {
    return new Management(
        "test",
        Instant.EPOCH,
        configuration,
        dataPlane,
        new MemoryReconciler(new MemorySnapshots(configuration.bootstrap())),
        unused(Operations.class),
        new Statistics(),
        store.snapshots(),
        store.audit(),
        accounts,
        store.history());
  }

  /** A part that takes listeners and can do nothing else: security needs none of it. */
  private static <T> T unused(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getReturnType() == void.class) {
                return null;
              }
              throw new UnsupportedOperationException(type + " is not part of this test");
            }));
  }

  /** Adds a user with {@link #PASSWORD}. */
  void user(String name, Role role) {
    accounts.addUser(new User(name, role.word(), HASH, clock.instant(), clock.instant(), null));
  }

  /** The text of a role's token. */
  String tokenOf(Role role) {
    return Objects.requireNonNull(tokens.get(role));
  }

  /** A token that is stored. */
  Token token(String id) {
    return Objects.requireNonNull(accounts.token(id));
  }

  /** The whole audit, newest first. */
  List<AuditEntry> audit() {
    return store.audit().list(Long.MAX_VALUE, 500);
  }

  int port() {
    return plane.address().getPort();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /** Sends a call. */
  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(
        request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** A call, with a body when there is one. */
  HttpRequest.Builder call(String method, String path, @Nullable String json) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    return json == null
        ? request.method(method, HttpRequest.BodyPublishers.noBody())
        : request
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .header("Content-Type", "application/json");
  }

  /** A call by somebody without a name. */
  HttpResponse<String> anonymous(String method, String path) throws Exception {
    return send(call(method, path, null));
  }

  /** A call by a token of this role. */
  HttpResponse<String> as(Role role, String method, String path, @Nullable String json)
      throws Exception {
    return send(call(method, path, json).header("Authorization", "Bearer " + tokenOf(role)));
  }

  /** A call by a token of this role. */
  HttpResponse<String> as(Role role, String method, String path) throws Exception {
    return as(role, method, path, null);
  }

  /** Logs in. */
  HttpResponse<String> login(String name, String password) throws Exception {
    return send(
        call(
            "POST",
            "/api/v1/session",
            "{\"username\":\"%s\",\"password\":\"%s\"}".formatted(name, password)));
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
