package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec.Retries;
import io.sluice.config.PoolSpec.Retries.Condition;
import io.sluice.config.PoolSpec.Retries.Methods;
import io.sluice.config.RouteSpec.HeaderRules;
import io.sluice.testkit.Await;
import io.sluice.testkit.DeadPort;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Reported;
import io.sluice.testkit.RouteSetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request that failed at one backend is answered by another, unless that could do harm. */
class RetriesIT extends RetryScene {
  // ---------------------------------------------------------------- no connection

  @ParameterizedTest
  @ValueSource(strings = {GET_, POST_, CHUNKED_})
  void aDeadBackendCostsNoRequestWhateverItsMethod(String request) throws IOException {
    try (DeadPort dead = new DeadPort();
        RunningProxy proxy = new ProxySetup().pool("default", dead.port(), good.port()).start()) {
      for (int i = 0; i < 10; i++) {
        assertThat(proxy.once(request).status()).isEqualTo(200);
      }
      assertThat(requests(good)).hasSize(10);
      Await.until(() -> proxy.reported().size() == 10, "all ends are reported");
      long again = retried(proxy, "connect-failure");
      assertThat(again).isBetween(5L, 10L);
      assertThat(proxy.reported()).filteredOn(r -> r.tries() == 2).hasSize((int) again);
      assertThat(proxy.reported())
          .allMatch(r -> "b2".equals(r.backendId()) && r.errorReason() == null);
    }
  }

  private static final String GET_ = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
  private static final String POST_ = "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nab";
  private static final String CHUNKED_ =
      "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";

  @Test
  void observersAreToldOfConnectionsThatFailAndOfFurtherTries() throws IOException {
    try (DeadPort dead = new DeadPort();
        RunningProxy proxy =
            new ProxySetup().retries(RULES).pool("default", dead.port(), good.port()).start()) {
      assertThat(proxy.once(GET).status()).isEqualTo(200);
      proxy.awaitReport("/");
      assertThat(proxy.failures()).containsExactly("no connection to b1", "tried again after b1");
    }
  }

  @Test
  void observersAreToldOfAConnectionThatFailsWithoutAFurtherTry() throws IOException {
    try (DeadPort dead = new DeadPort();
        RunningProxy proxy =
            new ProxySetup().retries(Retries.NONE).pool("default", dead.port()).start()) {
      assertThat(proxy.once(GET).status()).isEqualTo(502);
      proxy.awaitReport("/");
      assertThat(proxy.failures()).containsExactly("no connection to b1");
    }
  }

  @Test
  void withoutRetriesADeadBackendCostsItsShare() throws IOException {
    try (DeadPort dead = new DeadPort();
        RunningProxy proxy =
            new ProxySetup()
                .retries(Retries.NONE)
                .pool("default", dead.port(), good.port())
                .start()) {
      assertThat(proxy.once(GET).status()).isEqualTo(502);
      assertThat(proxy.once(GET).status()).isEqualTo(200);
    }
  }

  @Test
  void whenEveryBackendIsDeadTheLastErrorIsAnswered() throws IOException {
    try (DeadPort one = new DeadPort();
        DeadPort two = new DeadPort();
        RunningProxy proxy =
            new ProxySetup()
                .retries(RULES.withAttempts(3))
                .pool("default", one.port(), two.port())
                .start()) {
      assertThat(proxy.once(GET).status()).isEqualTo(502);
      Reported end = proxy.awaitReport("/");
      assertThat(end.tries()).isEqualTo(4);
      assertThat(end.errorReason()).isEqualTo(ProxyError.CONNECT.text());
      assertThat(proxy.status().backends()).allMatch(b -> b.requests() == 0);
    }
  }

  // ---------------------------------------------------------------- resets

