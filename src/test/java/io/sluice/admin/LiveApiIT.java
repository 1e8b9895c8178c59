package io.sluice.admin;

import static io.sluice.admin.ApiPlane.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.SnapshotDocument;
import io.sluice.testing.Until;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The API over the real change path, the real store and real drains. */
class LiveApiIT {
  private ApiPlane api;

  @BeforeEach
  void start() throws Exception {
    api = new ApiPlane(SnapshotDocument.fromYaml(ApiPlane.SEED), true);
  }

  @AfterEach
  void stop() {
    api.close();
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

    HttpResponse<String> removal = api.call("DELETE", path, null, "If-Match", api.etag(path));
    assertThat(removal.statusCode()).as(removal.body()).isEqualTo(202);
    String operation =
        removal.headers().firstValue("Location").orElseThrow().substring("/api/v1".length());
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
  }

  @Test
  void whoChangedSomethingIsTold() throws Exception {
    String etag = api.etag("/routes/all");
    api.call("PATCH", "/routes/all", "{\"priority\":5}", "If-Match", etag, "Change-Reason", "x");
    HttpResponse<String> stale =
        api.call("PATCH", "/routes/all", "{\"priority\":6}", "If-Match", etag);
    assertThat(stale.statusCode()).isEqualTo(412);
    assertThat(json(stale).at("/changedBy/author").asString()).isEqualTo("admin");
    assertThat(json(stale).at("/changedBy/revision").asInt()).isEqualTo(2);
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
