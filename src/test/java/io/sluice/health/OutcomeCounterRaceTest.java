package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.PoolSpec.Ejection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutcomeCounterRaceTest {
  private static final int THREADS = 4;
  private static final int RUNS = 500;

  private final AtomicInteger rows = new AtomicInteger();
  private final AtomicInteger probes = new AtomicInteger();

  private OutcomeCounter counter() {
    return new OutcomeCounter(
        new Ejection(THREADS * 10, 0, 0, 0, Duration.ofSeconds(1), 0.5),
        new OutcomeCounter.Listener() {
          @Override
          public void rowOfFailures(int failures, boolean gateway) {
            rows.incrementAndGet();
          }

          @Override
          public void probeEnded(int status, long firstByteNanos) {
            probes.incrementAndGet();
          }
        });
  }

  @Test
  void howeverManyLoopsFailAtOnceOneTellsOfTheRowAndOneOfTheProbe() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int run = 0; run < RUNS; run++) {
        OutcomeCounter counter = counter();
        counter.awaitProbe(1);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
          all.add(
              threads.submit(
                  () -> {
                    start.await();
                    for (int i = 0; i < 20; i++) {
                      counter.tryEnded(502, 2, -1);
                    }
                    return null;
                  }));
        }
        for (Future<?> one : all) {
          one.get();
        }
        assertThat(rows.getAndSet(0)).as("run %d: rows told", run).isEqualTo(1);
        assertThat(probes.getAndSet(0)).as("run %d: probes told", run).isEqualTo(1);
      }
    }
  }
}
