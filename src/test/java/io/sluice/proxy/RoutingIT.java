package io.sluice.proxy;

import static io.sluice.testkit.RouteSetup.route;
import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.RouteSpec;
import io.sluice.config.RouteSpec.HeaderRules;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Routes as a client meets them: who answers, and what is changed on the way. */
class RoutingIT {
  private ScriptedBackend one;
  private ScriptedBackend two;

  @BeforeEach
  void start() throws IOException {
    one = ScriptedBackend.start("one");
    two = ScriptedBackend.start("two");
  }

  @AfterEach
  void stop() throws IOException {
    one.close();
    two.close();
  }

  private RunningProxy with(RouteSpec... routes) {
    ProxySetup setup = new ProxySetup().pool("one", one.port()).pool("two", two.port());
    for (RouteSpec route : routes) {
      setup.route(route);
    }
    return setup.start();
  }

  private static String get(String target, String host, String... fields) {
    return Wire.lines("GET " + target + " HTTP/1.1", "Host: " + host) + head(fields);
  }

  private static String backendOf(RunningProxy proxy, String request) throws IOException {
    Response response = proxy.once(request);
    return response.status() == 200 ? response.value("X-Backend") : response.status() + "";
  }

  private static HeaderRules rules(
      Map<String, String> set, Map<String, String> add, List<String> remove) {
    return new HeaderRules(set, add, remove);
  }

  @ParameterizedTest
  @CsvSource({
    "a.example, one",
    "A.EXAMPLE, one",
    "a.example:8080, one",
    "a.example., one",
    "x.wild.example, two",
    "x.y.wild.example, two",
    "wild.example, 404",
    "b.example, 404",
  })
  void aHostIsExactOrAnyNameBelow(String host, String expected) throws Exception {
    try (RunningProxy proxy =
        with(
            route("a").host("a.example").toPool("one"),
            route("w").host("*.wild.example").toPool("two"))) {
      assertThat(backendOf(proxy, get("/", host))).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/exact, one",
    "/exact?q, one",
    "/exact/, 404",
    "/exact/x, 404",
    "/tree, two",
    "/tree/, two",
    "/tree/a/b?q, two",
    "/treehouse, 404",
    "/tree/leaf, one",
    "/, 404",
  })
  void aPathIsExactOrAWholeTree(String target, String expected) throws Exception {
    try (RunningProxy proxy =
        with(
            route("exact").path("/exact").toPool("one"),
            route("tree").path("/tree/**").toPool("two"),
            route("leaf").path("/tree/leaf").toPool("one"))) {
      assertThat(backendOf(proxy, get(target, "t"))).isEqualTo(expected);
    }
  }

  @Test
  void methodsFieldsAndPrioritiesDecide() throws Exception {
    try (RunningProxy proxy =
        with(
            route("posts").methods("POST", "PUT").toPool("two"),
            route("canary").headers(Map.of("x-canary", "yes")).toPool("two"),
            route("any").headers(Map.of("x-any", "*")).toPool("two"),
            route("first").path("/first/**").priority(-1).toPool("two"),
            route("rest").path("/**").toPool("one"))) {
      assertThat(backendOf(proxy, get("/", "t"))).isEqualTo("one");
      assertThat(backendOf(proxy, get("/", "t", "X-Canary: yes"))).isEqualTo("two");
      assertThat(backendOf(proxy, get("/", "t", "X-Canary: no"))).isEqualTo("one");
      assertThat(backendOf(proxy, get("/", "t", "X-ANY: whatever"))).isEqualTo("two");
      assertThat(backendOf(proxy, head("POST / HTTP/1.1", "Host: t"))).isEqualTo("two");
      assertThat(backendOf(proxy, head("PATCH / HTTP/1.1", "Host: t"))).isEqualTo("one");
      assertThat(backendOf(proxy, get("/first/x", "t"))).isEqualTo("one");
    }
  }

