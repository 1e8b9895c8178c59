package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is tried against a management plane, by real HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IntrusionIT {
  private GuardedPlane plane;

  @BeforeAll
  void start() throws Exception {
    plane = new GuardedPlane();
    plane.user("alice", Role.ADMIN);
  }

  @AfterAll
  void stop() {
    plane.close();
  }

  private String bearer() {
    return "Authorization: Bearer " + plane.tokenOf(Role.ADMIN) + "\r\n";
  }

  private static void isProblem(String answer) {
    assertThat(answer)
        .containsIgnoringCase("content-type: application/problem+json")
        .contains("\"type\":\"urn:sluice:problem:", "\"requestId\":\"", "\"errors\":[")
        .doesNotContain("<html", "Exception", "\tat ", "org.springframework", "java.");
  }

  /** A03. */
  @ParameterizedTest
  @ValueSource(strings = {"https://evil.example", "null", "http://127.0.0.1"})
  void noOriginIsAllowed(String origin) throws Exception {
    HttpResponse<String> preflight =
        plane.send(
            plane
                .call("OPTIONS", "/api/v1/users", null)
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST"));
    HttpResponse<String> get =
        plane.send(
            plane
                .call("GET", "/api/v1/session", null)
                .header("Origin", origin)
                .header("Authorization", "Bearer " + plane.tokenOf(Role.VIEWER)));
    assertThat(preflight.statusCode()).isEqualTo(403);
    for (HttpHeaders headers : List.of(preflight.headers(), get.headers())) {
      assertThat(headers.map().keySet()).noneMatch(name -> name.startsWith("access-control"));
    }
  }

  /** A06. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/../actuator/env",
        "/actuator/health/../env",
        "/%2e%2e/actuator/prometheus",
        "/actuator/health/%2E%2E/prometheus",
        "/actuator/prometheus;x=1",
        "/actuator;/prometheus",
        "/actuator/health;/../prometheus",
        "//actuator/prometheus",
        "/actuator//prometheus",
        "/actuator%2fprometheus",
        "/actuator%2Fprometheus",
        "/%61ctuator/prometheus",
        "/actuator/prometheus/",
        "/actuator/prometheus.",
        "/actuator/prometheus.json",
        "/actuator/Prometheus",
        "/ACTUATOR/prometheus",
        "/actuator/health/..;/prometheus",
        "/actuator\\prometheus",
        "/actuator/prometheus%00",
        "/actuator/prometheus%0a",
        "/actuator/prometheus%",
        "/actuator/prom%zztheus",
        "/actuator/prometheus\u0001",
        "/assets/../actuator/prometheus",
        "/assets/..%2factuator/prometheus",
        "/assets/..\\actuator/prometheus",
        "/api/v1/session/../users",
        "/API/v1/users",
        "/api/v1/users/",
        "http://127.0.0.1/assets/../actuator/prometheus",
        "*"
      })
  void aPathWithTwoReadingsReachesNothing(String target) throws Exception {
    String without = RawCall.get(plane.port(), target, "Host: localhost\r\n");
    assertThat(RawCall.status(without)).as(without).isIn(400, 401, 404);
    String with = RawCall.get(plane.port(), target, "Host: localhost\r\n" + bearer());
    assertThat(RawCall.status(with)).as(with).isIn(400, 404);
    assertThat(with).doesNotContain("jvm_memory", "\"items\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/actuator/prom%zztheus", "/x\\y", "/a//b", "/nothing", "/a;b"})
  void aRefusedPathIsAProblem(String target) throws Exception {
    isProblem(RawCall.get(plane.port(), target, "Host: localhost\r\n" + bearer()));
  }

  @Test
  void theRightPathIsFound() throws Exception {
    assertThat(plane.as(Role.VIEWER, "GET", "/actuator/prometheus").statusCode()).isEqualTo(200);
  }

  /** A26. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:6189",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        ""
      })
  void aNameThatIsNotOursIsRefused(String host) throws Exception {
    String answer =
        RawCall.get(plane.port(), "/actuator/health", "Host: " + host + "\r\n" + bearer());
    assertThat(RawCall.status(answer)).as(answer).isIn(400, 421);
    isProblem(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:6189",
        "[::1]:6189",
        "sluice.test",
        "10.1.2.3"
      })
  void ourNamesAndAddressesAreAllowed(String host) throws Exception {
    String answer = RawCall.get(plane.port(), "/actuator/health", "Host: " + host + "\r\n");
    assertThat(RawCall.status(answer)).as(answer).isEqualTo(200);
  }

  @Test
  void aTargetsHostCountsLikeTheField() throws Exception {
    String answer =
        RawCall.get(plane.port(), "http://evil.example/actuator/health", "Host: evil.example\r\n");
    assertThat(RawCall.status(answer)).as(answer).isEqualTo(421);
    String two =
        RawCall.get(plane.port(), "/actuator/health", "Host: localhost\r\nHost: evil.example\r\n");
    assertThat(RawCall.status(two)).as(two).isIn(400, 421);
  }

  /** A16, and what else a browser is told. */
  @ParameterizedTest
  @ValueSource(strings = {"/actuator/health", "/", "/api/v1/users", "/a//b", "/swagger-ui.html"})
  void everyAnswerHasTheFieldsThatProtectBrowsers(String path) throws Exception {
    HttpHeaders headers = plane.anonymous("GET", path).headers();
    assertThat(headers.firstValue("Content-Security-Policy").orElseThrow())
        .containsAnyOf("default-src 'none'", "default-src 'self'; script-src 'self'")
        .contains("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")
        .doesNotContain("unsafe-eval");
    assertThat(headers.firstValue("X-Frame-Options")).contains("DENY");
    assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
    assertThat(headers.firstValue("Referrer-Policy").orElseThrow())
        .isIn("no-referrer", "same-origin");
    assertThat(headers.firstValue("Cache-Control")).contains("no-store");
    assertThat(headers.firstValue("Cross-Origin-Resource-Policy")).contains("same-origin");
    assertThat(headers.firstValue("Cross-Origin-Opener-Policy")).contains("same-origin");
    assertThat(headers.firstValue("Permissions-Policy")).isPresent();
    assertThat(headers.firstValue("Strict-Transport-Security")).isEmpty();
    assertThat(headers.firstValue("Server")).isEmpty();
    assertThat(headers.firstValue("X-Request-Id")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/login", "/backends/web/a", "/no-such-page"})
  void aPageMayRunItsOwnScriptsAndNothingElse(String path) throws Exception {
    assertThat(plane.anonymous("GET", path).headers().firstValue("Content-Security-Policy"))
        .hasValue(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                + " connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none';"
                + " frame-ancestors 'none'; require-trusted-types-for 'script';"
                + " trusted-types 'none'");
  }

  /** A22. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "env",
        "heapdump",
        "threaddump",
        "beans",
        "configprops",
        "mappings",
        "shutdown",
        "metrics",
        "conditions",
        "scheduledtasks",
        "logfile",
        "httpexchanges",
        "caches",
        ""
      })
  void actuatorShowsOnlyWhatIsMeantToBeSeen(String endpoint) throws Exception {
    String path = endpoint.isEmpty() ? "/actuator" : "/actuator/" + endpoint;
    for (String method : List.of("GET", "POST")) {
      assertThat(plane.anonymous(method, path).statusCode()).isEqualTo(401);
      assertThat(plane.as(Role.ADMIN, method, path).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void healthIsForEverybodyAndItsDetailsAreNot() throws Exception {
    HttpResponse<String> anonymous = plane.anonymous("GET", "/actuator/health");
    assertThat(anonymous.statusCode()).isEqualTo(200);
    assertThat(anonymous.body()).contains("UP").doesNotContain("components");
    assertThat(plane.anonymous("GET", "/actuator/health/readiness").statusCode()).isEqualTo(200);
    assertThat(plane.as(Role.VIEWER, "GET", "/actuator/health").body()).contains("components");
  }

  @Test
  void loggersAreAnAdmins() throws Exception {
    String path = "/actuator/loggers/io.sluice.test";
    String level = "{\"configuredLevel\":\"INFO\"}";
    assertThat(plane.anonymous("GET", path).statusCode()).isEqualTo(401);
    assertThat(plane.as(Role.OPERATOR, "GET", path).statusCode()).isEqualTo(403);
    assertThat(plane.as(Role.OPERATOR, "POST", path, level).statusCode()).isEqualTo(403);
    assertThat(plane.as(Role.ADMIN, "POST", path, level).statusCode()).isEqualTo(204);
    assertThat(plane.as(Role.ADMIN, "GET", path).body()).contains("INFO");
  }

  @Test
  void whatIsWrongWithACallIsAProblem() throws Exception {
    HttpResponse<String> unknown = plane.as(Role.ADMIN, "GET", "/api/v1/nothing");
    HttpResponse<String> method = plane.as(Role.ADMIN, "PUT", "/api/v1/users");
    HttpResponse<String> type =
        plane.send(
            HttpRequest.newBuilder(plane.uri("/api/v1/session"))
                .POST(HttpRequest.BodyPublishers.ofString("username=alice"))
                .header("Content-Type", "application/x-www-form-urlencoded"));
    HttpResponse<String> accept =
        plane.send(
            plane
                .call("GET", "/api/v1/session", null)
                .header("Accept", "image/png")
                .header("Authorization", "Bearer " + plane.tokenOf(Role.VIEWER)));
    HttpResponse<String> anonymous = plane.anonymous("GET", "/nothing");

    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(method.statusCode()).isEqualTo(405);
    assertThat(method.headers().firstValue("Allow")).contains("GET, HEAD, POST");
    assertThat(type.statusCode()).isEqualTo(415);
    assertThat(accept.statusCode()).isEqualTo(406);
    assertThat(anonymous.statusCode()).isEqualTo(401);
    assertThat(anonymous.headers().firstValue("WWW-Authenticate"))
        .contains("Bearer realm=\"sluice\"");
    for (HttpResponse<String> answer : List.of(unknown, method, type, accept, anonymous)) {
      assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
      isProblem("content-type: application/problem+json" + answer.body());
    }
  }

  /** A20. */
  @Test
  void hostileBodiesAreRefused() throws Exception {
    StringBuilder keys = new StringBuilder("{");
    for (int i = 0; i < 50_000; i++) {
      keys.append("\"k").append(i).append("\":1,");
    }
    for (String body :
        List.of(
            "[".repeat(100_000),
            "{\"username\":" + "[".repeat(100_000),
            "{\"a\":".repeat(100_000),
            keys + "\"z\":1}",
            "{\"username\":\"a\",\"username\":\"b\",\"password\":\"c\"}",
            "{\"username\":NaN}",
            "{\"username\":1,\"password\":true}",
            "{\"username\":{},\"password\":[]}",
            "{\"username\":\"a\"} trailing",
            "[]",
            "null",
            "",
            "{",
            "\"text\"")) {
      HttpResponse<String> answer = plane.send(plane.call("POST", "/api/v1/session", body));
      assertThat(answer.statusCode()).as(head(body) + answer.body()).isEqualTo(400);
      isProblem("content-type: application/problem+json" + answer.body());
    }
  }

  private static String head(String body) {
    return body.substring(0, Math.min(40, body.length())) + " gave ";
  }

  @Test
  void badUtf8IsRefused() throws Exception {
    byte[] body = {
      '{', '"', 'u', 's', 'e', 'r', 'n', 'a', 'm', 'e', '"', ':', '"', (byte) 0xc3, '"', '}'
    };
    HttpResponse<String> answer =
        plane.send(
            HttpRequest.newBuilder(plane.uri("/api/v1/session"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Content-Type", "application/json"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
  }

  /** A20. */
  @Test
  void aLongBodyIsRefusedByItsLengthAndByItsBytes() throws Exception {
    String head =
        "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    String declared =
        RawCall.send(
            plane.port(), head + "Connection: close\r\nContent-Length: 104857600\r\n\r\n{");
    assertThat(RawCall.status(declared)).as(declared).isEqualTo(413);
    isProblem(declared);

    String chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
    String chunked =
        RawCall.send(
            plane.port(),
            head + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(17));
    assertThat(RawCall.status(chunked)).as(chunked).isEqualTo(413);
    isProblem(chunked);
  }

  @Test
  void whatIsNoHttpOrTooLongIsAProblem() throws Exception {
    String nonsense = RawCall.send(plane.port(), "NONSENSE\r\n\r\n");
    String line = RawCall.get(plane.port(), "/" + "x".repeat(9000), "Host: localhost\r\n");
    String fields =
        RawCall.get(plane.port(), "/", "Host: localhost\r\nX: " + "x".repeat(40_000) + "\r\n");

    assertThat(RawCall.status(nonsense)).as(nonsense).isEqualTo(400);
    assertThat(RawCall.status(line)).as(line).isEqualTo(414);
    assertThat(RawCall.status(fields)).as(fields).isEqualTo(431);
    for (String answer : List.of(nonsense, line, fields)) {
      isProblem(answer);
      assertThat(answer).containsIgnoringCase("content-security-policy: default-src 'self'");
    }
  }

  @Test
  void aSaneRequestIdIsKeptAndAnotherReplaced() throws Exception {
    HttpResponse<String> kept =
        plane.send(plane.call("GET", "/nothing", null).header("X-Request-Id", "abc-1.2_3"));
    assertThat(kept.headers().firstValue("X-Request-Id")).contains("abc-1.2_3");
    assertThat(kept.body()).contains("\"requestId\":\"abc-1.2_3\"");
    for (String bad : List.of("<script>", "x".repeat(65), "a b")) {
      HttpResponse<String> replaced =
          plane.send(plane.call("GET", "/nothing", null).header("X-Request-Id", bad));
      assertThat(replaced.headers().firstValue("X-Request-Id").orElseThrow())
          .matches("[0-9a-f]{16}");
    }
  }

  /** A24. */
  @Test
  void answersDoNotRepeatSecrets() throws Exception {
    String secret = "a-very-secret-word";
    for (String body :
        List.of(
            "{\"username\":\"alice\",\"password\":\"" + secret + "\"}",
            "{\"username\":\"alice\",\"password\":[\"" + secret + "\"]}",
            "{\"username\":\"alice\",\"password\":\"" + secret + "\",}")) {
      assertThat(plane.send(plane.call("POST", "/api/v1/session", body)).body())
          .doesNotContain(secret);
    }
    HttpResponse<String> bearer =
        plane.send(
            plane.call("GET", "/api/v1/users", null).header("Authorization", "Bearer " + secret));
    assertThat(bearer.body()).doesNotContain(secret);
  }
}
