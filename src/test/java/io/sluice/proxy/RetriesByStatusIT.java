package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec.Ejection;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Reported;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of chosen statuses are not passed on while another backend may have a better one. */
class RetriesByStatusIT extends RetryScene {
  private static final Retries ON_503 = RULES.withOn(Set.of(), Set.of(503));

  private static String unavailable(String body) {
    return head("HTTP/1.1 503 Down", "Content-Length: " + body.length()) + body;
  }

  @Test
  void aChosenStatusIsTriedElsewhereAndItsConnectionUsedAgain() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.send(head("HTTP/1.1 503 Down", "Content-Length: 4")).send("down");
        });
    try (RunningProxy proxy =
            new ProxySetup()
                .threads(1)
                .retries(ON_503)
                .eachPool(pool -> pool.withEjection(Ejection.NONE))
                .pool("default", bad.port(), good.port())
                .start();
        RawClient client = proxy.connect()) {
      for (int i = 0; i < 6; i++) {
        assertThat(client.exchange(GET).value("X-Backend")).isEqualTo("good");
        Await.until(
            () -> proxy.status().upstreamConnections() == 2, "no connection is being replaced");
      }
      assertThat(requests(bad)).hasSizeBetween(3, 6);
      assertThat(bad.connections()).hasSize(1);
      assertThat(retried(proxy, "status")).isEqualTo(requests(bad).size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 503 Down\r\nContent-Length: 1000000\r\n\r\n",
        "HTTP/1.1 503 Down\r\n\r\n",
        "HTTP/1.1 503 Down\r\nConnection: close\r\nContent-Length: 4\r\n\r\ndown",
        "HTTP/1.1 503 Down\r\nTransfer-Encoding: chunked\r\n\r\nnonsense"
      })
  void aConnectionWithAnAnswerThatIsNotWorthReadingEnds(String answer) throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.send(answer);
          c.awaitEnd();
        });
    try (RunningProxy proxy = proxy(ON_503)) {
      assertThat(proxy.once(GET).value("X-Backend")).isEqualTo("good");
      BackendConnection connection = bad.connections().getFirst();
      Await.until(connection::hasEnded, "the connection ends");
    }
  }

  @Test
  void aConnectionWhoseAnswerDoesNotEndIsGivenUp() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.send(head("HTTP/1.1 503 Down", "Content-Length: 4") + "do");
          c.awaitEnd();
        });
    try (RunningProxy proxy = proxy(ON_503)) {
      assertThat(proxy.once(GET).value("X-Backend")).isEqualTo("good");
      Await.until(bad.connections().getFirst()::hasEnded, "the connection ends");
    }
  }

  @Test
  void theLastAnswerIsPassedOn() throws IOException {
    for (ScriptedBackend backend : List.of(bad, good)) {
      backend.otherwise(
          c -> {
            c.request();
            c.send(unavailable("sorry from " + backend.name()));
          });
    }
    try (RunningProxy proxy = proxy(ON_503)) {
      Response response = proxy.once(GET);
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.body()).isEqualTo("sorry from good");
      Reported end = proxy.awaitReport("/");
      assertThat(end.errorReason()).isNull();
      assertThat(end.tries()).isEqualTo(2);
    }
  }

  @Test
  void aStatusOfARequestThatIsNotIdempotentIsPassedOn() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.send(unavailable("sorry"));
        });
    try (RunningProxy proxy = proxy(ON_503)) {
      assertThat(proxy.once(POST).body()).isEqualTo("sorry");
      assertThat(requests(good)).isEmpty();
    }
  }
}