  @Test
  void withoutARouteTheAnswerIsNotFoundAndTheConnectionLives() throws Exception {
    try (RunningProxy proxy = with(route("a").path("/a").toPool("one"));
        RawClient client = proxy.connect()) {
      Response missing = client.exchange(get("/nowhere", "t"));
      assertThat(missing.status()).isEqualTo(404);
      assertThat(missing.value("X-Request-Id")).matches("[0-9a-f]{32}");
      assertThat(missing.body()).contains("no route");
      assertThat(missing.saysClose()).isFalse();
      assertThat(client.exchange(get("/a", "t")).value("X-Backend")).isEqualTo("one");
      assertThat(proxy.awaitReport("/nowhere").routeId()).isNull();
      assertThat(proxy.awaitReport("/a").routeId()).isEqualTo("a");
    }
  }

  @Test
  void anErrorIsTextOrProblemJsonAsTheClientPrefers() throws Exception {
    try (RunningProxy proxy = with(route("a").path("/a").toPool("one"))) {
      Response text = proxy.once(get("/x", "t", "Accept: text/html, */*"));
      assertThat(text.value("Content-Type")).startsWith("text/plain");
      for (String accept : List.of("application/json", "application/problem+json, */*")) {
        Response json = proxy.once(get("/x", "t", "Accept: " + accept));
        assertThat(json.status()).isEqualTo(404);
        assertThat(json.value("Content-Type")).isEqualTo("application/problem+json");
        assertThat(json.body())
            .contains("\"status\":404", "\"requestId\":\"" + json.value("X-Request-Id") + "\"");
      }
    }
  }

