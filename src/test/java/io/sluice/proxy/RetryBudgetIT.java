package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.control.DataPlaneStatus.LoadStatus;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When every backend fails, retries must not make things worse: attempts keep to the budget. */
class RetryBudgetIT {
  private static final Retries EAGER = Retries.DEFAULT.withAttempts(10).withBackOff(Duration.ZERO);

  private final List<ScriptedBackend> backends = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < 3; i++) {
      backends.add(ScriptedBackend.start("b" + i));
    }
  }

  @AfterEach
  void stop() throws IOException {
    for (ScriptedBackend backend : backends) {
      backend.close();
    }
  }

  private RunningProxy proxy(Retries.Budget budget) {
    int[] ports = backends.stream().mapToInt(ScriptedBackend::port).toArray();
    return new ProxySetup()
        .eachPool(pool -> pool.withEjection(PoolSpec.Ejection.NONE))
        .retries(EAGER.withBudget(budget))
        .pool("default", ports)
        .start();
  }

  private void everyBackend(ScriptedBackend.Script script) {
    backends.forEach(b -> b.otherwise(script));
  }

  private int attempts() {
    return backends.stream().mapToInt(b -> b.requestsSince(Map.of()).size()).sum();
  }

  private static String get(int i) {
    return head("GET /" + i + " HTTP/1.1", "Host: t");
  }

  @Test
  void oneAfterAnotherOnlyTheFloorIsTriedAgain() throws IOException {
    everyBackend(
        c -> {
          c.request();
          c.reset();
        });
    int floor = 5;
    int requests = 200;
    try (RunningProxy proxy = proxy(new Retries.Budget(0.2, floor))) {
      long start = System.nanoTime();
      for (int i = 0; i < requests; i++) {
        assertThat(proxy.once(get(i)).status()).isEqualTo(502);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      LoadStatus load = proxy.status().loads().getFirst();
      assertThat((double) attempts() - requests).isBetween((double) floor, floor * (1 + seconds));
      assertThat(load.retries().get("reset")).isEqualTo(attempts() - requests);
      assertThat(load.suppressed()).isEqualTo(requests);
    }
  }

  @Test
  void ofRequestsThatFailTogetherTheShareIsTriedAgain() throws IOException {
    int live = 20;
    AtomicInteger arrived = new AtomicInteger();
    CountDownLatch fail = new CountDownLatch(1);
    CountDownLatch failAgain = new CountDownLatch(1);
    everyBackend(
        c -> {
          c.request();
          Await.latch(arrived.incrementAndGet() <= live ? fail : failAgain, "the test goes on");
          c.reset();
        });
    try (RunningProxy proxy = proxy(new Retries.Budget(0.2, 0))) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < live; i++) {
        clients.add(proxy.connect().send(get(i)));
      }
      Await.until(() -> arrived.get() == live, "all requests reach the backends");
      fail.countDown();
      Await.until(
          () -> proxy.reported().size() + arrived.get() - live == live,
          "each request has failed or is being tried again");
      assertThat(arrived.get() - live).isEqualTo(live / 5);
      failAgain.countDown();
      for (RawClient client : clients) {
        assertThat(client.read().status()).isEqualTo(502);
        client.close();
      }
      // now few are live, and a share of a few is none
      assertThat(attempts()).isEqualTo(live + live / 5);
    }
  }

  @Test
  void anAnsweredTryGivesItsPlaceInTheShareBack() throws IOException {
    AtomicInteger arrived = new AtomicInteger();
    everyBackend(
        c -> {
          c.request();
          if (arrived.getAndIncrement() % 2 == 0) {
            c.reset();
          } else {
            c.send(Wire.ok("second"));
          }
        });
    try (RunningProxy proxy = proxy(new Retries.Budget(1.0, 0))) {
      for (int i = 0; i < 20; i++) {
        assertThat(proxy.once(get(i)).body()).isEqualTo("second");
      }
    }
  }
}
