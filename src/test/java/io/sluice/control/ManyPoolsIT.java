package io.sluice.control;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.testkit.Await;
import io.sluice.testkit.Edits;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RouteSetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thousand pools of ten backends each, with routes and checks. What it takes is logged and not
 * judged; that it works is.
 */
class ManyPoolsIT {
  private static final Logger LOG = LoggerFactory.getLogger(ManyPoolsIT.class);
  private static final int POOLS = 1000;
  private static final int BACKENDS = 10;
  private static final int CHANGES = 200;

  @Test
  void aChangeOfOneWeightIsInForceWithoutTheOthersBeingTouched() throws Exception {
    try (ScriptedBackend one = ScriptedBackend.start("one")) {
      ProxySetup setup = setup(one.port());
      long begin = System.nanoTime();
      try (RunningProxy proxy = setup.start()) {
        LOG.info("start: {} ms", (System.nanoTime() - begin) / 1_000_000);
        assertThat(proxy.once(head("GET /p7 HTTP/1.1", "Host: t")).status()).isEqualTo(200);
        assertThat(proxy.status().backends()).hasSize(POOLS * BACKENDS);
        measure(proxy, "weight", n -> Edits.backend("p7", "b3", b -> b.withWeight(n + 2)));
        measure(
            proxy,
            "route",
            n -> Edits.add(RouteSetup.route("x" + n).path("/x" + n).toPool("p" + n)));
        measure(proxy, "pool", n -> Edits.add(PoolSpec.of("new" + n, List.of())));
        assertThat(proxy.once(head("GET /x7 HTTP/1.1", "Host: t")).status()).isEqualTo(200);
        Await.until(
            () -> proxy.backend("b3").checks() != null, "checks of the first pool have begun");
      }
    }
  }

  private static ProxySetup setup(int port) {
    ProxySetup setup = new ProxySetup();
    HealthCheckSpec seldom = HealthCheckSpec.DEFAULT.withInterval(Duration.ofMinutes(1));
    for (int p = 0; p < POOLS; p++) {
      List<BackendSpec> backends = new ArrayList<>();
      for (int b = 0; b < BACKENDS; b++) {
        backends.add(BackendSpec.of("b" + b, new Address.Tcp("127.0.0." + (b + 1), port)));
      }
      setup.pool(PoolSpec.of("p" + p, backends).withHealthCheck(seldom));
      setup.route(RouteSetup.route("r" + p).path("/p" + p).toPool("p" + p));
    }
    return setup;
  }

  private interface NumberedEdit {
    UnaryOperator<Snapshot> of(int number);
  }

  private static void measure(RunningProxy proxy, String what, NumberedEdit edit) {
    long[] micros = new long[CHANGES];
    for (int i = 0; i < CHANGES; i++) {
      long begin = System.nanoTime();
      assertThat(proxy.change(edit.of(i)).changed()).isTrue();
      micros[i] = (System.nanoTime() - begin) / 1000;
    }
    Arrays.sort(micros);
    LOG.info(
        "change of a {}: median {} us, 95th of 100 {} us, most {} us",
        what,
        micros[CHANGES / 2],
        micros[CHANGES * 95 / 100],
        micros[CHANGES - 1]);
  }
}
