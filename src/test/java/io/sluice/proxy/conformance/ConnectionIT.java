package io.sluice.proxy.conformance;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Response;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a client's connection lives, and that its requests are kept apart (RFC 9112 9). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConnectionIT {
  private Scene scene;
  private Map<BackendConnection, Integer> mark = Map.of();

  @BeforeAll
  void start() throws IOException {
    scene = new Scene();
  }

  @AfterAll
  void stop() throws IOException {
    scene.close();
  }

  @BeforeEach
  void remember() {
    mark = scene.mark();
  }

  @AfterEach
  void verifyClean() throws IOException {
    scene.verifyClean(mark);
  }

  private static String get(String target, String... fields) {
    return Wire.lines("GET " + target + " HTTP/1.1", "Host: t") + head(fields);
  }

  private static String post(String target, String body, String... fields) {
    return Wire.lines("POST " + target + " HTTP/1.1", "Host: t") + head(fields) + body;
  }

  private static void verify(Response response, String method, String target) {
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(ScriptedBackend.saw(method, target));
  }

  private List<String> forwardedTargets() {
    return scene.forwardedSince(mark).stream().map(ReadRequest::target).toList();
  }

  @Test
  void aConnectionServesManyRequestsOneAfterAnother() throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      for (int i = 0; i < 50; i++) {
        Response response = client.exchange(get("/kept-" + i));
        verify(response, "GET", "/kept-" + i);
        assertThat(response.saysClose()).isFalse();
      }
      verify(client.exchange(get("/last", "Connection: close")), "GET", "/last");
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1, X: y, true",
    "HTTP/1.1, Connection: close, false",
    "HTTP/1.1, Connection: CLOSE, false",
    "HTTP/1.1, 'Connection: x, close', false",
    "HTTP/1.1, 'Connection: keep-alive, close', false",
    "HTTP/1.1, Connection: keep-alive, true",
    "HTTP/1.0, X: y, false",
    "HTTP/1.0, Connection: keep-alive, true",
    "HTTP/1.0, 'Connection: keep-alive, close', false",
    "HTTP/1.0, Proxy-Connection: keep-alive, false",
    "HTTP/1.2, X: y, true",
  })
  void aConnectionIsKeptAsTheClientSays(String version, String field, boolean kept)
      throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      Response response = client.exchange(head("GET /a " + version, "Host: t", field));
      verify(response, "GET", "/a");
      assertThat(response.saysClose()).isEqualTo(!kept);
      if (kept) {
        if (version.equals("HTTP/1.0")) {
          assertThat(response.value("Connection")).isEqualTo("keep-alive");
        }
        verify(client.exchange(get("/b")), "GET", "/b");
      } else {
        assertThat(client.readToEnd()).isEmpty();
      }
    }
  }

  @Test
  void aBackendThatClosesDoesNotEndTheClientsConnection() throws IOException {
    scene
        .backend()
        .on(
            "/closing",
            c -> {
              c.request();
              c.send(head("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 1") + "a");
              c.close();
            });
    try (RawClient client = scene.proxy().connect()) {
      Response response = client.exchange(get("/closing"));
      assertThat(response.body()).isEqualTo("a");
      assertThat(response.saysClose()).isFalse();
      verify(client.exchange(get("/after")), "GET", "/after");
    }
  }

  @Test
  void aBackendsConnectionIsNotUsedAgainOnceItSaysClose() throws IOException {
    CountDownLatch ended = new CountDownLatch(1);
    scene
        .backend()
        .on(
            "/last-here",
            c -> {
              c.request();
              c.send(head("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 1") + "a");
              c.awaitEnd(); // leaves it to the proxy to end the connection
              ended.countDown();
            });
    assertThat(scene.proxy().once(get("/last-here")).body()).isEqualTo("a");
    Await.latch(ended, "the proxy ends the connection");
  }

  @Test
  void aBackendsConnectionIsNotUsedAgainOnceItSaidTooMuch() throws IOException {
    CountDownLatch ended = new CountDownLatch(1);
    scene
        .backend()
        .on(
            "/talkative",
            c -> {
              c.request();
              c.send(Wire.ok("a") + "HTTP/1.1 200 OK\r\n");
              c.awaitEnd();
              ended.countDown();
            });
    assertThat(scene.proxy().once(get("/talkative")).body()).isEqualTo("a");
    Await.latch(ended, "the proxy ends the connection");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET /x HTTP/9.9", "GET /x HTTP/1.1\r\nHost : t", "TRACE /x HTTP/1.1"})
  void aRefusedClientThatStillSendsSeesAnOrderlyEnd(String lines) throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      client.offer(head(lines, "Content-Length: 2000000") + "x".repeat(2_000_000));
      assertThat(client.read().status()).isGreaterThanOrEqualTo(400);
      assertThat(client.endsWithReset()).as("a reset could eat the answer").isFalse();
    }
  }

  @Test
  void aThousandPipelinedRequestsAreAnsweredInOrder() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      all.append(i % 3 == 1 ? post("/p" + i, "body", "Content-Length: 4") : get("/p" + i));
    }
    try (RawClient client = scene.proxy().connect()) {
      client.send(all.toString());
      for (int i = 0; i < 1000; i++) {
        verify(client.read(), i % 3 == 1 ? "POST" : "GET", "/p" + i);
      }
    }
    assertThat(forwardedTargets()).hasSize(1000);
  }

  @Test
  void pipelinedBodiesOfAllKindsStayApart() throws IOException {
    String chunked = post("/b", Wire.chunk("two") + "0\r\n\r\n", "Transfer-Encoding: chunked");
    try (RawClient client = scene.proxy().connect()) {
      client.send(
          post("/a", "one", "Content-Length: 3")
              + chunked
              + get("/c")
              + post("/d", Scene.SMUGGLED, "Content-Length: " + Scene.SMUGGLED.length())
              + get("/e", "Connection: close"));
      verify(client.read(), "POST", "/a");
      verify(client.read(), "POST", "/b");
      verify(client.read(), "GET", "/c");
      verify(client.read(), "POST", "/d");
      verify(client.read(), "GET", "/e");
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(scene.forwardedSince(mark))
        .extracting(ReadRequest::body)
        .containsExactlyInAnyOrder("one", "two", "", Scene.SMUGGLED, "");
  }

  @Test
  void aRequestInPiecesIsOneRequest() throws IOException {
    String request = post("/pieces", "hello", "Content-Length: 5", "X: " + "v".repeat(40));
    try (RawClient client = scene.proxy().connect()) {
      for (int i = 0; i < request.length(); i++) {
        client.send(request.substring(i, i + 1));
      }
      verify(client.read("POST"), "POST", "/pieces");
    }
    assertThat(scene.forwardedSince(mark)).hasSize(1);
  }

  @Test
  void aBadRequestEndsTheConnectionAndWhatFollowsIsNotRun() throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      client.send(get("/good") + head("GET /bad HTTP/1.1", "Host : t") + Scene.SMUGGLED);
      verify(client.read(), "GET", "/good");
      Response refused = client.read();
      Scene.verifyOwnAnswer(refused, 400);
      assertThat(refused.saysClose()).isTrue();
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(forwardedTargets()).containsExactly("/good");
  }

  @Test
  void aBrokenBodyEndsTheConnectionAndWhatFollowsIsNotRun() throws IOException {
    String broken = post("/broken", "5\r\nhelloX\r\n0\r\n\r\n", "Transfer-Encoding: chunked");
    try (RawClient client = scene.proxy().connect()) {
      client.send(broken + Scene.SMUGGLED);
      Scene.verifyOwnAnswer(client.read("POST"), 400);
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(forwardedTargets()).isEmpty();
  }

  @Test
  void nothingIsRunBehindTheLastRequest() throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      client.send(get("/last", "Connection: close") + Scene.SMUGGLED);
      verify(client.read(), "GET", "/last");
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(forwardedTargets()).containsExactly("/last");
  }

  @Test
  void aClientThatHasSaidAllStillGetsItsAnswers() throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      client.send(get("/a") + post("/b", "hello", "Content-Length: 5")).halfClose();
      verify(client.read(), "GET", "/a");
      verify(client.read(), "POST", "/b");
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @Test
  void aClientThatHasSaidAllGetsAnAnswerThatTakesItsTime() throws IOException {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    scene
        .backend()
        .on(
            "/later",
            c -> {
              c.request();
              asked.countDown();
              Await.latch(go, "the test lets go");
              c.send(Wire.ok("late"));
            });
    try (RawClient client = scene.proxy().connect()) {
      client.send(get("/later")).halfClose();
      Await.latch(asked, "the backend is asked");
      go.countDown();
      assertThat(client.read().body()).isEqualTo("late");
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "GET /x HTTP/1.1\r\n", "GET /x HTTP/1.1\r\nHost: t\r\nX: y"})
  void aHeadThatIsCutIsRefused(String start) throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      client.send(start).halfClose();
      Scene.verifyOwnAnswer(client.read(), 400);
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(scene.backend().since(mark)).isEmpty();
  }

  @Test
  void aConnectionWithoutARequestIsClosedWithoutAWord() throws IOException {
    int before = scene.proxy().reported().size();
    try (RawClient client = scene.proxy().connect()) {
      client.halfClose();
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(scene.proxy().reported()).hasSize(before);
  }

  @Test
  void aClientThatWaitsForLeaveGetsTheBackends() throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      client.send(post("/expect", "", "Content-Length: 5", "Expect: 100-continue"));
      // the body goes only once the leave has come
      assertThat(readLine(client)).isEqualTo("HTTP/1.1 100 Continue");
      skipFields(client);
      client.send("hello");
      verify(client.read("POST"), "POST", "/expect");
    }
    assertThat(scene.forwardedSince(mark).getFirst().body()).isEqualTo("hello");
  }

  private static String readLine(RawClient client) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = client.in().read(); c >= 0 && c != '\n'; c = client.in().read()) {
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }

  private static void skipFields(RawClient client) throws IOException {
    while (!readLine(client).isEmpty()) {
      // fields of an interim answer
    }
  }

  @Test
  void aRefusalWithoutLeaveReachesTheClientAndEndsTheConnection() throws IOException {
    scene
        .backend()
        .on(
            "/refusing",
            c -> {
              c.send(
                  head("HTTP/1.1 403 Forbidden", "Connection: close", "Content-Length: 2") + "no");
              c.close();
            });
    try (RawClient client = scene.proxy().connect()) {
      client.send(post("/refusing", "", "Content-Length: 5", "Expect: 100-continue"));
      Response response = client.read("POST");
      assertThat(response.status()).isEqualTo(403);
      assertThat(response.body()).isEqualTo("no");
      assertThat(response.interim()).isEmpty();
      assertThat(response.saysClose()).isTrue();
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nonsense", "100-continue, nonsense", "", "100-continue\r\nExpect: 100-continue"})
  void anotherExpectationIsRefused(String value) throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      client.send(get("/expect", "Expect: " + value));
      Scene.verifyOwnAnswer(client.read(), 417);
    }
    assertThat(scene.backend().since(mark)).isEmpty();
  }

  @Test
  void anExpectationOfHttp10IsIgnored() throws IOException {
    try (RawClient client = scene.proxy().connect()) {
      client.send(
          head("POST /old HTTP/1.0", "Content-Length: 5", "Expect: 100-continue") + "hello");
      Response response = client.read("POST");
      verify(response, "POST", "/old");
      assertThat(response.interim()).isEmpty();
    }
    assertThat(scene.forwardedSince(mark).getFirst().has("Expect")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "Connection: X-Drop, X-Drop",
    "Connection: x-drop, X-Drop",
    "'Connection: a, X-Drop ,b', X-Drop",
    "'Connection: close\r\nConnection: X-Drop', X-Drop",
    "'Connection: ,,X-Drop', X-Drop",
    "Connection: Cookie, Cookie",
    "X: y, Keep-Alive",
    "X: y, Proxy-Connection",
    "X: y, TE",
    "X: y, Upgrade",
    "X: y, HTTP2-Settings",
  })
  void aFieldForThisConnectionOnlyIsNotPassedOn(String lines, String name) throws IOException {
    verify(
        scene.proxy().once(get("/hop", lines + "\r\n" + name + ": trailers", "X-Keep: 1")),
        "GET",
        "/hop");
    ReadRequest got = scene.forwardedSince(mark).getFirst();
    assertThat(got.has(name)).isFalse();
    assertThat(got.value("X-Keep")).isEqualTo("1");
    assertThat(got.values("Connection")).noneMatch(v -> v.contains("Drop") || v.equals("close"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Forwarded-For", "X-Request-Id", "Forwarded", "Host"})
  void connectionCannotTakeAwayWhatTheProxySays(String name) throws IOException {
    verify(scene.proxy().once(get("/named", "Connection: close, " + name)), "GET", "/named");
    assertThat(scene.forwardedSince(mark).getFirst().value(name)).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__'",
    "'Connection: upgrade\r\nUpgrade: H2C'",
    "'Connection: upgrade\r\nUpgrade: websocket, h2c'",
    "'Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c'",
    "'Upgrade: websocket'",
  })
  void anUpgradeThatWouldHideRequestsIsNotPassedOn(String lines) throws IOException {
    verify(scene.proxy().once(get("/h2c", lines)), "GET", "/h2c");
    ReadRequest got = scene.forwardedSince(mark).getFirst();
    assertThat(got.has("Upgrade") || got.has("HTTP2-Settings")).isFalse();
    assertThat(got.values("Connection")).noneMatch(v -> v.equalsIgnoreCase("upgrade"));
  }

  @Test
  void bytesThatABackendSendsUnaskedReachNobody() throws IOException {
    CountDownLatch taken = new CountDownLatch(1);
    scene
        .backend()
        .on(
            "/unasked",
            c -> {
              c.request();
              c.send(Wire.ok("a"));
              Await.latch(taken, "the answer is taken");
              c.send(Wire.ok("stray"));
              c.awaitEnd();
            });
    try (RawClient client = scene.proxy().connect()) {
      assertThat(client.exchange(get("/unasked")).body()).isEqualTo("a");
      BackendConnection used =
          scene.backend().connections().stream()
              .filter(c -> c.received().contains("/unasked"))
              .findFirst()
              .orElseThrow();
      taken.countDown();
      Await.until(used::hasEnded, "the proxy ends the connection with the stray answer");
      verify(client.exchange(get("/next")), "GET", "/next");
    }
  }

  @Test
  void anInterimAnswerPassesWithItsFieldsButWithoutALength() throws IOException {
    scene
        .backend()
        .on(
            "/hints",
            c -> {
              c.request();
              c.send(
                  head(
                          "HTTP/1.1 103 Early Hints",
                          "Link: </a>",
                          "Content-Length: 5",
                          "Connection: X-Hop",
                          "X-Hop: 1")
                      + Wire.ok("a"));
            });
    try (RawClient client = scene.proxy().connect()) {
      client.send(get("/hints", "Connection: close"));
      assertThat(client.readToEnd())
          .startsWith(head("HTTP/1.1 103 Early Hints", "Link: </a>") + "HTTP/1.1 200 OK");
    }
  }
}
