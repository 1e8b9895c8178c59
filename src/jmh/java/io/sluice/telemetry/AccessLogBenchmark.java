package io.sluice.telemetry;

import io.sluice.config.Configuration.AccessLog.Format;
import io.sluice.http.Ascii;
import io.sluice.proxy.ProxyObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a request's end costs the event loop: the line of the access log, the counters, both. The
 * queue is emptied by the same thread into nothing each time it is half full, so that no line is
 * dropped, which would be cheaper.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class AccessLogBenchmark {
  private static final int REQUESTS = 64;

  private final Finished[] requests = new Finished[REQUESTS];
  private final WritableByteChannel nowhere = new Nowhere();
  private boolean halfFull;
  private int next;
  private final LogQueue queue;
  private final ProxyObserver.Loop json;
  private final ProxyObserver.Loop text;
  private final ProxyObserver.Loop metrics;
  private final ProxyObserver.Loop all;

  private static final class Nowhere implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) {
      int count = bytes.remaining();
      bytes.position(bytes.limit());
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  /** Requests as a browser's: three backends, targets of different lengths. */
  public AccessLogBenchmark() {
    for (int i = 0; i < REQUESTS; i++) {
      byte[] target = Ascii.bytes("/api/v1/orders/" + i * 7919L * 7919L + "/items?page=" + i);
      requests[i] =
          new Finished()
              .head(Ascii.bytes("GET"), Ascii.bytes("shop.example.com"), target)
              .to("default", "backend-" + i % 3, "10.0.0." + i % 3 + ":8080")
              .nanos(200_000 + i * 17_001L, 150_000 + i * 13_003L, 0)
              .bytes(0, 400 + i * 31L);
    }
    queue = new LogQueue(() -> halfFull = true);
    InstantSource clock = InstantSource.system();
    json = new AccessLog.LoopLog(queue, new LogLine(Format.JSON), clock);
    text = new AccessLog.LoopLog(queue, new LogLine(Format.TEXT), clock);
    metrics = new TrafficMetrics().forLoop(0, Runnable::run);
    ProxyObserver log = (loop, tasks) -> json;
    all = ProxyObservers.of(log, new TrafficMetrics()).forLoop(0, Runnable::run);
  }

  private Finished request() {
    next = next + 1 & REQUESTS - 1;
    return requests[next];
  }

  private void empty() throws IOException {
    if (halfFull) {
      halfFull = false;
      queue.drainTo(nowhere);
      if (queue.dropped() > 0) {
        throw new IllegalStateException("lines were dropped: the figures mean nothing");
      }
    }
  }

  /** A line of JSON. */
  @Benchmark
  public void json() throws IOException {
    json.requestEnded(request());
    empty();
  }

  /** A line of text. */
  @Benchmark
  public void text() throws IOException {
    text.requestEnded(request());
    empty();
  }

  /** The counters. */
  @Benchmark
  public void metrics() {
    metrics.requestEnded(request());
  }

  /** A line of JSON and the counters, as a request pays for them. */
  @Benchmark
  public void jsonAndMetrics() throws IOException {
    all.requestEnded(request());
    empty();
  }
}
