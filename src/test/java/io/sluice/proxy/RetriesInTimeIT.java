package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec.Retries;
import io.sluice.config.PoolSpec.Timeouts;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Reported;
import io.sluice.testkit.RunningProxy;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tries take the time they may take, each one and all together. */
class RetriesInTimeIT extends RetryScene {
  private static final Retries SHORT = RULES.withPerTryTimeout(Duration.ofMillis(100));

  @Test
  void aBackendThatTakesTooLongForATryIsLeftForAnother() throws IOException {
    bad.otherwise(c -> c.awaitEnd());
    try (RunningProxy proxy = proxy(SHORT)) {
      verifyAnswered(proxy, GET);
      assertThat(retried(proxy, "timeout")).isEqualTo(1);
      Await.until(bad.connections().getFirst()::hasEnded, "the slow try is cut");
    }
  }

  @Test
  void aTryThatTookTooLongIsAnsweredWith504WhenItMayNotBeRepeated() throws IOException {
    bad.otherwise(c -> c.awaitEnd());
    try (RunningProxy proxy = proxy(SHORT)) {
      assertThat(proxy.once(POST).status()).isEqualTo(504);
      assertThat(proxy.awaitReport("/").errorReason()).isEqualTo(ProxyError.TRY_TIMEOUT.text());
      assertThat(requests(good)).isEmpty();
    }
  }

  @Test
  void theTimeOfATryEndsWithTheAnswersFirstByte() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.send("HTTP/1.1 200 OK\r\n");
          c.socket().setSoTimeout(500); // five times as long as a try may take
          try {
            c.awaitEnd();
          } catch (java.net.SocketTimeoutException e) {
            c.send(head("Content-Length: 4") + "slow");
          }
        });
    try (RunningProxy proxy = proxy(SHORT)) {
      assertThat(proxy.once(GET).body()).isEqualTo("slow");
      assertThat(requests(good)).isEmpty();
    }
  }

  @Test
  void allTriesTogetherEndWithTheTotal() throws IOException {
    bad.otherwise(c -> c.awaitEnd());
    good.otherwise(c -> c.awaitEnd());
    Timeouts timeouts =
        new Timeouts(
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofMillis(500));
    try (RunningProxy proxy =
        new ProxySetup()
            .timeouts(timeouts)
            .retries(SHORT.withAttempts(10))
            .pool("default", bad.port(), good.port())
            .start()) {
      assertThat(proxy.once(GET).status()).isEqualTo(504);
      Reported end = proxy.awaitReport("/");
      assertThat(end.errorReason()).isEqualTo(ProxyError.TOTAL_TIMEOUT.text());
      assertThat(end.tries()).isGreaterThan(1);
    }
  }

  @Test
  void aClientThatLeavesEndsTheBackOff() throws IOException {
    bad.otherwise(
        c -> {
          c.request();
          c.reset();
        });
    Retries patient = RULES.withAttempts(5).withBackOff(Duration.ofMinutes(1));
    try (RunningProxy proxy =
        new ProxySetup().retries(patient).pool("default", bad.port()).start()) {
      try (RawClient client = proxy.connect()) {
        client.send(GET);
        Await.until(() -> retried(proxy, "reset") == 1, "the request waits");
        client.reset();
      }
      assertThat(proxy.awaitReport("/").status()).isZero();
      assertThat(proxy.status().requests()).isZero();
    }
  }
}
