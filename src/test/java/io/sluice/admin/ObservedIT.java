package io.sluice.admin;

import static io.sluice.admin.ApiPlane.isProblem;
import static io.sluice.admin.ApiPlane.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.SnapshotDocument;
import io.sluice.store.History.Transition;
import io.sluice.testing.Until;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the API tells of traffic and health over time. */
class ObservedIT {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final int REQUESTS = 12;

  @Test
  void trafficIsSeenInTheColumnsOfItsBackendAndInItsLatencies() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start("a");
        ApiPlane api =
            new ApiPlane(
                SnapshotDocument.fromYaml(
                    ApiPlane.SEED.replace("127.0.0.1:9001", "127.0.0.1:" + backend.port())));
        RawClient client = RawClient.connect(api.trafficPort())) {
      api.call("POST", "/pools/web/backends/b/drain", null);
      for (int i = 0; i < REQUESTS; i++) {
        client.send(Wire.head("GET /x HTTP/1.1", "Host: t"));
        assertThat(client.read().status()).isEqualTo(200);
      }
      String path = "/pools/web/backends/a/latency";
      Until.holds(
          "all requests in the latencies",
          () -> json(api.get(path)).path("count").asInt() == REQUESTS);
      JsonNode latency = json(api.get(path));
      assertThat(latency.path("window").asString()).isEqualTo("PT5M");
      assertThat(latency.path("p50").asDouble())
          .isPositive()
          .isLessThanOrEqualTo(latency.path("max").asDouble());
      long counted = 0;
      for (JsonNode bucket : latency.path("buckets")) {
        assertThat(bucket.path("toMs").asDouble()).isGreaterThan(bucket.path("fromMs").asDouble());
        counted += bucket.path("count").asLong();
      }
      assertThat(counted).isEqualTo(REQUESTS);
      assertThat(json(api.get("/pools/web/latency")).path("count").asInt()).isEqualTo(REQUESTS);
      assertThat(json(api.get("/pools/web/backends/b/latency")).path("buckets")).isEmpty();

      JsonNode columns = json(api.get("/backends/metrics?pool=web&step=PT1S"));
      assertThat(columns.path("items").size()).isEqualTo(2);
      double sum = 0;
      for (JsonNode item : columns.path("items")) {
        assertThat(item.path("rps").size()).isEqualTo(columns.path("t").size());
        assertThat(item.path("errors").size()).isEqualTo(columns.path("t").size());
        for (JsonNode rps : item.path("rps")) {
          sum += item.path("id").asString().equals("a") ? rps.asDouble() : 0;
        }
      }
      assertThat(sum).isEqualTo(REQUESTS);
    }
  }

  @Test
  void columnsOfManyBackendsComeByPagesAndOnePool() throws Exception {
    try (ApiPlane api = new ApiPlane()) {
      JsonNode first = json(api.get("/backends/metrics?limit=1"));
      assertThat(first.path("step").asString()).isEqualTo("PT30S");
      assertThat(first.at("/items/0/id").asString()).isEqualTo("a");
      assertThat(first.path("total").asInt()).isEqualTo(2);
      String cursor = first.path("nextCursor").asString();
      JsonNode next = json(api.get("/backends/metrics?limit=1&cursor=" + cursor));
      assertThat(next.at("/items/0/id").asString()).isEqualTo("b");
      assertThat(next.path("nextCursor").isNull()).isTrue();
      isProblem(api.get("/backends/metrics?pool=none"), 404, "not-found");
      isProblem(api.get("/backends/metrics?window=1h&step=5s"), 400, "parameter");
      isProblem(api.get("/pools/web/latency?window=1000s"), 400, "parameter");
      isProblem(api.get("/pools/web/latency?window=25h"), 400, "parameter");
      isProblem(api.get("/pools/none/latency"), 404, "not-found");
      isProblem(api.get("/pools/web/backends/none/latency"), 404, "not-found");
    }
  }

  @Test
  void transitionsOfAllBackendsComeNewestFirstAndByPages() throws Exception {
    try (ApiPlane api = new ApiPlane()) {
      List<Transition> stored = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        stored.add(new Transition(NOON.plusSeconds(i), "web", "b" + i, "up", "down", "refused"));
      }
      api.store.history().transitions(stored);
      List<String> seen = new ArrayList<>();
      String cursor = "";
      do {
        JsonNode page = json(api.get("/transitions?limit=2&cursor=" + cursor));
        page.path("items").forEach(item -> seen.add(item.path("id").asString()));
        cursor = page.path("nextCursor").asString("");
      } while (!cursor.isEmpty());
      assertThat(seen).containsExactly("b4", "b3", "b2", "b1", "b0");
      JsonNode item = json(api.get("/transitions?limit=1")).at("/items/0");
      assertThat(item.path("at").asString()).isEqualTo("2026-03-01T12:00:04Z");
      assertThat(item.path("from").asString()).isEqualTo("up");
      assertThat(item.path("to").asString()).isEqualTo("down");
      assertThat(item.path("cause").asString()).isEqualTo("refused");
      isProblem(api.get("/transitions?cursor=NDI"), 400, "parameter");
    }
  }
}