  @Test
  void aResetBeforeTheAnswerIsTriedElsewhere() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.reset();
        });
    try (RunningProxy proxy = proxy(RULES)) {
      verifyAnswered(proxy, GET);
      assertThat(requests(bad)).hasSize(1);
      assertThat(retried(proxy, "reset")).isEqualTo(1);
    }
  }

  @Test
  void aResetInTheMiddleOfTheHeadIsTriedElsewhere() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.send("HTTP/1.1 200 OK\r\nX-Half: tr");
          c.close();
        });
    try (RunningProxy proxy = proxy(RULES)) {
      verifyAnswered(proxy, GET);
      assertThat(requests(bad)).hasSize(1);
    }
  }

  @Test
  void aResetOfARequestThatIsNotIdempotentIsNotTriedAgain() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.reset();
        });
    try (RunningProxy proxy = proxy(RULES)) {
      assertThat(proxy.once(POST).status()).isEqualTo(502);
      assertThat(requests(good)).isEmpty();
    }
  }

  @Test
  void theOperatorCanLetEveryMethodBeTriedAgainWithItsBody() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.reset();
        });
    try (RunningProxy proxy = proxy(RULES.withMethods(Methods.ALL))) {
      verifyAnswered(proxy, POST);
      assertThat(requests(good)).hasSize(1).allMatch(r -> r.body().equals("hello"));
    }
  }

  @Test
  void aChunkedBodyWithTrailersIsSentAgainWhole() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.reset();
        });
    String put =
        head("PUT / HTTP/1.1", "Host: t", "Transfer-Encoding: chunked")
            + Wire.chunk("hel")
            + Wire.chunk("lo")
            + "0\r\n"
            + head("X-Sum: 5");
    try (RunningProxy proxy = proxy(RULES)) {
      verifyAnswered(proxy, put);
      assertThat(requests(good))
          .hasSize(1)
          .allMatch(r -> r.body().equals("hello") && r.trailers().size() == 1);
    }
  }

  @Test
  void aBodyThatIsTooLongToKeepIsNotSentAgain() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.reset();
        });
    int length = 64 * 1024 + 1;
    String put =
        head("PUT / HTTP/1.1", "Host: t", "Content-Length: " + length) + "x".repeat(length);
    try (RunningProxy proxy = proxy(RULES)) {
      assertThat(proxy.once(put).status()).isEqualTo(502);
      assertThat(requests(good)).isEmpty();
    }
  }

  @Test
  void aBodyThatIsStillArrivingGoesOnAtTheOtherBackend() throws IOException {
    bad.otherwise(
        c -> {
          c.body().skipNBytes(3);
          c.reset();
        });
    try (RunningProxy proxy = proxy(RULES);
        RawClient client = proxy.connect()) {
      client.send(head("PUT / HTTP/1.1", "Host: t", "Content-Length: 6") + "abc");
      Await.until(() -> retried(proxy, "reset") == 1, "the request is tried again");
      client.send("def");
      assertThat(client.read("PUT").value("X-Backend")).isEqualTo("good");
      assertThat(requests(good)).singleElement().matches(r -> r.body().equals("abcdef"));
    }
  }

  @Test
  void anAnswerThatHasBegunIsNotTriedAgain() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Content-Length: 10") + "half");
          c.reset();
        });
    try (RunningProxy proxy = proxy(RULES)) {
      assertThat(proxy.once(GET).complete()).isFalse();
      assertThat(requests(good)).isEmpty();
    }
  }

  @Test
  void noBackendIsTriedTwiceWhileThereIsAnother() throws IOException {
    ScriptedBackend.Script reset =
        c -> {
          c.request();
          c.reset();
        };
    bad.otherwise(reset);
    try (ScriptedBackend bad2 = ScriptedBackend.start("bad2").otherwise(reset);
        RunningProxy proxy =
            new ProxySetup()
                .retries(RULES.withAttempts(2))
                .pool("default", bad.port(), good.port(), bad2.port())
                .start()) {
      for (int i = 0; i < 30; i++) {
        assertThat(proxy.once(GET).status()).isEqualTo(200);
      }
      assertThat(requests(bad)).extracting(r -> r.value("X-Request-Id")).doesNotHaveDuplicates();
      assertThat(requests(bad2)).extracting(r -> r.value("X-Request-Id")).doesNotHaveDuplicates();
    }
  }

  @Test
  void theOnlyBackendIsTriedAgain() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          if (bad.connections().size() < 3) {
            c.reset();
          } else {
            c.send(Wire.ok("third"));
          }
        });
    try (RunningProxy proxy =
        new ProxySetup().retries(RULES.withAttempts(2)).pool("default", bad.port()).start()) {
      assertThat(proxy.once(GET).body()).isEqualTo("third");
    }
  }

  @Test
  void everyTryIsEditedAnew() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.reset();
        });
    try (RunningProxy proxy =
        new ProxySetup()
            .retries(RULES)
            .pool("default", bad.port(), good.port())
            .route(
                RouteSetup.route("r")
                    .path("/api/**")
                    .pathRewrite("/api", "/v1")
                    .request(new HeaderRules(Map.of(), Map.of("X-Add", "1"), List.of()))
                    .toPool("default"))
            .start()) {
      assertThat(proxy.once(head("GET /api/x HTTP/1.1", "Host: t")).status()).isEqualTo(200);
      for (ScriptedBackend backend : List.of(bad, good)) {
        ReadRequest got = requests(backend).getFirst();
        assertThat(got.target()).isEqualTo("/v1/x");
        assertThat(got.value("X-Add")).isEqualTo("1");
      }
    }
  }

  @Test
  void noOtherConditionThanThoseChosenIsTriedAgain() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.reset();
        });
    try (RunningProxy proxy = proxy(RULES.withOn(Set.of(Condition.CONNECT_FAILURE), Set.of()))) {
      assertThat(proxy.once(GET).status()).isEqualTo(502);
      assertThat(requests(good)).isEmpty();
    }
  }
}
