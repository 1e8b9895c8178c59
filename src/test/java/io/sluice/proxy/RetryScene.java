package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A backend that fails as the test says, a good one, and a proxy before both. */
abstract class RetryScene {
  /** Does not stand in the way of what a test is about. */
  static final Retries RULES =
      Retries.DEFAULT
          .withBackOff(Duration.ofMillis(1))
          .withBudget(new Retries.Budget(1.0, 1_000_000));

  static final String GET = head("GET / HTTP/1.1", "Host: t");
  static final String POST = head("POST / HTTP/1.1", "Host: t", "Content-Length: 5") + "hello";

  ScriptedBackend bad;
  ScriptedBackend good;

  @BeforeEach
  void start() throws IOException {
    bad = ScriptedBackend.start("bad");
    good = ScriptedBackend.start("good");
  }

  @AfterEach
  void stop() throws IOException {
    bad.close();
    good.close();
  }

  /** Round robin sends the first request to the bad backend first. */
  RunningProxy proxy(Retries retries) {
    return new ProxySetup()
        .eachPool(pool -> pool.withEjection(PoolSpec.Ejection.NONE))
        .retries(retries)
        .pool("default", bad.port(), good.port())
        .start();
  }

  static List<ReadRequest> requests(ScriptedBackend backend) {
    return backend.requestsSince(Map.of());
  }

  /** How often the pool has tried again for this reason. */
  static long retried(RunningProxy proxy, String reason) {
    return proxy.status().loads().getFirst().retries().getOrDefault(reason, 0L);
  }

  /** The good backend answers a request that goes to the bad one first. */
  static void verifyAnswered(RunningProxy proxy, String request) throws IOException {
    Response response = proxy.once(request);
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.value("X-Backend")).isEqualTo("good");
  }
}
