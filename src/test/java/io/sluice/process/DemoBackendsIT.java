package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.Http;
import java.net.URI;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DemoBackendsIT {

  @Test
  void eachNamesItselfAndCountsItsRequests() throws Exception {
    try (DemoBackends demo = DemoBackends.start()) {
      for (DemoBackends.Backend backend : demo.backends()) {
        URI uri = URI.create("http://127.0.0.1:" + backend.port() + "/any/path");
        for (int number = 1; number <= 2; number++) {
          assertThat(Http.get(uri).body())
              .isEqualTo("hello from %s (request %d)\n", backend.name(), number);
        }
      }
    }
  }

  @Test
  void everyFifthAnswerOfTheThirdIsA503() throws Exception {
    try (DemoBackends demo = DemoBackends.start()) {
      URI uri = URI.create("http://127.0.0.1:" + demo.backends().get(2).port() + "/");
      for (int number = 1; number <= 10; number++) {
        assertThat(Http.get(uri).statusCode()).isEqualTo(number % 5 == 0 ? 503 : 200);
      }
    }
  }

  @Test
  void delaysAreBetween50And400MillisecondsAndSpread() {
    assertThat(LongStream.range(0, 351).map(n -> DemoBackends.delay(n).toMillis()).distinct())
        .hasSize(351)
        .allMatch(millis -> millis >= 50 && millis <= 400);
  }
}
