package io.sluice.control;

import static io.sluice.testkit.ProxySetup.backend;
import static io.sluice.testkit.RouteSetup.route;
import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec.RateLimit;
import io.sluice.health.HealthStatus;
import io.sluice.proxy.RequestFilter;
import io.sluice.testkit.Await;
import io.sluice.testkit.Edits;
import io.sluice.testkit.Held;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of pools and routes while requests are under way. */
class LiveChangeIT {
  private static final String SWITCH =
      head(
          "HTTP/1.1 101 Switching Protocols",
          "Connection: Upgrade",
          "Upgrade: websocket",
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

  private ScriptedBackend a;
  private ScriptedBackend b;
  private ScriptedBackend c;

  @BeforeEach
  void start() throws IOException {
    a = serving("a");
    b = serving("b");
    c = serving("c");
  }

  @AfterEach
  void stop() throws IOException {
    a.close();
    b.close();
    c.close();
  }

  private static ScriptedBackend serving(String name) throws IOException {
    ScriptedBackend backend = ScriptedBackend.start(name);
    return backend.on(
        "/tunnel",
        t -> {
          t.request();
          t.send(SWITCH);
          t.in().transferTo(t.out());
          t.close();
        });
  }

  private static String get(String path) {
    return head("GET " + path + " HTTP/1.1", "Host: t");
  }

  private static String asked(RunningProxy proxy, String path) throws IOException {
    return proxy.once(get(path)).value("X-Backend");
  }

  /** Two pools, each with a route: everything below /other goes to the second. */
  private ProxySetup twoPools() {
    return new ProxySetup()
        .pool("first", List.of(backend("a", a.port(), 1), backend("b", b.port(), 1)))
        .pool("other", List.of(backend("c", c.port(), 1)))
        .route(route("first").toPool("first"))
        .route(route("other").path("/other/**").toPool("other"));
  }

  /** Clients that ask again and again until they are told to stop. */
  private static final class Load implements AutoCloseable {
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger answers = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> clients = new ArrayList<>();

    Load(RunningProxy proxy, String... paths) {
      for (int i = 0; i < 6; i++) {
        String path = paths[i % paths.length];
        clients.add(threads.submit(() -> run(proxy, path)));
      }
    }

    private void run(RunningProxy proxy, String path) {
      try (RawClient client = proxy.connect()) {
        while (!ended.get()) {
          int status = client.exchange(get(path)).status();
          if (status != 200) {
            failures.add(path + " " + status);
          }
          answers.incrementAndGet();
        }
      } catch (IOException | AssertionError e) {
        failures.add(path + " " + e);
      }
    }

    /** Waits until a number of requests were answered that began after the call. */
    void more() {
      int before = answers.get() + 12;
      Await.until(() -> answers.get() > before || !failures.isEmpty(), "more answers");
    }

    List<String> end() throws Exception {
      ended.set(true);
      for (Future<?> client : clients) {
        client.get();
      }
      return failures;
    }

    @Override
    public void close() {
      ended.set(true);
      threads.close();
    }
  }

  @Test
  void noRequestFailsWhilePoolsRoutesAndWeightsChange() throws Exception {
    try (RunningProxy proxy = twoPools().start().withoutReports();
        Load load = new Load(proxy, "/", "/other/x")) {
      for (int round = 0; round < 12; round++) {
        int weight = round % 5 + 2;
        proxy.change(Edits.backend("first", "a", x -> x.withWeight(weight)));
        proxy.change(Edits.add("first", backend("c", c.port(), 2)));
        load.more();
        proxy.change(Edits.removeBackend("first", "b"));
        proxy.change(Edits.add(PoolSpec.of("third", List.of(backend("b", b.port(), 1)))));
        proxy.change(Edits.add(route("third").path("/other/x").toPool("third")));
        load.more();
        proxy.change(Edits.pool("other", p -> p.withAlgorithm("ring-hash")));
        proxy.change(Edits.removeRoute("third"));
        proxy.change(Edits.removePool("third"));
        load.more();
        proxy.change(Edits.add("first", backend("b", b.port(), 1)));
        proxy.change(Edits.removeBackend("first", "c"));
        proxy.change(Edits.pool("other", p -> p.withAlgorithm("round-robin")));
      }
      load.more();
      assertThat(load.end()).isEmpty();
      assertThat(proxy.dataPlane().reconciler().inForce().revision().number())
          .isEqualTo(1 + 12 * 11);
    }
  }

  @Test
  void aChangeDecidesAboutTheNextRequest() throws Exception {
    try (RunningProxy proxy = twoPools().start()) {
      proxy.change(Edits.removeBackend("first", "a"));
      assertThat(asked(proxy, "/")).isEqualTo("b");
      proxy.change(Edits.add(route("more").path("/more").toPool("other")));
      assertThat(asked(proxy, "/more")).isEqualTo("c");
      proxy.change(Edits.removeRoute("more"));
      assertThat(asked(proxy, "/more")).isEqualTo("b");
      proxy.change(Edits.removeRoute("first"));
      assertThat(proxy.once(get("/")).status()).isEqualTo(404);
      proxy.change(Edits.add("other", backend("a", a.port(), 3)));
      proxy.change(Edits.removeBackend("other", "c"));
      assertThat(asked(proxy, "/other/x")).isEqualTo("a");
    }
  }

  private static RawClient tunnel(RunningProxy proxy, String path) throws IOException {
    RawClient client = proxy.connect();
    client.send(
        head(
            "GET " + path + " HTTP/1.1",
            "Host: t",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
    assertThat(client.read().status()).isEqualTo(101);
    return client;
  }

  private static void carries(RawClient tunnel, String text) throws IOException {
    tunnel.send(text);
    assertThat(Wire.text(tunnel.in().readNBytes(text.length()))).isEqualTo(text);
  }

  @Test
  void tunnelsOutliveEveryChangeOfTheirPoolAndOfOthers() throws Exception {
    c.on(
        "/other/tunnel",
        t -> {
          t.request();
          t.send(SWITCH);
          t.in().transferTo(t.out());
          t.close();
        });
    try (RunningProxy proxy = twoPools().start();
        RawClient own = tunnel(proxy, "/tunnel");
        RawClient other = tunnel(proxy, "/other/tunnel")) {
      proxy.change(Edits.backend("first", "a", x -> x.withWeight(7)));
      carries(own, "one");
      proxy.change(Edits.pool("first", p -> p.withAlgorithm("least-request")));
      carries(own, "two");
      proxy.force(Edits.pool("first", p -> p.withBackends(List.of(backend("c", c.port(), 1)))));
      carries(own, "its backend is gone");
      proxy.change(Edits.removeRoute("first"));
      proxy.change(Edits.removePool("first"));
      carries(own, "its pool is gone");
      carries(other, "never concerned");
      assertThat(proxy.dataPlane().backend("other", "c"))
          .isNotNull()
          .extracting(DataPlaneStatus.BackendStatus::requests)
          .isEqualTo(1);
    }
  }

  @Test
  void aRequestOnABackendThatGoesIsFinishedAndItsConnectionIsNotKept() throws Exception {
    Held held = new Held();
    a.on("/held", held);
    try (RunningProxy proxy =
            new ProxySetup()
                .pool("first", List.of(backend("a", a.port(), 1), backend("b", b.port(), 1)))
                .start();
        RawClient client = proxy.connect()) {
      proxy.change(Edits.backend("first", "b", x -> x.withWeight(0)));
      client.send(get("/held"));
      held.awaitArrivals(1);
      proxy.change(Edits.backend("first", "b", x -> x.withWeight(1)));
      proxy.change(Edits.removeBackend("first", "a"));
      assertThat(asked(proxy, "/")).isEqualTo("b");
      held.release("/held");
      assertThat(client.read().status()).isEqualTo(200);
      Await.until(
          () -> a.connections().stream().noneMatch(x -> !x.hasEnded()), "a's connection ends");
    }
  }

  @Test
  void idleConnectionsStayExceptThoseOfTheBackendThatGoes() throws Exception {
    try (RunningProxy proxy = twoPools().threads(1).start()) {
      for (String path : List.of("/", "/", "/other/x")) {
        assertThat(proxy.once(get(path)).status()).isEqualTo(200);
      }
      proxy.change(Edits.removeBackend("first", "b"));
      Await.until(
          () -> b.connections().stream().noneMatch(x -> !x.hasEnded()), "b's connection ends");
      proxy.change(Edits.backend("first", "a", x -> x.withWeight(3)));
      assertThat(asked(proxy, "/")).isEqualTo("a");
      assertThat(asked(proxy, "/other/x")).isEqualTo("c");
      assertThat(a.connections()).hasSize(1);
      assertThat(c.connections()).hasSize(1);
    }
  }

  @Test
  void changedTimeoutsHoldForBackendsThatAreInUseAlready() throws Exception {
    try (RunningProxy proxy = twoPools().threads(1).start()) {
      assertThat(asked(proxy, "/other/x")).isEqualTo("c");
      proxy.change(
          Edits.pool(
              "other",
              p ->
                  p.withKeepAlive(
                      new PoolSpec.KeepAlive(0, Duration.ofSeconds(60), Duration.ZERO, 0))));
      assertThat(asked(proxy, "/other/x")).isEqualTo("c");
      Await.until(
          () -> c.connections().stream().noneMatch(x -> !x.hasEnded()),
          "no connection is kept any more");
    }
  }

  @Test
  void healthAndCountersOfABackendThatStaysAreKept() throws Exception {
    HealthCheckSpec often = HealthCheckSpec.DEFAULT.withInterval(Duration.ofMillis(20));
    try (RunningProxy proxy = twoPools().eachPool(p -> p.withHealthCheck(often)).start()) {
      proxy.change(Edits.pool("first", p -> p.withHealthCheck(often)));
      Await.until(
          () -> proxy.backend("a").health().state() == Health.State.UP, "a is checked and up");
      Health before = proxy.backend("a").health();
      HealthStatus.Counts counts = Objects.requireNonNull(proxy.backend("a").checks());
      proxy.change(Edits.backend("first", "a", x -> x.withWeight(9)));
      proxy.change(Edits.add("first", backend("new", c.port(), 1)));
      proxy.change(Edits.add(route("x").path("/x").toPool("first")));
      assertThat(proxy.backend("a").health()).isEqualTo(before);
      assertThat(Objects.requireNonNull(proxy.backend("a").checks()).passed())
          .isGreaterThanOrEqualTo(counts.passed());
      Await.until(
          () -> proxy.backend("new").health().state() == Health.State.UP, "the new one is checked");
      proxy.change(Edits.pool("first", p -> p.withHealthCheck(null)));
      Await.until(
          () -> proxy.backend("a").health().state() == Health.State.UNKNOWN,
          "a is no longer checked");
      assertThat(proxy.backend("a").eligible()).isTrue();
    }
  }

  @Test
  void whatIsObservedOfABackendIsTold() throws Exception {
    List<BackendChange> told = new CopyOnWriteArrayList<>();
    HealthCheckSpec often = HealthCheckSpec.DEFAULT.withInterval(Duration.ofMillis(20));
    try (RunningProxy proxy = twoPools().start()) {
      proxy.dataPlane().onBackendChange(told::add);
      proxy.change(Edits.pool("other", p -> p.withHealthCheck(often)));
      Await.until(() -> told.size() == 1, "c is up");
      c.close();
      Await.until(() -> told.size() >= 2, "c is down");
      assertThat(told.get(0))
          .extracting(BackendChange::pool, BackendChange::backend, BackendChange::after)
          .containsExactly("other", "c", "up");
      assertThat(told.get(1).fact()).isEqualTo(BackendChange.Fact.HEALTH);
      assertThat(told.get(1).before()).isEqualTo("up");
      assertThat(told.get(1).after()).isEqualTo("down");
      assertThat(told.get(1).cause()).isNotEmpty();
    }
  }

  @Test
  void aRateLimitGoesOnWhileItsRouteStaysAsItIs() throws Exception {
    RateLimit twiceADay = new RateLimit(2, Duration.ofHours(24), 0, null);
    try (RunningProxy proxy =
        new ProxySetup()
            .pool("first", a.port())
            .route(route("limited").rateLimit(twiceADay).toPool("first"))
            .start()) {
      assertThat(proxy.once(get("/")).status()).isEqualTo(200);
      assertThat(proxy.once(get("/")).status()).isEqualTo(200);
      proxy.change(Edits.add(PoolSpec.of("more", List.of())));
      proxy.change(Edits.add(route("else").path("/else").toPool("more")));
      assertThat(proxy.once(get("/")).status()).isEqualTo(429);
      assertThat(a.requestsSince(Map.of())).hasSize(2);
    }
  }

  /** Its factory and each of its filters count what they are asked. */
  private static final String COUNTING =
      """
      import io.sluice.proxy.*;
      public class Counting implements RequestFilter.Factory {
        private int made;
        public String name() { return "counting"; }
        public RequestFilter create(java.util.Map<String, String> options) {
          int number = ++made;
          return new RequestFilter() {
            private int requests;
            public void beforeChoosing(RequestContext request) {
              request.answer(200, "text/plain", "filter " + number + ", request " + ++requests);
            }
          };
        }
      }
      """;

  @Test
  void aFilterGoesOnWhileItsRouteNamesItWithTheSameOptions(@TempDir Path directory)
      throws Exception {
    Path jars = Files.createDirectory(directory.resolve("jars"));
    new ExtensionJar(directory)
        .type("Counting", COUNTING)
        .provides(RequestFilter.Factory.class, "test.Counting")
        .writeTo(jars.resolve("counting.jar"));
    try (Extensions extensions = Extensions.load(jars);
        RunningProxy proxy =
            new ProxySetup()
                .threads(1)
                .extensions(extensions)
                .pool("first", a.port())
                .route(route("r").filter("counting", Map.of()).toPool("first"))
                .start()) {
      assertThat(proxy.once(get("/")).body()).isEqualTo("filter 1, request 1");
      proxy.change(Edits.add(route("else").path("/else").toPool("first")));
      proxy.change(Edits.pool("first", p -> p.withAlgorithm("least-request")));
      assertThat(proxy.once(get("/")).body()).isEqualTo("filter 1, request 2");
      proxy.change(Edits.removeRoute("r"));
      proxy.change(Edits.add(route("r").filter("counting", Map.of("x", "1")).toPool("first")));
      assertThat(proxy.once(get("/")).body()).isEqualTo("filter 2, request 1");
    }
  }
}
