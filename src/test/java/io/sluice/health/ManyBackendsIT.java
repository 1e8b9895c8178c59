package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Backend;
import io.sluice.balance.Health.State;
import io.sluice.config.BackendSpec;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.ScriptedBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ManyBackendsIT {
  private static final int BACKENDS = 2_000;

  private static boolean isDead(Backend backend) {
    return Integer.parseInt(backend.id().substring(1)) % 2 == 1;
  }

  private static PoolSpec many(int live, int dead) {
    List<BackendSpec> backends = new ArrayList<>();
    for (int i = 0; i < BACKENDS; i++) {
      backends.add(CheckedPool.backend("b" + i, i % 2 == 1 ? dead : live));
    }
    HealthCheckSpec everySecond =
        HealthCheckSpec.DEFAULT.withTimeout(Await.DEADLINE).withInterval(Duration.ofSeconds(1));
    return PoolSpec.of("many", backends).withHealthCheck(everySecond);
  }

  private static Set<String> healthThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("sluice-health"))
        .collect(Collectors.toSet());
  }

  @Test
  void everyBackendGetsItsOwnResultFromAFewThreads() throws Exception {
    Set<String> before = healthThreads();
    try (ScriptedBackend live = ScriptedBackend.start();
        CheckedPool pool = CheckedPool.of(many(live.port(), Ports.closed()))) {
      for (Backend backend : pool.pool().backends()) {
        State expected = isDead(backend) ? State.DOWN : State.UP;
        Await.until(() -> backend.health().state() == expected, backend + " is found " + expected);
      }
      Set<String> threads = healthThreads();
      threads.removeAll(before);
      assertThat(threads).hasSizeBetween(1, 4);
      for (int i = 1; i <= BACKENDS; i += 97) {
        pool.awaitChecks(i, 1);
        assertThat(pool.status(i).counts().transitions()).isEqualTo(1);
      }
    }
  }
}
