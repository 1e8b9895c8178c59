package io.sluice.admin;

import static io.sluice.admin.ApiPlane.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.control.ChangeException;
import io.sluice.control.ImpactPreview;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Resources, their conditions and their refusals. */
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

  private static void isProblem(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(json(answer).path("code").asString()).as(answer.body()).isEqualTo(code);
    assertThat(json(answer).path("requestId").asString()).isNotEmpty();
    assertThat(answer.headers().firstValue("Config-Revision")).isPresent();
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

  @Test
  void aRemovalDrainsFirst() throws Exception {
    HttpResponse<String> answer =
        api.call("DELETE", "/pools/web/backends/a?drain=30s", null, "If-Match", "*");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    String location = answer.headers().firstValue("Location").orElseThrow();
    JsonNode operation = json(api.get(location.substring("/api/v1".length())));
    assertThat(operation.path("kind").asString()).isEqualTo("remove");
    assertThat(operation.path("remaining").path("requests").asInt()).isEqualTo(2);
    HttpResponse<String> called = api.call("DELETE", "/operations/op-1", null);
    assertThat(json(called).path("state").asString()).isEqualTo("cancelled");
    assertThat(json(api.get("/operations")).path("items").size()).isEqualTo(1);
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

  @ParameterizedTest
  @CsvSource({
    "'{\"weight\":1,}', 400, syntax",
    "'{\"weight\":1,\"weight\":2}', 400, syntax",
    "'{\"weight\":NaN}', 400, syntax",
    "'{\"weight\":1} x', 400, syntax",
    "'[]', 422, invalid",
    "'{\"wieght\":1}', 422, invalid",
    "'{\"weight\":\"many\"}', 422, invalid",
    "'{\"weight\":-1}', 422, invalid",
    "'{\"id\":\"z\"}', 400, read-only",
    "'{\"status\":{}}', 400, read-only",
    "'{\"pool\":\"z\"}', 400, read-only",
  })
  void wrongBodiesGetAProblem(String body, int status, String code) throws Exception {
    HttpResponse<String> answer = api.call("PATCH", "/pools/web/backends/a", body, "If-Match", "*");
    isProblem(answer, status, code);
    assertThat(json(answer).path("errors").size()).isPositive();
    assertThat(answer.headers().firstValue("Config-Revision")).hasValue("1");
  }

  @Test
  void hostileBodiesGetAProblemSoon() throws Exception {
    String deep = "[".repeat(100_000);
    isProblem(api.call("POST", "/pools", deep), 400, "syntax");
    isProblem(
        api.call("POST", "/pools", "{\"id\":\"" + "a".repeat(1 << 19) + "\"}"), 422, "invalid");
    StringBuilder keys = new StringBuilder("{\"k\":1");
    for (int i = 0; i < 50_000; i++) {
      keys.append(",\"k").append(i).append("\":1");
    }
    isProblem(api.call("POST", "/pools", keys.append('}').toString()), 400, "syntax");
    isProblem(api.call("POST", "/pools", "\"" + "a".repeat(2 << 20) + "\""), 413, "too-large");
    HttpRequest.Builder badUtf8 =
        api.request("/api/v1/pools")
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    new byte[] {'{', '"', (byte) 0xC0, (byte) 0x80, '"', ':', '1', '}'}));
    isProblem(api.send(badUtf8), 400, "syntax");
  }

  @Test
  void hostileIdsAreNeverAFaultOfSluice() throws Exception {
    for (String id :
        List.of(
            "..%2f..%2fetc",
            "%3Cscript%3E",
            "%00",
            "%ff%fe",
            "%E0%80%80",
            "a".repeat(2_000),
            "%22%7D%5D",
            "%0d%0a",
            "x%20y")) {
      for (String path :
          List.of("/pools/", "/pools/web/backends/", "/routes/", "/operations/", "/revisions/")) {
        HttpResponse<String> answer = api.get(path + id);
        assertThat(answer.statusCode()).as(path + id).isBetween(400, 499);
        assertThat(answer.headers().firstValue("Content-Type"))
            .as(path + id)
            .hasValue("application/problem+json");
      }
      assertThat(api.call("DELETE", "/pools/" + id, null, "If-Match", "*").statusCode())
          .isBetween(400, 499);
    }
  }

  @Test
  void typesAndMethodsThatDoNotFitAreTold() throws Exception {
    isProblem(
        api.call("POST", "/pools", "x", "Content-Type", "text/plain"),
        415,
        "unsupported-media-type");
    HttpResponse<String> patch =
        api.call("PATCH", "/pools/web", "{}", "Content-Type", "application/json", "If-Match", "*");
    isProblem(patch, 415, "unsupported-media-type");
    assertThat(patch.headers().firstValue("Accept-Patch")).hasValue("application/merge-patch+json");
    isProblem(api.get("/pools", "Accept", "text/plain"), 406, "not-acceptable");
    HttpResponse<String> method = api.call("PATCH", "/pools", "{}");
    isProblem(method, 405, "method-not-allowed");
    assertThat(method.headers().firstValue("Allow")).isPresent();
    assertThat(api.call("HEAD", "/pools/web", null).statusCode()).isEqualTo(200);
    isProblem(api.get("/nothing"), 404, "not-found");
  }

  @Test
  void parametersThatDoNotFitAreTold() throws Exception {
    for (String query :
        List.of("limit=0", "limit=501", "limit=x", "cursor=%21", "state=off", "limit=1&limit=2")) {
      isProblem(api.get("/backends?" + query), 400, "parameter");
    }
    isProblem(api.call("POST", "/pools?dryRun=maybe", "{\"id\":\"p\"}"), 400, "parameter");
    isProblem(api.get("/pools/web/metrics?window=PT25H"), 400, "parameter");
    isProblem(api.get("/revisions/diff?from=1"), 400, "parameter");
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
  void aGuardStandsAgainstAChangeUnlessItIsForced() throws Exception {
    api.reconciler.guard = new ImpactPreview.Guard("last-backend", "web", "none would be left");
    HttpResponse<String> answer =
        api.call("DELETE", "/pools/web/backends/a?drain=PT0S", null, "If-Match", "*");
    isProblem(answer, 409, "last-backend");
    assertThat(json(answer).path("guards").get(0).path("pool").asString()).isEqualTo("web");
    String forced = "/pools/web/backends/a?drain=PT0S&force=true&reason=retired";
    assertThat(api.call("DELETE", forced, null, "If-Match", "*").statusCode()).isEqualTo(204);
    assertThat(api.snapshots.newest().revision().reason()).isEqualTo("retired");
  }

  @Test
  void refusalsOfTheControlPlaneHaveTheirStatus() throws Exception {
    api.reconciler.refusal =
        ChangeException.of(ChangeException.Kind.MANAGED_BY_FILE, "managed-by-file", "the file");
    isProblem(api.call("DELETE", "/routes/all", null, "If-Match", "*"), 409, "managed-by-file");
    api.reconciler.refusal =
        ChangeException.of(ChangeException.Kind.STOPPING, "stopping", "the process ends");
    isProblem(api.call("DELETE", "/routes/all", null, "If-Match", "*"), 503, "stopping");
    api.reconciler.refusal = null;
    isProblem(api.call("DELETE", "/pools/web", null, "If-Match", "*"), 409, "pool-in-use");
    isProblem(api.call("POST", "/routes", "{\"id\":\"r\",\"pool\":\"nowhere\"}"), 422, "invalid");
    isProblem(api.call("POST", "/pools", "{\"id\":\"web\"}"), 409, "pool-exists");
  }

  @Test
  void aRepeatedCallGetsTheSameAnswerAndChangesNothingTwice() throws Exception {
    String body = "{\"address\":\"127.0.0.1:9003\"}";
    HttpResponse<String> first =
        api.call("POST", "/pools/web/backends", body, "Idempotency-Key", "k1");
    HttpResponse<String> second =
        api.call("POST", "/pools/web/backends", body, "Idempotency-Key", "k1");
    assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
    assertThat(second.statusCode()).isEqualTo(201);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(second.headers().firstValue("Location"))
        .isEqualTo(first.headers().firstValue("Location"));
    assertThat(second.headers().firstValue("Config-Revision")).hasValue("2");
    isProblem(
        api.call(
            "POST",
            "/pools/web/backends",
            "{\"address\":\"127.0.0.1:9004\"}",
            "Idempotency-Key",
            "k1"),
        422,
        "idempotency-key-reused");
    isProblem(api.call("POST", "/pools/web/backends", body), 409, "backend-exists");
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

  /** A request line of more than 8 KiB ends in the decoder, before there is a call to answer. */
  @Test
  void anAddressThatIsTooLongIsRefused() throws Exception {
    HttpResponse<String> answer = api.get("/pools/" + "a".repeat(10_000));
    assertThat(answer.statusCode()).isEqualTo(414);
    assertThat(json(answer).path("code").asString()).isEqualTo("uri-too-long");
  }
}
