package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Facts change while every event loop picks. */
class PoolRaceTest {
  private static final int LOOPS = 3;

  /** A time in which nobody may pick a backend; each one is an object of its own. */
  private record Out(@Nullable Backend backend) {}

  /** Written by the test, read before and after each pick. */
  private final AtomicReference<Out> out = new AtomicReference<>(new Out(null));

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicInteger picks = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(
      strings = {"round-robin", "random", "least-request", "least-latency", "ring-hash", "maglev"})
  void oncePublishedNoPickGivesABackendThatIsOut(String algorithm) throws Exception {
    PoolSpec spec = TestPool.spec("a", "b", "c", "d");
    Balancer balancer =
        Algorithms.builtIn().stream()
            .filter(f -> f.name().equals(algorithm))
            .findFirst()
            .orElseThrow()
            .create(spec);
    try (ExecutorService control = Executors.newSingleThreadExecutor();
        ExecutorService loops = Executors.newFixedThreadPool(LOOPS)) {
      TestPool pool = new TestPool(spec, balancer, control);
      List<Future<Integer>> wrong = new ArrayList<>();
      for (int i = 0; i < LOOPS; i++) {
        wrong.add(loops.submit(() -> pickWithoutEnd(pool.pool())));
      }
      try {
        for (int round = 0; round < 60; round++) {
          takeOutAndBack(pool.pool().backends().get(round % 4), round, control);
        }
      } finally {
        stop.set(true);
      }
      for (Future<Integer> one : wrong) {
        assertThat(one.get()).as("picks of a backend that was out, or of none").isZero();
      }
      assertThat(pool.pool().inFlight()).isZero();
    }
  }

  private void takeOutAndBack(Backend backend, int round, ExecutorService control)
      throws Exception {
    if (round % 2 == 0) {
      backend.health(new Health(Health.State.DOWN, "test", Instant.EPOCH));
    } else {
      backend.ejection(new Ejection(Instant.MAX, "test", round));
    }
    published(control);
    out.set(new Out(backend));
    int seen = picks.get();
    while (picks.get() - seen < 500) {
      Thread.onSpinWait();
    }
    out.set(new Out(null));
    backend.health(new Health(Health.State.UP, "test", Instant.EPOCH));
    backend.ejection(new Ejection(null, "test", round));
    published(control);
  }

  /** The control thread works in order: what was asked for before is done. */
  private static void published(ExecutorService control) throws Exception {
    control.submit(() -> {}).get();
  }

  private int pickWithoutEnd(Pool pool) {
    int wrong = 0;
    for (int i = 0; !stop.get(); i++) {
      Out before = Objects.requireNonNull(out.get());
      Backend picked = pool.pick(TestRequest.of("key " + i % 100));
      if (picked == null || (picked == before.backend && out.get() == before)) {
        wrong++;
      } else {
        picked.requestStarted();
        picked.latency(1000 + i % 1000);
        picked.requestEnded();
      }
      picks.incrementAndGet();
    }
    return wrong;
  }
}
