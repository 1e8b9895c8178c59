package io.sluice.admin;

import static io.sluice.admin.ApiPlane.isProblem;
import static io.sluice.admin.ApiPlane.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.Until;
import io.sluice.testkit.Held;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Resources and their conditions, with real changes and drains behind them. */
class ApiIT {
  private ApiPlane api;

  @BeforeEach
  void start() throws Exception {
    api = new ApiPlane();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void aBackendIsAddedReadReplacedPatchedAndRemoved() throws Exception {
    HttpResponse<String> made =
        api.call("POST", "/pools/web/backends", "{\"address\":\"127.0.0.1:9003\",\"weight\":2}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    String location = made.headers().firstValue("Location").orElseThrow();
    assertThat(location).isEqualTo("/api/v1/pools/web/backends/127-0-0-1-9003");
    assertThat(made.headers().firstValue("Config-Revision")).hasValue("2");

    String path = location.substring("/api/v1".length());
    HttpResponse<String> read = api.get(path);
    assertThat(json(read).path("weight").asInt()).isEqualTo(2);
    assertThat(json(read).path("pool").asString()).isEqualTo("web");
    String etag = read.headers().firstValue("ETag").orElseThrow();

    // what GET gave can be sent back
    HttpResponse<String> put = api.call("PUT", path, read.body(), "If-Match", etag);
    assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    assertThat(put.headers().firstValue("Config-Revision")).hasValue("2");

    HttpResponse<String> patched =
        api.call("PATCH", path, "{\"weight\":5,\"labels\":{\"zone\":\"south\"}}", "If-Match", etag);
    assertThat(json(patched).path("weight").asInt()).as(patched.body()).isEqualTo(5);
    String next = patched.headers().firstValue("ETag").orElseThrow();
    assertThat(next).isNotEqualTo(etag);

    HttpResponse<String> gone = api.call("DELETE", path + "?drain=PT0S", null, "If-Match", next);
    assertThat(gone.statusCode()).as(gone.body()).isEqualTo(204);
    isProblem(api.get(path), 404, "not-found");
  }

  /** Waits for what is under way there, and comes back when it is called off. */
  @Test
  void aRemovalDrainsFirst() throws Exception {
    Held held = new Held();
    try (ScriptedBackend backend = ScriptedBackend.start("a").on("/held", held);
        RawClient busy = RawClient.connect(api.trafficPort())) {
      String path = "/pools/web/backends/a";
      String here = "{\"address\":\"127.0.0.1:%d\"}".formatted(backend.port());
      api.call("PATCH", "/pools/web/backends/b", "{\"weight\":0}", "If-Match", "*");
      api.call("PATCH", path, here, "If-Match", "*");
      busy.send(Wire.head("GET /held HTTP/1.1", "Host: t"));
      held.awaitArrivals(1);
      api.call("PATCH", "/pools/web/backends/b", "{\"weight\":3}", "If-Match", "*");

      HttpResponse<String> answer =
          api.call("DELETE", path + "?drain=PT10M", null, "If-Match", api.etag(path));
      String first = accepted(answer);
      assertThat(json(api.get(first)).path("kind").asString()).isEqualTo("remove");
      assertThat(json(api.get(first)).path("state").asString()).isEqualTo("running");
      assertThat(json(api.get(first)).at("/remaining/requests").asInt()).isEqualTo(1);
      assertThat(json(api.get(path)).path("adminState").asString()).isEqualTo("drain");
      JsonNode called = json(api.call("DELETE", first, null));
      assertThat(called.path("state").asString()).isEqualTo("cancelled");
      assertThat(json(api.get(path)).path("adminState").asString()).isEqualTo("ready");

      String second = accepted(api.call("DELETE", path + "?drain=PT10M", null, "If-Match", "*"));
      assertThat(json(api.get(second)).path("state").asString()).isEqualTo("running");
      held.release("/held");
      assertThat(busy.read().status()).isEqualTo(200);
      Until.holds("the backend's removal", () -> api.get(path).statusCode() == 404);
      assertThat(json(api.get("/operations")).path("items").size()).isEqualTo(2);
    }
  }

  /** The path of the operation that was begun. */
  private static String accepted(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return answer.headers().firstValue("Location").orElseThrow().substring("/api/v1".length());
  }

  @Test
  void drainAndReadyAreOneCallEach() throws Exception {
    HttpResponse<String> drained = api.call("POST", "/pools/web/backends/a/drain", null);
    assertThat(drained.statusCode()).as(drained.body()).isEqualTo(202);
    assertThat(json(api.get("/pools/web/backends/a")).path("adminState").asString())
        .isEqualTo("drain");
    HttpResponse<String> back = api.call("DELETE", "/pools/web/backends/a/drain", null);
    assertThat(json(back).path("adminState").asString()).isEqualTo("ready");
    HttpResponse<String> ordered =
        api.call(
            "PUT",
            "/pools/web/backends/a/admin-state",
            "{\"state\":\"drain\",\"deadline\":\"PT5M\",\"reason\":\"kernel patch\"}");
    assertThat(ordered.statusCode()).as(ordered.body()).isEqualTo(202);
    assertThat(json(ordered).path("reason").asString()).isEqualTo("kernel patch");
    isProblem(
        api.call("PUT", "/pools/web/backends/a/admin-state", "{\"state\":\"off\"}"),
        422,
        "invalid");
    isProblem(
        api.call("PUT", "/pools/web/backends/a/admin-state", "{\"state\":\"ready\",\"x\":1}"),
        422,
        "invalid");
  }

  @Test
  void aWriteNeedsACondition() throws Exception {
    isProblem(api.call("PATCH", "/pools/web", "{}"), 428, "precondition-required");
    isProblem(api.call("DELETE", "/routes/all", null), 428, "precondition-required");
    isProblem(
        api.call("PUT", "/pools/web/backends/a", "{\"address\":\"127.0.0.1:1\"}"),
        428,
        "precondition-required");
    isProblem(api.call("PUT", "/config", "{}"), 428, "precondition-required");
    assertThat(api.call("DELETE", "/routes/all", null, "If-Match", "*").statusCode())
        .isEqualTo(204);
  }

  @Test
  void aStaleWriteIsToldWhatIsThereAndWhoChangedIt() throws Exception {
    HttpResponse<String> answer =
        api.call("PATCH", "/pools/web/backends/a", "{\"weight\":9}", "If-Match", "\"old\"");
    isProblem(answer, 412, "stale");
    assertThat(json(answer).path("current").path("weight").asInt()).isEqualTo(1);
    assertThat(json(answer).path("changedBy").path("author").asString()).isEqualTo("file");
    assertThat(json(answer).path("changedBy").path("revision").asInt()).isEqualTo(1);
  }

  @Test
  void aRemovalOfSomethingElseThanWasSeenDoesNotBegin() throws Exception {
    String a = "/pools/web/backends/a";
    String seen = api.etag(a);
    api.call("PATCH", a, "{\"weight\":7}", "If-Match", seen);
    isProblem(api.call("DELETE", a, null, "If-Match", seen), 412, "stale");
    assertThat(json(api.get("/operations")).path("items").size()).isZero();
    assertThat(json(api.get(a)).path("adminState").asString()).isEqualTo("ready");
  }

  @Test
  void ofTwoClientsWithTheSameTagExactlyOneWins() throws Exception {
    for (int round = 1; round <= 10; round++) {
      String etag = api.etag("/pools/web");
      HttpRequest.Builder[] both = new HttpRequest.Builder[2];
      for (int i = 0; i < 2; i++) {
        both[i] =
            api.request("/api/v1/pools/web")
                .method(
                    "PATCH",
                    HttpRequest.BodyPublishers.ofString(
                        "{\"limits\":{\"queue\":%d}}".formatted(round * 2 + i)))
                .header("Content-Type", "application/merge-patch+json")
                .header("If-Match", etag);
      }
      var one = api.client.sendAsync(both[0].build(), HttpResponse.BodyHandlers.ofString());
      var two = api.client.sendAsync(both[1].build(), HttpResponse.BodyHandlers.ofString());
      CompletableFuture.allOf(one, two).get();
      assertThat(List.of(one.get().statusCode(), two.get().statusCode()))
          .containsExactlyInAnyOrder(200, 412);
    }
  }

  @Test
  void putCreatesOnlyWhereNothingIs() throws Exception {
    String body = "{\"address\":\"127.0.0.1:9009\"}";
    HttpResponse<String> made =
        api.call("PUT", "/pools/web/backends/new", body, "If-None-Match", "*");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    isProblem(api.call("PUT", "/pools/web/backends/new", body, "If-None-Match", "*"), 412, "stale");
    isProblem(
        api.call(
            "POST", "/pools/web/backends", "{\"id\":\"other\",\"address\":\"127.0.0.1:9009\"}"),
        409,
        "backend-exists");
  }

  @Test
  void aReadWithTheCurrentTagIsNotRepeated() throws Exception {
    for (String path : List.of("/pools/web", "/pools/web/backends/a", "/routes/all", "/config")) {
      assertThat(api.get(path, "If-None-Match", api.etag(path)).statusCode())
          .as(path)
          .isEqualTo(304);
    }
  }

  @Test
  void aDryRunChangesNothing() throws Exception {
    HttpResponse<String> answer =
        api.call("POST", "/pools/web/backends?dryRun=true", "{\"address\":\"127.0.0.1:9003\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(json(answer).path("impact").path("guards").isArray()).isTrue();
    for (String path :
        List.of("/pools/web/backends/a", "/routes/all", "/pools/web/backends/a?drain=PT0S")) {
      String dry = path + (path.contains("?") ? "&" : "?") + "dryRun=true";
      assertThat(api.call("DELETE", dry, null, "If-Match", "*").statusCode()).isEqualTo(200);
    }
    assertThat(api.call("POST", "/pools/web/backends/a/drain?dryRun=true", null).statusCode())
        .isEqualTo(200);
    assertThat(api.get("/pools").headers().firstValue("Config-Revision")).hasValue("1");
  }

  @Test
  void pagesNeitherRepeatNorLeaveOutWhileTheListChanges() throws Exception {
    for (int i = 10; i < 30; i++) {
      api.call("POST", "/pools/web/backends", "{\"address\":\"127.0.0.1:90%d\"}".formatted(i));
    }
    Set<String> seen = new TreeSet<>();
    String cursor = "";
    int pages = 0;
    do {
      JsonNode page = json(api.get("/backends?limit=5&cursor=" + cursor));
      for (JsonNode item : page.path("items")) {
        assertThat(seen.add(item.path("id").asString())).isTrue();
      }
      // one before and one behind the page come and go
      api.call("POST", "/pools/web/backends", "{\"address\":\"127.0.0.1:8%d\"}".formatted(pages));
      api.call("DELETE", "/pools/web/backends/127-0-0-1-9015?drain=PT0S", null, "If-Match", "*");
      pages++;
      cursor = page.path("nextCursor").asString("");
    } while (!cursor.isEmpty());
    assertThat(pages).isGreaterThan(3);
    for (int i = 16; i < 30; i++) {
      assertThat(seen).contains("127-0-0-1-90" + i);
    }
  }

  @Test
  void backendsAreFilteredByStateAndText() throws Exception {
    assertThat(json(api.get("/backends?q=NORTH")).path("total").asInt()).isEqualTo(1);
    api.call("POST", "/pools/web/backends/b/drain", null);
    JsonNode drained = json(api.get("/backends?state=drain"));
    assertThat(drained.path("items").get(0).path("id").asString()).isEqualTo("b");
    assertThat(json(api.get("/backends?state=eligible")).path("total").asInt()).isEqualTo(1);
    assertThat(json(api.get("/pools/web/backends?state=ready,maint")).path("total").asInt())
        .isEqualTo(1);
  }

  @Test
  void theWholeConfigurationIsReadAndReplacedInBothForms() throws Exception {
    HttpResponse<String> yaml = api.get("/config", "Accept", "application/yaml");
    assertThat(yaml.headers().firstValue("Content-Type").orElseThrow()).contains("yaml");
    String etag = api.etag("/config");
    HttpResponse<String> put =
        api.call(
            "PUT",
            "/config",
            yaml.body().replace("9001", "9011"),
            "Content-Type",
            "application/yaml",
            "If-Match",
            yaml.headers().firstValue("ETag").orElseThrow());
    assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    isProblem(
        api.call("PUT", "/config", "{\"pools\":[],\"routes\":[]}", "If-Match", etag), 412, "stale");

    JsonNode diff = json(api.get("/revisions/diff?from=1&to=2"));
    assertThat(diff.path("changes").get(0).path("path").asString())
        .isEqualTo("/pools/web/backends/a/address");
    assertThat(diff.path("changes").get(0).path("after").asString()).isEqualTo("127.0.0.1:9011");

    HttpResponse<String> back = api.call("POST", "/revisions/1/rollback", null);
    assertThat(json(back).path("source").asString()).as(back.body()).isEqualTo("rollback");
    assertThat(json(back).path("number").asInt()).isEqualTo(3);
    assertThat(json(api.get("/pools/web/backends/a")).path("address").asString())
        .isEqualTo("127.0.0.1:9001");
    assertThat(json(api.get("/revisions?limit=2")).path("items").size()).isEqualTo(2);
    assertThat(json(api.get("/revisions/2")).path("config").path("pools").size()).isEqualTo(1);
    isProblem(api.get("/revisions/99"), 404, "not-found");
  }

  @Test
  void validationTellsProblemsAndImpactAndChangesNothing() throws Exception {
    JsonNode wrong = json(api.call("POST", "/config/validate", "{\"pools\":[{\"id\":\"\"}]}"));
    assertThat(wrong.path("valid").asBoolean(true)).isFalse();
    assertThat(wrong.path("problems").get(0).path("pointer").asString()).startsWith("/pools/0");
    JsonNode right = json(api.call("POST", "/config/validate", api.get("/config").body()));
    assertThat(right.path("valid").asBoolean(false)).isTrue();
    assertThat(right.path("impact").isObject()).isTrue();
  }

  @Test
  void statusHealthAndMetricsAreThere() throws Exception {
    JsonNode status = json(api.get("/status"));
    assertThat(status.path("mode").asString()).isEqualTo("managed");
    assertThat(status.path("backends").path("total").asInt()).isEqualTo(2);
    assertThat(status.path("backends").path("eligible").asInt()).isEqualTo(2);
    JsonNode backend = json(api.get("/pools/web/backends/b"));
    assertThat(backend.path("status").path("weightShare").asDouble()).isEqualTo(0.75);
    assertThat(json(api.get("/pools/web/backends/a/health")).path("backends").size()).isEqualTo(1);
    assertThat(json(api.get("/pools/web/backends/a/metrics?window=15m&step=5s")).has("p99"))
        .isTrue();
    assertThat(json(api.get("/metrics")).has("rps")).isTrue();
    assertThat(json(api.get("/audit")).path("items").isArray()).isTrue();
  }

  @Test
  void aBackendLivesFromItsAddingToItsRemovalAndComesBackByARollback() throws Exception {
    String path = "/pools/web/backends/c";
    HttpResponse<String> made =
        api.call("PUT", path, "{\"address\":\"127.0.0.1:9003\"}", "If-None-Match", "*");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    JsonNode live = json(api.get(path));
    assertThat(live.path("status").path("eligible").asBoolean()).as(live.toString()).isTrue();
    assertThat(live.path("status").path("weightShare").asDouble()).isEqualTo(0.2);

    String operation = accepted(api.call("DELETE", path, null, "If-Match", api.etag(path)));
    Until.holds(
        "the removal's end",
        () -> json(api.get(operation)).path("state").asString().equals("done"));
    assertThat(api.get(path).statusCode()).isEqualTo(404);

    HttpResponse<String> back = api.call("POST", "/revisions/2/rollback", null);
    assertThat(back.statusCode()).as(back.body()).isEqualTo(200);
    assertThat(api.get(path).statusCode()).isEqualTo(200);
    assertThat(json(api.get("/audit")).path("items").size()).isGreaterThan(3);
  }

  @Test
  void theLastBackendIsGuarded() throws Exception {
    HttpResponse<String> first =
        api.call("DELETE", "/pools/web/backends/a?drain=PT0S", null, "If-Match", "*");
    assertThat(first.statusCode()).as(first.body()).isEqualTo(204);
    HttpResponse<String> impact =
        api.call("DELETE", "/pools/web/backends/b?dryRun=true", null, "If-Match", "*");
    assertThat(json(impact).at("/impact/guards/0/code").asString())
        .as(impact.body())
        .isEqualTo("last-backend");
    HttpResponse<String> last =
        api.call("DELETE", "/pools/web/backends/b?drain=PT0S", null, "If-Match", "*");
    assertThat(last.statusCode()).isEqualTo(409);
    assertThat(json(last).path("code").asString()).isEqualTo("last-backend");
    assertThat(json(last).at("/guards/0/pool").asString()).isEqualTo("web");
    String forced = "/pools/web/backends/b?drain=PT0S&force=true&reason=retired";
    assertThat(api.call("DELETE", forced, null, "If-Match", "*").statusCode()).isEqualTo(204);
    assertThat(json(api.get("/revisions?limit=1")).at("/items/0/reason").asString())
        .isEqualTo("retired");
  }

  @Test
  void theLeastCapacityIsGuarded() throws Exception {
    api.call("PATCH", "/pools/web", "{\"minimumCapacity\":0.5}", "If-Match", "*");
    isProblem(api.call("POST", "/pools/web/backends/b/drain", null), 409, "capacity");
    assertThat(api.call("POST", "/pools/web/backends/a/drain", null).statusCode()).isEqualTo(202);
  }

  @Test
  void whoChangedSomethingIsTold() throws Exception {
    String etag = api.etag("/routes/all");
    api.call("PATCH", "/routes/all", "{\"priority\":5}", "If-Match", etag, "Change-Reason", "x");
    HttpResponse<String> stale =
        api.call("PATCH", "/routes/all", "{\"priority\":6}", "If-Match", etag);
    assertThat(stale.statusCode()).isEqualTo(412);
    assertThat(json(stale).at("/changedBy/author").asString()).isEqualTo("admin-token");
    assertThat(json(stale).at("/changedBy/revision").asInt()).isEqualTo(2);
  }
}
