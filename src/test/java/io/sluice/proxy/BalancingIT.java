package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Balancing as a client sees it: what of a request is hashed, and sticky cookies. */
class BalancingIT {
  private static final int BACKENDS = 4;

  private final List<ScriptedBackend> backends = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < BACKENDS; i++) {
      backends.add(ScriptedBackend.start("b" + i));
    }
  }

  @AfterEach
  void stop() throws IOException {
    for (ScriptedBackend backend : backends) {
      backend.close();
    }
  }

  private PoolSpec pool(UnaryOperator<BalanceSpec> balance) {
    List<BackendSpec> specs =
        backends.stream().map(b -> ProxySetup.backend(b.name(), b.port(), 1)).toList();
    return PoolSpec.of("p", specs).withBalance(balance.apply(BalanceSpec.DEFAULT));
  }

  private static RunningProxy with(PoolSpec pool) {
    return new ProxySetup().pool(pool).start();
  }

  private static String get(String target, String... fields) {
    StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: t\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  private static String backend(RunningProxy proxy, String request) throws IOException {
    return proxy.once(request).value("X-Backend");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"round-robin", "random", "least-request", "least-latency", "ring-hash", "maglev"})
  void everyAlgorithmForwards(String algorithm) throws IOException {
    PoolSpec spec = pool(b -> b.withHash(new BalanceSpec.Hash(BalanceSpec.Key.PATH, 0)));
    try (RunningProxy proxy = with(spec.withAlgorithm(algorithm));
        RawClient client = proxy.connect()) {
      TreeSet<String> seen = new TreeSet<>();
      for (int i = 0; i < 100; i++) {
        Response answer = client.exchange(get("/" + i));
        assertThat(answer.status()).isEqualTo(200);
        seen.add(answer.value("X-Backend"));
      }
      assertThat(seen).hasSize(BACKENDS);
    }
  }

  /** Requests with one key go to one backend whatever else differs; other keys also elsewhere. */
  @ParameterizedTest
  @CsvSource({
    "HEADER,x-user,/a?b=%2,X-User: %1",
    "COOKIE,user,/a?b=%2,Cookie: x=%2; user=%1; y=%2",
    "QUERY,user,/a?b=%2&user=%1&c,X: %2",
    "PATH,'',/a%1?b=%2,X: %2"
  })
  void theKeyDecides(BalanceSpec.Key.Source source, String name, String target, String field)
      throws IOException {
    PoolSpec spec =
        pool(b -> b.withHash(new BalanceSpec.Hash(new BalanceSpec.Key(source, name), 0)));
    for (String algorithm : List.of("ring-hash", "maglev")) {
      try (RunningProxy proxy = with(spec.withAlgorithm(algorithm))) {
        Map<String, TreeSet<String>> byKey = new HashMap<>();
        TreeSet<String> all = new TreeSet<>();
        for (int i = 0; i < 90; i++) {
          String key = "k" + i % 30;
          String request =
              get(
                  target.replace("%1", key).replace("%2", "" + i),
                  field.replace("%1", key).replace("%2", "" + i));
          String backend = backend(proxy, request);
          byKey.computeIfAbsent(key, k -> new TreeSet<>()).add(backend);
          all.add(backend);
        }
        assertThat(byKey.values()).allSatisfy(one -> assertThat(one).hasSize(1));
        assertThat(all).hasSize(BACKENDS);
      }
    }
  }

  @Test
  void aRequestWithoutTheKeyIsSpread() throws IOException {
    BalanceSpec.Key key = new BalanceSpec.Key(BalanceSpec.Key.Source.COOKIE, "user");
    PoolSpec spec = pool(b -> b.withHash(new BalanceSpec.Hash(key, 0)));
    try (RunningProxy proxy = with(spec.withAlgorithm("maglev"))) {
      for (String field : List.of("X: 1", "Cookie: users=a; xuser=a; user", "User: a")) {
        TreeSet<String> seen = new TreeSet<>();
        for (int i = 0; i < 60; i++) {
          seen.add(backend(proxy, get("/", field)));
        }
        assertThat(seen).as(field).hasSizeGreaterThan(1);
      }
    }
  }

  @Test
  void theClientsAddressIsTheUsualKey() throws IOException {
    PoolSpec spec = pool(b -> b.withHash(new BalanceSpec.Hash(BalanceSpec.Key.CLIENT_IP, 0)));
    try (RunningProxy proxy = with(spec.withAlgorithm("ring-hash"))) {
      TreeSet<String> seen = new TreeSet<>();
      for (int i = 0; i < 20; i++) {
        seen.add(backend(proxy, get("/" + i)));
      }
      assertThat(seen).hasSize(1);
    }
  }

  // ---------------------------------------------------------------- sticky cookies

  private static String cookie(Response answer) {
    return answer.value("Set-Cookie").replaceAll(";.*", "");
  }

  @Test
  void aClientWithACookieStaysAndGetsNoOtherOne() throws IOException {
    PoolSpec spec = pool(b -> b.withSticky(BalanceSpec.Sticky.DEFAULT));
    try (RunningProxy proxy = with(spec);
        RawClient client = proxy.connect()) {
      Response first = client.exchange(get("/"));
      String cookie = cookie(first);
      assertThat(cookie).startsWith("SLUICE=");
      for (int i = 0; i < 20; i++) {
        Response next = client.exchange(get("/" + i, "Cookie: a=b; " + cookie));
        assertThat(next.value("X-Backend")).isEqualTo(first.value("X-Backend"));
        assertThat(next.has("Set-Cookie")).isFalse();
      }
      assertThat(cookie(client.exchange(get("/", "Cookie: SLUICE=forged")))).startsWith("SLUICE=");
    }
  }

  @Test
  void theBackendsOwnCookiesPassBesideIt() throws IOException {
    backends.forEach(
        b ->
            b.otherwise(
                c ->
                    c.send(
                        Wire.head(
                            "HTTP/1.1 200 OK", "Set-Cookie: session=1", "Content-Length: 0"))));
    try (RunningProxy proxy = with(pool(b -> b.withSticky(BalanceSpec.Sticky.DEFAULT)))) {
      assertThat(proxy.once(get("/")).values("Set-Cookie"))
          .hasSize(2)
          .contains("session=1")
          .anyMatch(c -> c.startsWith("SLUICE="));
    }
  }

  @Test
  void anAnswerOfSluicesOwnSetsNoCookie() throws IOException {
    PoolSpec spec = pool(b -> b.withSticky(BalanceSpec.Sticky.DEFAULT));
    PoolSpec drained =
        spec.withBackends(
            spec.backends().stream().map(b -> b.withAdminState(AdminState.DRAIN)).toList());
    try (RunningProxy proxy = with(drained)) {
      Response answer = proxy.once(get("/"));
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.has("Set-Cookie")).isFalse();
    }
  }

  // ---------------------------------------------------------------- latency

  @Test
  void leastLatencyLeavesABackendThatAnswersSlowly() throws Exception {
    CountDownLatch met = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (ScriptedBackend slow = ScriptedBackend.start("slow");
        ScriptedBackend fast = ScriptedBackend.start("fast")) {
      slow.on(
          "/held",
          c -> {
            met.countDown();
            hold(release);
            c.send(Wire.head("HTTP/1.1 200 OK", "X-Backend: slow", "Content-Length: 0"));
          });
      List<BackendSpec> both =
          List.of(
              ProxySetup.backend("slow", slow.port(), 1),
              ProxySetup.backend("fast", fast.port(), 1));
      try (RunningProxy proxy = with(PoolSpec.of("p", both).withAlgorithm("least-latency"));
          RawClient waiting = proxy.connect()) {
        waiting.send(get("/held"));
        Await.until(() -> met.getCount() == 0 || available(waiting), "either backend is met");
        if (met.getCount() > 0) { // then the other one is tried next, as it was never measured
          waiting.read();
          waiting.send(get("/held"));
          met.await();
        }
        // longer than any of these takes: one after the other, while the slow one holds its answer
        assertThat(answeredBySlow(proxy, 200)).isZero();
        release.countDown();
        assertThat(waiting.read().value("X-Backend")).isEqualTo("slow");
        assertThat(answeredBySlow(proxy, 50)).isZero();
      }
    }
  }

  private static void hold(CountDownLatch release) throws IOException {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static boolean available(RawClient client) {
    try {
      return client.in().available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int answeredBySlow(RunningProxy proxy, int requests) throws IOException {
    int slow = 0;
    for (int i = 0; i < requests; i++) {
      slow += backend(proxy, get("/" + i)).equals("slow") ? 1 : 0;
    }
    return slow;
  }

  @Test
  void leastLatencyDoesNotTakeFailingForBeingFast() throws Exception {
    ScriptedBackend dead = backends.remove(0);
    dead.close();
    PoolSpec spec = pool(b -> b).withRetries(PoolSpec.Retries.NONE);
    List<BackendSpec> specs = new ArrayList<>(spec.backends());
    specs.add(ProxySetup.backend("dead", dead.port(), 1));
    try (RunningProxy proxy =
        with(
            spec.withBackends(specs)
                .withAlgorithm("least-latency")
                .withEjection(PoolSpec.Ejection.NONE))) {
      int failed = 0;
      for (int i = 0; i < 60; i++) {
        failed += proxy.once(get("/" + i)).status() == 502 ? 1 : 0;
      }
      assertThat(failed).isEqualTo(1);
    }
  }
}
