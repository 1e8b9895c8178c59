package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.ListenerSpec;
import io.sluice.config.PoolSpec.Limits;
import io.sluice.control.DataPlaneStatus.LoadStatus;
import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.Held;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends, pools and listeners get no more than they may, and what is too much waits or fails. */
class PoolLimitsIT {
  private static final Duration LONG = Duration.ofMinutes(5);

  private ScriptedBackend backend;
  private final Held held = new Held();

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start().otherwise(held);
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private static String get(String target) {
    return head("GET " + target + " HTTP/1.1", "Host: t");
  }

  private static Limits perBackend(int requests, int queue, Duration timeout) {
    return new Limits(0, requests, 0, queue, timeout);
  }

  private ProxySetup setup(Limits limits) {
    return new ProxySetup().poolLimits(limits).pool("default", backend.port());
  }

  private static LoadStatus load(RunningProxy proxy) {
    return proxy.status().loads().getFirst();
  }

  private static void awaitWaiting(RunningProxy proxy, int count) {
    Await.until(() -> load(proxy).waiting() == count, count + " requests wait");
  }

  private static void verifyRefused(Response response, ProxyError why) {
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.value("Retry-After")).isEqualTo("1");
    assertThat(response.body()).contains(why.text());
  }

  // ---------------------------------------------------------------- the line

  @Test
  void withoutAQueueTheRequestThatIsTooMuchFailsAtOnce() throws IOException {
    try (RunningProxy proxy = setup(perBackend(1, 0, LONG)).start();
        RawClient first = proxy.connect()) {
      first.send(get("/1"));
      held.awaitArrivals(1);
      verifyRefused(proxy.once(get("/2")), ProxyError.NO_ROOM);
      assertThat(load(proxy).rejected()).isEqualTo(1);
      held.release("/1");
      assertThat(first.read().body()).isEqualTo("/1");
      held.release("/3");
      assertThat(proxy.once(get("/3")).status()).isEqualTo(200);
    }
  }

  @Test
  void theOneThatCameLastIsServedFirst() throws IOException {
    try (RunningProxy proxy = setup(perBackend(1, 10, LONG)).start()) {
      List<RawClient> clients = new ArrayList<>();
      clients.add(proxy.connect().send(get("/0")));
      held.awaitArrivals(1);
      for (int i = 1; i <= 3; i++) {
        clients.add(proxy.connect().send(get("/" + i)));
        awaitWaiting(proxy, i);
      }
      for (int i = 0; i < 4; i++) {
        held.awaitArrivals(i + 1);
        held.release(held.arrived().get(i));
      }
      for (RawClient client : clients) {
        assertThat(client.read().status()).isEqualTo(200);
        client.close();
      }
      assertThat(held.arrived()).containsExactly("/0", "/3", "/2", "/1");
      assertThat(held.most()).isEqualTo(1);
      assertThat(load(proxy).waiting()).isZero();
      assertThat(load(proxy).rejected()).isZero();
    }
  }

  @Test
  void aFullQueueRefusesAtOnce() throws IOException {
    try (RunningProxy proxy = setup(perBackend(1, 1, LONG)).start();
        RawClient first = proxy.connect();
        RawClient second = proxy.connect()) {
      first.send(get("/1"));
      held.awaitArrivals(1);
      second.send(get("/2"));
      awaitWaiting(proxy, 1);
      verifyRefused(proxy.once(get("/3")), ProxyError.QUEUE_FULL);
      assertThat(proxy.awaitReport("/3").errorReason()).isEqualTo("queue full");
      assertThat(proxy.awaitReport("/3").tries()).isZero();
      held.release("/1");
      held.release("/2");
      assertThat(second.read().body()).isEqualTo("/2");
    }
  }

  @Test
  void whoWaitsTooLongIsRefused() throws IOException {
    try (RunningProxy proxy = setup(perBackend(1, 5, Duration.ofMillis(100))).start();
        RawClient first = proxy.connect()) {
      first.send(get("/1"));
      held.awaitArrivals(1);
      verifyRefused(proxy.once(get("/2")), ProxyError.QUEUE_TIMEOUT);
      assertThat(proxy.awaitReport("/2").errorReason()).isEqualTo("waited too long in the queue");
      assertThat(load(proxy).waiting()).isZero();
      assertThat(load(proxy).rejected()).isEqualTo(1);
      held.release("/1");
      assertThat(first.read().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoLeavesTheQueueIsNotSentToTheBackend(boolean reset) throws IOException {
    try (RunningProxy proxy = setup(perBackend(1, 5, LONG)).start();
        RawClient first = proxy.connect()) {
      first.send(get("/1"));
      held.awaitArrivals(1);
      RawClient second = proxy.connect().send(get("/2"));
      awaitWaiting(proxy, 1);
      if (reset) {
        second.reset();
      } else {
        second.close();
      }
      awaitWaiting(proxy, 0);
      assertThat(proxy.awaitReport("/2").errorReason()).isEqualTo(ProxyError.CLIENT_GONE.text());
      held.release("/1");
      assertThat(first.read().status()).isEqualTo(200);
      held.release("/3");
      assertThat(proxy.once(get("/3")).status()).isEqualTo(200);
      assertThat(held.arrived()).containsExactly("/1", "/3");
    }
  }

  @Test
  void aBodyWaitsWithItsRequest() throws IOException {
    backend.on("/upload", c -> c.send(Wire.ok(c.request().body())));
    int length = 100_000;
    String body = "x".repeat(length);
    try (RunningProxy proxy = setup(perBackend(1, 5, LONG)).start();
        RawClient first = proxy.connect();
        RawClient second = proxy.connect()) {
      first.send(get("/1"));
      held.awaitArrivals(1);
      second.send(head("POST /upload HTTP/1.1", "Host: t", "Content-Length: " + length) + body);
      awaitWaiting(proxy, 1);
      held.release("/1");
      assertThat(second.read("POST").body()).isEqualTo(body);
    }
  }

  /** Connections go to the loops in turn, so neighbours are on different ones. */
  @Test
  void roomThatComesOnOneEventLoopServesThoseWhoWaitOnAnother() throws IOException {
    try (RunningProxy proxy = setup(perBackend(1, 5, LONG)).threads(2).start();
        RawClient a = proxy.connect();
        RawClient b = proxy.connect()) {
      for (int i = 0; i < 10; i++) {
        String first = "/first-" + i;
        String second = "/second-" + i;
        a.send(get(first));
        held.awaitArrivals(2 * i + 1);
        b.send(get(second));
        awaitWaiting(proxy, 1);
        held.release(first);
        held.release(second);
        assertThat(a.read().body()).isEqualTo(first);
        assertThat(b.read().body()).isEqualTo(second);
      }
    }
  }

  // ---------------------------------------------------------------- backends

  @Test
  void aFullBackendIsPassedOverWhileAnotherHasRoom() throws IOException {
    try (ScriptedBackend other = ScriptedBackend.start("other");
        RunningProxy proxy =
            new ProxySetup()
                .poolLimits(perBackend(1, 0, LONG))
                .pool("default", backend.port(), other.port())
                .start();
        RawClient first = proxy.connect()) {
      first.send(get("/1"));
      held.awaitArrivals(1);
      for (int i = 0; i < 20; i++) {
        assertThat(proxy.once(get("/x")).value("X-Backend")).isEqualTo("other");
      }
      held.release("/1");
      assertThat(first.read().status()).isEqualTo(200);
    }
  }

  /** Serves at once and notes the most requests and connections that it had at the same time. */
  private static final class Counting implements ScriptedBackend.Script {
    final AtomicInteger now = new AtomicInteger();
    final AtomicInteger most = new AtomicInteger();

    @Override
    public void run(io.sluice.testkit.Conversation c) throws IOException {
      c.request();
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      c.socket().setSoTimeout(2);
      // nothing comes: the answer takes its time, and others may come meanwhile
      assertThatThrownBy(() -> c.in().read()).isInstanceOf(SocketTimeoutException.class);
      c.socket().setSoTimeout(0);
      now.decrementAndGet();
      c.send(Wire.ok("done"));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 2", "2, 0", "2, 3", "3, 2"})
  void noBackendEverHasMoreThanItMay(int connections, int requests) throws Exception {
    Counting one = new Counting();
    Counting two = new Counting();
    try (ScriptedBackend b1 = ScriptedBackend.start("b1").otherwise(one);
        ScriptedBackend b2 = ScriptedBackend.start("b2").otherwise(two);
        RunningProxy proxy =
            new ProxySetup()
                .threads(3)
                .poolLimits(new Limits(connections, requests, 0, 1000, LONG))
                .pool("default", b1.port(), b2.port())
                .start();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> clients = new ArrayList<>();
      for (int c = 0; c < 24; c++) {
        clients.add(
            () -> {
              int served = 0;
              try (RawClient client = proxy.connect()) {
                for (int i = 0; i < 50; i++) {
                  served += client.exchange(get("/" + i)).status() == 200 ? 1 : 0;
                }
              }
              return served;
            });
      }
      for (Future<Integer> client : threads.invokeAll(clients)) {
        assertThat(client.get()).isEqualTo(50);
      }
      assertThat(one.most.get()).isBetween(1, 2);
      assertThat(two.most.get()).isBetween(1, 2);
      assertThat(load(proxy).waiting()).isZero();
      assertThat(proxy.status().backends()).allMatch(b -> b.requests() == 0);
      for (ScriptedBackend b : List.of(b1, b2)) {
        if (connections > 0) {
          Await.until(
              () -> b.connections().stream().filter(c -> !c.hasEnded()).count() <= connections,
              "no more connections than may be are left");
        }
      }
    }
  }

  @Test
  void anIdleConnectionOfAnotherEventLoopMakesWayForANewOne() throws IOException {
    backend.otherwise(
        c -> {
          c.request();
          for (BackendConnection before : backend.connections()) {
            if (before.number() < backend.connections().size()) {
              Await.until(before::hasEnded, "the connection before has been closed");
            }
          }
          c.send(Wire.ok("done"));
        });
    try (RunningProxy proxy =
            setup(new Limits(1, 0, 0, 0, Duration.ofSeconds(30))).threads(2).start();
        RawClient a = proxy.connect();
        RawClient b = proxy.connect()) {
      for (int i = 0; i < 5; i++) {
        assertThat(a.exchange(get("/")).status()).isEqualTo(200);
        assertThat(b.exchange(get("/")).status()).isEqualTo(200);
      }
      assertThat(backend.connections()).hasSizeGreaterThan(5);
    }
  }

  @Test
  void aConnectionThatCannotBeMadeGivesItsPlaceBack() throws IOException {
    backend.otherwise(c -> c.close());
    try (RunningProxy proxy = setup(new Limits(1, 0, 0, 0, LONG)).start()) {
      for (int i = 0; i < 5; i++) {
        assertThat(proxy.once(get("/")).status()).isEqualTo(502);
      }
      backend.otherwise(c -> c.send(Wire.ok("well")));
      assertThat(proxy.once(get("/")).body()).isEqualTo("well");
    }
  }

  // ---------------------------------------------------------------- pools and listeners

  @Test
  void aPoolTakesNoMoreRequestsThanItMayThoseThatWaitIncluded() throws IOException {
    try (RunningProxy proxy = setup(new Limits(0, 1, 2, 10, LONG)).start();
        RawClient first = proxy.connect();
        RawClient second = proxy.connect()) {
      first.send(get("/1"));
      held.awaitArrivals(1);
      second.send(get("/2"));
      awaitWaiting(proxy, 1);
      verifyRefused(proxy.once(get("/3")), ProxyError.POOL_FULL);
      held.release("/1");
      held.release("/2");
      assertThat(first.read().status()).isEqualTo(200);
      assertThat(second.read().status()).isEqualTo(200);
      held.release("/4");
      assertThat(proxy.once(get("/4")).status()).isEqualTo(200);
    }
  }

  @Test
  void aListenerTakesNoMoreRequestsThanItMay() throws IOException {
    ListenerSpec.Limits d = ListenerSpec.Limits.DEFAULT;
    ListenerSpec.Limits limits =
        new ListenerSpec.Limits(
            d.connections(),
            1,
            d.requestLineBytes(),
            d.headerBytes(),
            d.headerCount(),
            d.headerTimeout(),
            d.bodyIdle(),
            d.bodyRate(),
            d.keepAlive(),
            d.tunnelIdle());
    try (RunningProxy proxy = setup(Limits.DEFAULT).limits(limits).start();
        RawClient first = proxy.connect();
        RawClient second = proxy.connect()) {
      first.send(get("/1"));
      held.awaitArrivals(1);
      verifyRefused(second.exchange(get("/2")), ProxyError.LISTENER_FULL);
      held.release("/1");
      assertThat(first.read().status()).isEqualTo(200);
      held.release("/3");
      assertThat(second.exchange(get("/3")).status()).isEqualTo(200);
      assertThat(held.arrived()).containsExactly("/1", "/3");
    }
  }
}
