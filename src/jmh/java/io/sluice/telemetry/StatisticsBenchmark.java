package io.sluice.telemetry;

import io.sluice.control.DataPlaneStatus;
import io.sluice.proxy.ProxyObserver;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What statistics cost: the event loop at a request's end, beside the counters of the metrics; and
 * the collector for a second in which every backend had traffic from one loop.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class StatisticsBenchmark {
  private static final DataPlaneStatus NOTHING =
      new DataPlaneStatus(0, 0, 0, 0, List.of(), List.of(), List.of(), List.of());

  /** Backends that requests go to by turns. */
  @Param({"3", "1000"})
  int backends;

  private long nanos;
  private int next;
  private final Statistics statistics =
      new Statistics(() -> nanos, InstantSource.system(), 256 << 20);
  private final ProxyObserver.Loop loop = statistics.forLoop(0, Runnable::run);
  private final ProxyObserver.Loop metrics = new TrafficMetrics().forLoop(0, Runnable::run);
  private final ProxyObserver.Loop both =
      ProxyObservers.of((number, tasks) -> metrics, (number, tasks) -> loop)
          .forLoop(0, Runnable::run);
  private Finished[] requests = {};

  /** Requests of one route to as many backends. */
  @Setup(Level.Trial)
  public void prepare() {
    requests = new Finished[Math.max(64, backends)];
    for (int i = 0; i < requests.length; i++) {
      requests[i] =
          Finished.get("/")
              .to("default", "backend-" + i % backends, "10.0.0.1:8080")
              .nanos(200_000 + i * 7_001L, 150_000, 0)
              .bytes(0, 400 + i);
    }
    statistics.prepare(() -> NOTHING, MinuteSink.NONE);
  }

  /** Ends what {@link #prepare} has begun. */
  @TearDown(Level.Trial)
  public void close() {
    statistics.close();
  }

  private Finished request() {
    next = next + 1 == requests.length ? 0 : next + 1;
    return requests[next];
  }

  /** The counters of the metrics. */
  @Benchmark
  public void metrics() {
    metrics.requestEnded(request());
  }

  /** The statistics. */
  @Benchmark
  public void statistics() {
    loop.requestEnded(request());
  }

  /** Both, as a request pays for them. */
  @Benchmark
  public void metricsAndStatistics() {
    both.requestEnded(request());
  }

  /** A second of the collector: each backend had a request. Minutes and what is kept included. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public void collect() {
    for (Finished request : requests) {
      loop.requestEnded(request);
    }
    nanos += 1_000_000_000L;
    statistics.tick();
  }
}
