package io.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.control.DataPlaneStatus;
import io.sluice.proxy.ProxyObserver;
import io.sluice.telemetry.Statistics.Series;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Loops that count as fast as they can, and a collector that takes as fast as it can. */
class StatisticsRaceTest {
  private static final int LOOPS = 3;
  private static final int BACKENDS = 40;
  private static final int REQUESTS = 1_500_000;
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final DataPlaneStatus NOTHING =
      new DataPlaneStatus(0, 0, 0, 0, List.of(), List.of(), List.of(), List.of());

  private final AtomicLong nanos = new AtomicLong();
  private final InstantSource wall = () -> BEGIN.plusNanos(nanos.get());
  private final Statistics statistics = new Statistics(nanos::get, wall, 1 << 30);

  private final Map<Series, Long> requests = new HashMap<>();
  private final Map<Series, Long> retries = new HashMap<>();

  /** Works as an event loop does: requests, and between them tasks that others have given it. */
  private final class Worker implements Executor, Runnable {
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ProxyObserver.Loop loop;
    private final Thread thread = Thread.ofPlatform().unstarted(this);

    /** Guards the end against tasks that come with it. */
    private final Object end = new Object();

    private boolean ended;

    Worker(int number) {
      loop = statistics.forLoop(number, this);
    }

    @Override
    public void execute(Runnable task) {
      synchronized (end) {
        if (ended) {
          throw new RejectedExecutionException("ended");
        }
        tasks.add(task);
      }
    }

    private void runTasks() {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    }

    @Override
    public void run() {
      Finished[] requests = new Finished[BACKENDS];
      for (int i = 0; i < BACKENDS; i++) {
        requests[i] =
            Finished.get("/")
                .to("p" + i % 3, "b" + i, "x")
                .route(i % 2 == 0 ? "even" : "odd")
                .bytes(1, 3)
                .status(100 * (i % 6));
      }
      for (int i = 0; i < REQUESTS; i++) {
        loop.requestEnded(requests[i % BACKENDS]);
        if (i % 5 == 0) {
          loop.triedAgain(requests[i % BACKENDS]);
        }
        if (i % 64 == 0) {
          runTasks();
        }
      }
      synchronized (end) {
        runTasks();
        ended = true;
      }
    }
  }

  @Test
  void noRequestIsLostOrCountedTwiceBetweenLoopsAndCollector() throws Exception {
    statistics.prepare(() -> NOTHING, MinuteSink.NONE);
    List<Worker> workers = new ArrayList<>();
    for (int i = 0; i < LOOPS; i++) {
      workers.add(new Worker(i));
    }
    workers.forEach(worker -> worker.thread.start());
    int ticks = 0;
    while (workers.stream().anyMatch(worker -> worker.thread.isAlive())) {
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      statistics.tick();
      addLastSecond();
      ticks++;
    }
    for (Worker worker : workers) {
      worker.thread.join();
    }
    statistics.close();
    addLastSecond();
    assertThat(ticks).as("hand-overs while loops counted").isGreaterThan(10);

    long all = (long) LOOPS * REQUESTS;
    assertThat(sum(new Series.Total())).isEqualTo(List.of(all, all / 5));
    assertThat(sum(new Series.OfRoute("even"))).first().isEqualTo(all / 2);
    assertThat(sum(new Series.OfPool("p0"))).first().isEqualTo(all * 14 / 40);
    for (int i = 0; i < BACKENDS; i++) {
      assertThat(sum(new Series.OfBackend("p" + i % 3, "b" + i)))
          .isEqualTo(List.of(all / 40, i % 5 == 0 ? all / 40 : 0L));
    }
  }

  private void addLastSecond() {
    statistics
        .lastSecond()
        .forEach(
            (series, p) -> {
              assertThat(p.bytesIn()).isEqualTo(p.requests());
              assertThat(p.bytesOut()).isEqualTo(3 * p.requests());
              requests.merge(series, p.requests(), Long::sum);
              retries.merge(series, p.retries(), Long::sum);
            });
  }

  /** Requests and retries of all seconds. */
  private List<Long> sum(Series series) {
    return List.of(requests.getOrDefault(series, 0L), retries.getOrDefault(series, 0L));
  }
}
