package io.sluice.admin;

import static io.sluice.admin.ApiPlane.isProblem;
import static io.sluice.admin.ApiPlane.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Configuration;
import io.sluice.config.SnapshotDocument;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Each refusal of the API with its status, its code and what helps the caller. */
@ExtendWith(OutputCaptureExtension.class)
class ApiRefusalsIT {
  private ApiPlane api;

  @BeforeEach
  void start() throws Exception {
    api = new ApiPlane();
  }

  @AfterEach
  void stop() {
    api.close();
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
  void aCallersMistakeIsNoErrorInTheLog(CapturedOutput output) throws Exception {
    isProblem(
        api.call("PATCH", "/pools/web/backends/a", "{\"pool\":\"z\"}", "If-Match", "*"),
        400,
        "read-only");
    isProblem(
        api.call("PATCH", "/pools/web/backends/a", "{\"weight\":-1}", "If-Match", "*"),
        422,
        "invalid");
    assertThat(output.getAll()).doesNotContain(" ERROR ", "\tat ");
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
  void whatStandsAgainstAChangeIsTold() throws Exception {
    isProblem(api.call("DELETE", "/pools/web", null, "If-Match", "*"), 409, "pool-in-use");
    isProblem(api.call("POST", "/routes", "{\"id\":\"r\",\"pool\":\"nowhere\"}"), 422, "invalid");
    isProblem(api.call("POST", "/pools", "{\"id\":\"web\"}"), 409, "pool-exists");
    isProblem(
        api.call("POST", "/routes", "{\"id\":\"all\",\"pool\":\"web\"}"), 409, "route-exists");
  }

  @Test
  void whatTheFileRulesIsNotChangedHere() throws Exception {
    try (ApiPlane declarative =
        new ApiPlane(
            Configuration.Mode.DECLARATIVE,
            SnapshotDocument.fromYaml(ApiPlane.SEED),
            EventFeed.HEARTBEAT)) {
      isProblem(
          declarative.call("DELETE", "/routes/all", null, "If-Match", "*"), 409, "managed-by-file");
      assertThat(declarative.get("/routes/all").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aProcessThatStopsTakesNoMoreChanges() throws Exception {
    api.dataPlane.close();
    isProblem(api.call("DELETE", "/routes/all", null, "If-Match", "*"), 503, "stopping");
    isProblem(api.call("POST", "/pools/web/backends/a/drain", null), 503, "stopping");
    isProblem(
        api.call("DELETE", "/routes/all?dryRun=true", null, "If-Match", "*"), 503, "stopping");
    assertThat(api.get("/routes/all").statusCode()).isEqualTo(200);
  }

  @Test
  void aStoreThatCannotBeUsedIsTold() throws Exception {
    assertThat(api.get("/routes").statusCode()).isEqualTo(200);
    api.closeStore();
    isProblem(api.call("DELETE", "/routes/all", null, "If-Match", "*"), 503, "store-unavailable");
    isProblem(api.get("/revisions"), 503, "store-unavailable");
  }

  @Test
  void pathsAndNamesThatCannotBeUsedAreTold() throws Exception {
    isProblem(api.get("/pools//web"), 400, "bad-path");
    isProblem(api.get("/pools/%77eb"), 400, "bad-path");
    isProblem(api.call("DELETE", "/session", null), 409, "no-session");
    HttpRequest.Builder anonymous = HttpRequest.newBuilder(api.uri("/api/v1/pools"));
    isProblem(api.send(anonymous), 401, "unauthenticated");
    HttpRequest.Builder viewer =
        HttpRequest.newBuilder(api.uri("/api/v1/users"))
            .header("Authorization", "Bearer " + api.tokenOf(Role.VIEWER));
    isProblem(api.send(viewer), 403, "forbidden");
  }

  /** A request line of more than 8 KiB ends in the decoder, before there is a call to answer. */
  @Test
  void anAddressThatIsTooLongIsRefused() throws Exception {
    HttpResponse<String> answer = api.get("/pools/" + "a".repeat(10_000));
    assertThat(answer.statusCode()).isEqualTo(414);
    assertThat(json(answer).path("code").asString()).isEqualTo("uri-too-long");
  }

  @Test
  void aDeniedAddressIsNoBackend() throws Exception {
    HttpResponse<String> answer =
        api.call("POST", "/pools/web/backends", "{\"address\":\"169.254.169.254:80\"}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    assertThat(json(answer).at("/errors/0/message").asString())
        .contains("169.254.169.254:80", "backend-addresses.deny");
  }
}