  @Test
  void aHeadRequestForAnErrorHasNoBody() throws Exception {
    try (RunningProxy proxy = with(route("a").path("/a").toPool("one"));
        RawClient client = proxy.connect()) {
      Response missing = client.exchange(head("HEAD /nowhere HTTP/1.1", "Host: t"));
      assertThat(missing.status()).isEqualTo(404);
      assertThat(missing.value("Content-Length")).isNotEqualTo("0");
      assertThat(client.exchange(get("/a", "t")).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "https://{host}{path}{query}, 301, https://shop.example:8080/old/x?a=b",
    "/new{path}, 302, /new/old/x",
    "https://other.example/, 303, https://other.example/",
    "https://{host}/{query}, 307, https://shop.example:8080/?a=b",
    "/{unknown}, 308, /{unknown}",
  })
  void aRedirectNamesItsTarget(String to, int status, String location) throws Exception {
    try (RunningProxy proxy = with(route("old").path("/old/**").redirect(to, status));
        RawClient client = proxy.connect()) {
      Response response = client.exchange(get("/old/x?a=b", "shop.example:8080"));
      assertThat(response.status()).isEqualTo(status);
      assertThat(response.value("Location")).isEqualTo(location);
      assertThat(response.saysClose()).isFalse();
      assertThat(client.exchange(get("/old/x?a=b", "t")).status()).isEqualTo(status);
    }
  }

  @Test
  void aFixedAnswerIsGivenWithoutABackend() throws Exception {
    try (RunningProxy proxy =
            with(
                route("text").path("/text").respond(200, "caf\u00e9\n", Map.of("X-A", "b")),
                route("json")
                    .path("/json")
                    .respond(503, "{}", Map.of("Content-Type", "application/json")),
                route("none").path("/none").respond(204, "", Map.of()));
        RawClient client = proxy.connect()) {
      Response text = client.exchange(get("/text", "t"));
      assertThat(text.status()).isEqualTo(200);
      assertThat(text.value("Content-Type")).isEqualTo("text/plain; charset=utf-8");
      assertThat(text.value("X-A")).isEqualTo("b");
      assertThat(text.body()).isEqualTo("caf\u00c3\u00a9\n");
      Response json = client.exchange(get("/json", "t"));
      assertThat(json.status()).isEqualTo(503);
      assertThat(json.value("Content-Type")).isEqualTo("application/json");
      assertThat(client.exchange(get("/none", "t")).status()).isEqualTo(204);
      Response posted =
          client.exchange(head("POST /text HTTP/1.1", "Host: t", "Content-Length: 5") + "hello");
      assertThat(posted.status()).isEqualTo(200);
    }
    assertThat(one.connections()).isEmpty();
  }

  @Test
  void aFixedAnswerToAnUploadIsReadableToItsEnd() throws Exception {
    try (RunningProxy proxy = with(route("text").respond(200, "no", Map.of()));
        RawClient client = proxy.connect()) {
      client.offer(
          head("POST / HTTP/1.1", "Host: t", "Content-Length: 1000000") + "x".repeat(1_000_000));
      assertThat(client.read("POST").body()).isEqualTo("no");
    }
  }

  @Test
  void fieldsAreEditedOnBothWays() throws Exception {
    one.on(
        "/edited",
        c -> {
          c.request();
          c.send(
              head(
                      "HTTP/1.1 200 OK",
                      "Server: secret",
                      "X-Old: 1",
                      "x-old: 2",
                      "X-Kept: 3",
                      "Content-Length: 1")
                  + "a");
        });
    try (RunningProxy proxy =
        with(
            route("r")
                .request(
                    rules(
                        Map.of("X-Set", "new", "User-Agent", "sluice"),
                        Map.of("X-Added", "b"),
                        List.of("Cookie")))
                .response(rules(Map.of("X-Old", "9"), Map.of("X-Kept", "4"), List.of("server")))
                .toPool("one"))) {
      Response response =
          proxy.once(
              get(
                  "/edited",
                  "t",
                  "x-set: old",
                  "X-SET: older",
                  "X-Added: a",
                  "Cookie: a=b",
                  "User-Agent: curl"));
      ReadRequest got = one.requestsSince(Map.of()).getFirst();
      assertThat(got.values("X-Set")).containsExactly("new");
      assertThat(got.values("X-Added")).containsExactly("a", "b");
      assertThat(got.values("User-Agent")).containsExactly("sluice");
      assertThat(got.has("Cookie")).isFalse();
      assertThat(response.has("Server")).isFalse();
      assertThat(response.values("X-Old")).containsExactly("9");
      assertThat(response.values("X-Kept")).containsExactly("3", "4");
    }
  }

  @Test
  void hostIsRewrittenByEitherRule() throws Exception {
    try (RunningProxy proxy =
        with(
            route("rewrite").path("/rewrite").hostRewrite("inner.example").toPool("one"),
            route("set")
                .path("/set")
                .request(rules(Map.of("Host", "one.one.one.one"), Map.of(), List.of()))
                .toPool("one"))) {
      proxy.once(get("/rewrite", "outer.example"));
      proxy.once(get("/set", "outer.example"));
      List<ReadRequest> got = one.requestsSince(Map.of());
      assertThat(got)
          .extracting(r -> r.target() + " " + r.value("Host"))
          .containsExactlyInAnyOrder("/rewrite inner.example", "/set one.one.one.one");
      assertThat(got).allMatch(r -> r.value("X-Forwarded-Host").equals("outer.example"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/api, /, /api/users?x=/api, /users?x=/api",
    "/api, '', /api/users, /users",
    "/api, /, /api, /",
    "/api, /, /api/, /",
    "/api, /v2/api, /api/users, /v2/api/users",
    "/api, /v2/, /api/users, /v2/users",
    "/api/, /v2, /api/users, /v2/users",
    "/api, /v2, /apis, /apis",
    "/api, /v2, /api?q, /v2?q",
    "/, /base, /x/y, /base/x/y",
    "'', /base, /, /base/",
    "/api, /, http://h/api/x, /x",
    "/, /base, http://h, /base",
  })
  void aPathsBeginningIsReplaced(String prefix, String to, String target, String expected)
      throws Exception {
    try (RunningProxy proxy = with(route("r").pathRewrite(prefix, to).toPool("one"))) {
      assertThat(proxy.once(get(target, "t")).status()).isEqualTo(200);
      assertThat(one.requestsSince(Map.of()).getFirst().target()).isEqualTo(expected);
      assertThat(proxy.awaitReport(target).status()).isEqualTo(200);
    }
  }

  @Test
  void aPoolWithoutBackendsIsUnavailable() throws Exception {
    ProxySetup setup =
        new ProxySetup().pool("empty", List.of(ProxySetup.backend("b", one.port(), 0)));
    try (RunningProxy proxy = setup.start()) {
      Response response = proxy.once(get("/", "t"));
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.has("Retry-After")).isTrue();
    }
  }
}
