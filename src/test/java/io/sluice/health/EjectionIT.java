package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Ejection;
import io.sluice.config.PoolSpec;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.testkit.Await;
import io.sluice.testkit.Conversation;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Live requests show which backends are ill. The last backend is the one that may be. */
class EjectionIT {
  private static final String REQUEST = Wire.head("GET / HTTP/1.1", "Host: a");
  private static final Duration LONG = Duration.ofHours(1);
  private static final long SLOW = Duration.ofMillis(20).toNanos();
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final ScriptedBackend.Script BUSY =
      c -> c.send(Wire.head("HTTP/1.1 503 Busy", "Content-Length: 0"));
  private static final ScriptedBackend.Script BROKEN =
      c -> c.send(Wire.head("HTTP/1.1 500 Broken", "Content-Length: 0"));

  private final List<ScriptedBackend> backends = new ArrayList<>();

  /** What the ill one does; set by tests, read by its threads. */
  private volatile ScriptedBackend.Script script = BUSY;

  @BeforeEach
  void start() throws Exception {
    for (int i = 1; i <= 5; i++) {
      backends.add(ScriptedBackend.start("b" + i));
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (ScriptedBackend backend : backends) {
      backend.close();
    }
  }

  /** A pool of this many backends, the last one ill. */
  private RunningProxy proxy(int size, PoolSpec.Ejection rules) {
    int[] ports = new int[size];
    for (int i = 0; i < size; i++) {
      ports[i] = backends.get(i).port();
    }
    backends.get(size - 1).otherwise(c -> script.run(c));
    return new ProxySetup()
        .eachPool(pool -> pool.withEjection(rules).withRetries(Retries.NONE))
        .pool("default", ports)
        .start();
  }

  private static PoolSpec.Ejection gatewayErrors(int number, Duration base) {
    return new PoolSpec.Ejection(number, 0, 0, 0, base, 0.5);
  }

  private static Map<String, Integer> ask(RunningProxy proxy, int times) {
    Map<String, Integer> answers = new TreeMap<>();
    try (RawClient client = proxy.connect()) {
      for (int i = 0; i < times; i++) {
        Response response = client.exchange(REQUEST);
        answers.merge(
            response.status() == 200 ? response.value("X-Backend") : "" + response.status(),
            1,
            Integer::sum);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return answers;
  }

  private static void awaitEjected(RunningProxy proxy, String id) {
    Await.until(() -> proxy.backend(id).ejection().isEjected(), id + " is ejected");
    // the pool follows the fact
    int all = proxy.status().backends().size();
    Await.until(
        () -> proxy.status().pools().getFirst().eligible() == all - 1, "its pool goes without it");
  }

  @Test
  void aRowOfGatewayErrorsEjects() throws Exception {
    try (RunningProxy proxy = proxy(3, gatewayErrors(3, LONG))) {
      Map<String, Integer> first = ask(proxy, 9);
      assertThat(first).containsEntry("503", 3);
      awaitEjected(proxy, "b3");
      assertThat(ask(proxy, 20)).isEqualTo(Map.of("b1", 10, "b2", 10));
    }
  }

  @Test
  void refusedConnectionsAndResetsCountAsGatewayErrors() throws Exception {
    script = Conversation::reset;
    try (RunningProxy proxy = proxy(3, gatewayErrors(4, LONG))) {
      assertThat(ask(proxy, 6)).containsEntry("502", 2);
      backends.get(2).close();
      ask(proxy, 6);
      awaitEjected(proxy, "b3");
    }
  }

  @Test
  void aRowOf5xxEjectsOnlyWhenItIsAskedFor() throws Exception {
    script = BROKEN;
    try (RunningProxy proxy = proxy(2, gatewayErrors(2, LONG))) {
      assertThat(ask(proxy, 20)).isEqualTo(Map.of("b1", 10, "500", 10));
      assertThat(proxy.backend("b2").ejection().isEjected()).isFalse();
    }
    try (RunningProxy proxy = proxy(2, new PoolSpec.Ejection(0, 3, 0, 0, LONG, 0.5))) {
      ask(proxy, 6);
      awaitEjected(proxy, "b2");
    }
  }

  @Test
  void oneGoodAnswerBetweenFailuresKeepsABackendIn() throws Exception {
    int[] count = new int[1];
    script =
        c -> {
          if (++count[0] % 3 == 0) {
            c.send(Wire.head("HTTP/1.1 200 OK", "X-Backend: b2", "Content-Length: 0"));
          } else {
            BUSY.run(c);
          }
        };
    try (RunningProxy proxy = proxy(2, gatewayErrors(3, LONG))) {
      assertThat(ask(proxy, 60)).isEqualTo(Map.of("b1", 30, "b2", 10, "503", 20));
      assertThat(proxy.backend("b2").ejection().isEjected()).isFalse();
    }
  }

  @Test
  void theOnlyBackendIsNeverEjected() throws Exception {
    try (RunningProxy proxy = proxy(1, gatewayErrors(2, LONG))) {
      assertThat(ask(proxy, 10)).isEqualTo(Map.of("503", 10));
      assertThat(proxy.backend("b1").ejection().isEjected()).isFalse();
      script = c -> c.send(Wire.head("HTTP/1.1 200 OK", "X-Backend: b1", "Content-Length: 0"));
      assertThat(ask(proxy, 3)).isEqualTo(Map.of("b1", 3));
    }
  }

  @Test
  void noMoreThanThePoolsShareIsEjected() throws Exception {
    for (ScriptedBackend backend : backends) {
      backend.otherwise(BUSY);
    }
    try (RunningProxy proxy = proxy(5, gatewayErrors(2, LONG))) {
      Await.until(
          () -> {
            ask(proxy, 20);
            return proxy.status().pools().getFirst().eligible() == 3;
          },
          "two of five are ejected");
      ask(proxy, 100);
      assertThat(proxy.status().backends().stream().filter(b -> b.ejection().isEjected()))
          .hasSize(2);
    }
  }

  @Test
  void oneRequestProbesAndBringsItBack() throws Exception {
    try (RunningProxy proxy = proxy(2, gatewayErrors(2, SHORT))) {
      ask(proxy, 4);
      awaitEjected(proxy, "b2");
      CountDownLatch answer = new CountDownLatch(1);
      CountDownLatch arrived = new CountDownLatch(1);
      script =
          c -> {
            arrived.countDown();
            Await.latch(answer, "the test lets the probe end");
            c.send(Wire.head("HTTP/1.1 200 OK", "X-Backend: b2", "Content-Length: 0"));
          };
      try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Map<String, Integer>> probing =
            clients.submit(
                () -> {
                  Map<String, Integer> last = ask(proxy, 1);
                  while (!last.containsKey("b2")) {
                    last = ask(proxy, 1);
                  }
                  return last;
                });
        Await.latch(arrived, "a request is the probe");
        assertThat(ask(proxy, 20)).as("while the probe is under way").isEqualTo(Map.of("b1", 20));
        assertThat(proxy.backend("b2").ejection().isEjected()).isTrue();
        answer.countDown();
        assertThat(probing.get()).isEqualTo(Map.of("b2", 1));
      }
      Await.until(
          () -> proxy.status().pools().getFirst().eligible() == 2, "it takes requests again");
      assertThat(ask(proxy, 20)).isEqualTo(Map.of("b1", 10, "b2", 10));
    }
  }

  @Test
  void aProbeThatFailsEjectsAgainForLonger() throws Exception {
    try (RunningProxy proxy = proxy(2, gatewayErrors(2, SHORT))) {
      ask(proxy, 4);
      awaitEjected(proxy, "b2");
      assertThat(proxy.backend("b2").ejection().reason()).isEqualTo("2 gateway errors in a row");
      for (int number = 2; number <= 4; number++) {
        int count = number;
        Instant before = Instant.now();
        Await.until(
            () -> {
              ask(proxy, 1);
              return proxy.backend("b2").ejection().count() == count;
            },
            "a probe fails and ejects again");
        Ejection ejection = proxy.backend("b2").ejection();
        assertThat(ejection.reason()).isEqualTo("its probe request was answered with 503");
        assertThat(ejection.until()).isAfter(before.plus(SHORT.multipliedBy(count)));
      }
      assertThat(backends.get(1).requestsSince(Map.of())).hasSize(2 + 3);
    }
  }

  @Test
  void aLowSuccessRateStandsOut() throws Exception {
    int[] count = new int[1];
    script =
        c -> {
          if (++count[0] % 2 == 0) {
            BROKEN.run(c);
          } else {
            c.send(Wire.head("HTTP/1.1 200 OK", "X-Backend: b5", "Content-Length: 0"));
          }
        };
    try (RunningProxy proxy = proxy(5, new PoolSpec.Ejection(0, 0, 1.9, 0, LONG, 0.5))) {
      assertThat(ask(proxy, 500)).containsEntry("500", 50);
      awaitEjected(proxy, "b5");
      assertThat(ask(proxy, 40)).isEqualTo(Map.of("b1", 10, "b2", 10, "b3", 10, "b4", 10));
    }
  }

  @Test
  void aHighLatencyStandsOut() throws Exception {
    script =
        c -> {
          long since = System.nanoTime();
          Await.until(() -> System.nanoTime() - since > SLOW, "its time has passed");
          c.send(Wire.head("HTTP/1.1 200 OK", "X-Backend: b3", "Content-Length: 0"));
        };
    try (RunningProxy proxy = proxy(3, new PoolSpec.Ejection(0, 0, 0, 3, LONG, 0.5))) {
      ask(proxy, 240);
      awaitEjected(proxy, "b3");
    }
  }
}
