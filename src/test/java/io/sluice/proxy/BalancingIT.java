package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real requests spread over real backends. */
class BalancingIT {
  private final List<ScriptedBackend> backends = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    for (int i = 1; i <= 3; i++) {
      backends.add(ScriptedBackend.start("b" + i));
    }
  }

  @AfterEach
  void stop() throws IOException {
    for (ScriptedBackend backend : backends) {
      backend.close();
    }
  }

  private RunningProxy with(int... weights) {
    List<BackendSpec> specs = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      specs.add(ProxySetup.backend("b" + (i + 1), backends.get(i).port(), weights[i]));
    }
    return new ProxySetup().pool("p", specs).start().withoutReports();
  }

  /** Sends requests over several connections at once and counts who answered. */
  private static Map<String, Integer> run(RunningProxy proxy, int clients, int each)
      throws Exception {
    Callable<Map<String, Integer>> task =
        () -> {
          Map<String, Integer> counts = new HashMap<>();
          try (RawClient client = proxy.connect()) {
            for (int i = 0; i < each; i++) {
              Response response = client.exchange(head("GET /x HTTP/1.1", "Host: t"));
              String who =
                  response.status() == 200
                      ? response.value("X-Backend")
                      : Integer.toString(response.status());
              counts.merge(who, 1, Integer::sum);
            }
          }
          return counts;
        };
    Map<String, Integer> all = new HashMap<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Map<String, Integer>>> tasks = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        tasks.add(task);
      }
      for (Future<Map<String, Integer>> done : threads.invokeAll(tasks)) {
        done.get().forEach((who, n) -> all.merge(who, n, Integer::sum));
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 64})
  void equalBackendsGetEqualShares(int clients) throws Exception {
    try (RunningProxy proxy = with(1, 1, 1)) {
      Map<String, Integer> shares = run(proxy, clients, 6000 / clients / 3 * 3);
      int each = 6000 / clients / 3 * clients;
      assertThat(shares)
          .containsExactlyInAnyOrderEntriesOf(Map.of("b1", each, "b2", each, "b3", each));
    }
  }

  @Test
  void sharesFollowTheWeightsExactly() throws Exception {
    try (RunningProxy proxy = with(5, 3, 2)) {
      assertThat(run(proxy, 10, 500))
          .containsExactlyInAnyOrderEntriesOf(Map.of("b1", 2500, "b2", 1500, "b3", 1000));
    }
  }

  @Test
  void aHundredThousandRequestsOverSixtyFourConnectionsAllSucceedByTheirWeights() throws Exception {
    try (RunningProxy proxy = with(5, 3, 2)) {
      assertThat(run(proxy, 64, 1600))
          .containsExactlyInAnyOrderEntriesOf(Map.of("b1", 51_200, "b2", 30_720, "b3", 20_480));
    }
  }

  @Test
  void aBackendOfWeightZeroGetsNothing() throws Exception {
    try (RunningProxy proxy = with(1, 0, 1)) {
      assertThat(run(proxy, 4, 100))
          .containsExactlyInAnyOrderEntriesOf(Map.of("b1", 200, "b3", 200));
    }
  }

  @Test
  void requestsOfOneConnectionAreSpreadAsWell() throws Exception {
    try (RunningProxy proxy = with(1, 1, 1);
        RawClient client = proxy.connect()) {
      List<String> order = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        order.add(client.exchange(head("GET /x HTTP/1.1", "Host: t")).value("X-Backend"));
      }
      assertThat(order).containsExactly("b1", "b2", "b3", "b1", "b2", "b3");
    }
  }

  @Test
  void aBackendThatIsGoneFailsOnlyItsShare() throws Exception {
    try (RunningProxy proxy = with(1, 1, 1)) {
      assertThat(run(proxy, 8, 30)).hasSize(3);
      backends.get(1).close();
      assertThat(run(proxy, 8, 300))
          .containsExactlyInAnyOrderEntriesOf(Map.of("b1", 800, "502", 800, "b3", 800));
    }
  }

  @Test
  void aBackendKilledInMidRunFailsWithBadGatewayOnly() throws Exception {
    try (RunningProxy proxy = with(1, 1, 1)) {
      backends
          .get(1)
          .on(
              "/x",
              c -> {
                c.request();
                if (backends.get(1).connections().size() > 4) {
                  backends.get(1).close();
                } else {
                  c.send(head("HTTP/1.1 200 OK", "X-Backend: b2", "Content-Length: 0"));
                }
              });
      Map<String, Integer> shares = run(proxy, 16, 300);
      assertThat(shares).containsKeys("b1", "b3").doesNotContainKey("504");
      assertThat(shares.get("b1")).isEqualTo(1600);
      assertThat(shares.get("b3")).isEqualTo(1600);
      assertThat(shares.getOrDefault("b2", 0) + shares.getOrDefault("502", 0)).isEqualTo(1600);
    }
  }

  @Test
  void figuresComeBackToZero() throws Exception {
    try (RunningProxy proxy = with(1, 1, 1)) {
      run(proxy, 16, 50);
      io.sluice.testkit.Await.until(
          () -> proxy.status().connections() == 0, "all client connections have ended");
      assertThat(proxy.status().requests()).isZero();
      assertThat(proxy.status().backends()).hasSize(3).allMatch(b -> b.requests() == 0);
      assertThat(proxy.status().upstreamConnections()).isBetween(1, 48);
    }
  }
}
