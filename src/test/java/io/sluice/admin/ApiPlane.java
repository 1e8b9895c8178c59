package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Cidr;
import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import java.net.InetAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A management plane as programs see it: calls of an admin below {@code /api/v1}. */
final class ApiPlane extends RunningPlane {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A pool with two backends, and a route to it. */
  static final String SEED =
      """
      pools:
        - id: web
          backends:
            - {id: a, address: "127.0.0.1:9001", labels: {zone: north}}
            - {id: b, address: "127.0.0.1:9002", weight: 3}
      routes:
        - {id: all, match: {path: "/**"}, pool: web}
      """;

  private static final Configuration.Admin ADMIN =
      new Configuration.Admin(
          ANY_PORT,
          "/",
          null,
          null,
          List.of(),
          List.of(new Cidr(InetAddress.ofLiteral("169.254.0.0"), 16)));

  ApiPlane() throws Exception {
    this(SnapshotDocument.fromYaml(SEED));
  }

  ApiPlane(Snapshot first) throws Exception {
    this(Configuration.Mode.MANAGED, first, EventFeed.HEARTBEAT);
  }

  ApiPlane(Configuration.Mode mode, Snapshot first, Duration heartbeat) throws Exception {
    super(new Setup(configuration(mode, ADMIN, first), "", List.of(), heartbeat));
  }

  /** A call by an admin, which the test completes. */
  HttpRequest.Builder request(String path) {
    return unnamed("GET", path, null).header("Authorization", "Bearer " + tokenOf(Role.ADMIN));
  }

  HttpResponse<String> get(String path, String... fields) throws Exception {
    return call("GET", path, null, fields);
  }

  /** A call with a JSON body, or a merge patch with PATCH. */
  HttpResponse<String> call(String method, String path, @Nullable String body, String... fields)
      throws Exception {
    return send(request(method, path, body, fields));
  }

  /** The same, to be sent by the test. */
  HttpRequest.Builder request(String method, String path, @Nullable String body, String... fields) {
    HttpRequest.Builder request = request("/api/v1" + path);
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request.method(method, HttpRequest.BodyPublishers.ofString(body));
      if (!List.of(fields).contains("Content-Type")) {
        request.header(
            "Content-Type",
            method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
      }
    }
    if (fields.length > 0) {
      request.headers(fields);
    }
    return request;
  }

  /** The ETag of something. */
  String etag(String path) throws Exception {
    return get(path).headers().firstValue("ETag").orElseThrow();
  }

  static JsonNode json(HttpResponse<String> answer) {
    return JSON.readTree(answer.body());
  }

  /** Holds an answer against what every refusal has to be. */
  static void isProblem(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(json(answer).path("code").asString()).as(answer.body()).isEqualTo(code);
    assertThat(json(answer).path("requestId").asString()).isNotEmpty();
    assertThat(answer.headers().firstValue("Config-Revision")).isPresent();
  }
}
