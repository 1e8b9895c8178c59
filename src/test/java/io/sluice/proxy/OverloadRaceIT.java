package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec.Limits;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.control.DataPlaneStatus;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Many clients, some impatient, before few places at backends that often fail: whatever order
 * things happen in, every client gets an answer, and in the end every place is free again.
 */
class OverloadRaceIT {
  private static final int CLIENTS = 30;
  private static final int REQUESTS = 60;
  private static final Set<Integer> EXPECTED = Set.of(200, 502, 503, 504);

  private final ConcurrentSkipListMap<Integer, AtomicInteger> statuses =
      new ConcurrentSkipListMap<>();

  private static void answer(io.sluice.testkit.Conversation c) throws IOException {
    c.request();
    switch (ThreadLocalRandom.current().nextInt(12)) {
      case 0 -> c.reset();
      case 1 -> c.send(head("HTTP/1.1 503 Down", "Content-Length: 4")).send("down");
      case 2 -> c.send("HTTP/1.1 200 OK\r\nX-Cut").close();
      case 3 -> c.awaitEnd(); // until the time of the try has passed
      default -> c.send(Wire.ok("well"));
    }
  }

  private void client(RunningProxy proxy, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    RawClient client = proxy.connect();
    for (int i = 0; i < REQUESTS; i++) {
      boolean put = random.nextInt(3) == 0;
      client.send(
          put
              ? head("PUT /" + i + " HTTP/1.1", "Host: t", "Content-Length: 5") + "hello"
              : head("GET /" + i + " HTTP/1.1", "Host: t"));
      int patience = random.nextInt(10);
      if (patience == 0) {
        client.reset();
        client = proxy.connect();
      } else if (patience == 1) {
        client.close();
        client = proxy.connect();
      } else {
        Response response = client.read();
        statuses.computeIfAbsent(response.status(), s -> new AtomicInteger()).incrementAndGet();
        if (response.saysClose()) {
          client.close();
          client = proxy.connect();
        }
      }
    }
    client.close();
  }

  @ParameterizedTest
  @CsvSource({"0, 2, 3", "2, 0, 3", "1, 0, 0", "2, 1, 100"})
  void everyPlaceIsFreeAgainInTheEnd(int connections, int requests, int queue) throws Exception {
    Limits limits = new Limits(connections, requests, 25, queue, Duration.ofMillis(200));
    Retries retries =
        Retries.DEFAULT
            .withAttempts(3)
            .withOn(Retries.DEFAULT.on(), Set.of(503))
            .withBackOff(Duration.ofMillis(1))
            .withPerTryTimeout(Duration.ofMillis(50))
            .withBudget(new Retries.Budget(0.5, 1000));
    try (ScriptedBackend b1 = ScriptedBackend.start("b1").otherwise(OverloadRaceIT::answer);
        ScriptedBackend b2 = ScriptedBackend.start("b2").otherwise(OverloadRaceIT::answer);
        RunningProxy proxy =
            new ProxySetup()
                .threads(3)
                .poolLimits(limits)
                .retries(retries)
                .pool("default", b1.port(), b2.port())
                .start()) {
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> clients = new ArrayList<>();
        for (int c = 0; c < CLIENTS; c++) {
          long seed = c;
          clients.add(
              threads.submit(
                  () -> {
                    client(proxy, seed);
                    return null;
                  }));
        }
        for (Future<?> one : clients) {
          one.get();
        }
      }
      Await.until(() -> isQuiet(proxy.status()), "nothing is under way: " + proxy.status());
      assertThat(EXPECTED).containsAll(statuses.keySet());
      assertThat(new TreeMap<>(statuses).get(200)).hasPositiveValue();
      b1.otherwise(c -> c.send(Wire.ok("free")));
      b2.otherwise(c -> c.send(Wire.ok("free")));
      for (int i = 0; i < 8; i++) {
        assertThat(proxy.once(head("GET /end HTTP/1.1", "Host: t")).body()).isEqualTo("free");
      }
    }
  }

  private static boolean isQuiet(DataPlaneStatus now) {
    return now.requests() == 0
        && now.loads().getFirst().waiting() == 0
        && now.backends().stream().allMatch(b -> b.requests() == 0);
  }
}
