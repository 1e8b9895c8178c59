package io.sluice.balance;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the choice of a backend costs, by algorithm and number of backends. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class PickBenchmark {
  private static final int KEYS = 1024;

  /** The algorithm's name in the configuration. */
  @Param({"round-robin", "random", "least-request", "least-latency", "ring-hash", "maglev"})
  String algorithm = "";

  @Param({"10", "10000"})
  int backends;

  private final Key request = new Key();
  private @Nullable Pool pool;

  /** A request whose key is another one each time. */
  private static final class Key implements PickContext {
    private final byte[][] keys = new byte[KEYS][];
    private int next;

    Key() {
      for (int i = 0; i < KEYS; i++) {
        keys[i] = ("192.0.2." + i).getBytes(StandardCharsets.US_ASCII);
      }
    }

    @Override
    public long read(BalanceSpec.Key key, KeyReader reader) {
      byte[] bytes = keys[next++ & (KEYS - 1)];
      return reader.read(bytes, 0, bytes.length);
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public String path() {
      return "/";
    }

    @Override
    public @Nullable String query() {
      return null;
    }

    @Override
    public String clientAddress() {
      return "192.0.2.1";
    }
  }

  /** Backends that have answered and are in the middle of some requests. */
  @Setup
  public void fill() {
    List<BackendSpec> specs = new ArrayList<>();
    for (int i = 0; i < backends; i++) {
      specs.add(
          BackendSpec.of(new Address.Tcp("10.0." + (i >> 8) + "." + (i & 255), 8080))
              .withWeight(1 + i % 3));
    }
    PoolSpec spec = PoolSpec.of("p", specs);
    List<Backend> living = new ArrayList<>();
    specs.forEach(b -> living.add(new Backend("p", b, TlsSpec.OFF)));
    Balancer.Factory factory =
        Algorithms.builtIn().stream()
            .filter(f -> f.name().equals(algorithm))
            .findFirst()
            .orElseThrow();
    pool = new Pool(spec, living, factory.create(spec), Runnable::run);
    for (int i = 0; i < backends; i++) {
      living.get(i).latency(1_000_000L + i);
      living.get(i).requestStarted();
    }
  }

  /** One choice. */
  @Benchmark
  public @Nullable Backend pick() {
    return pool == null ? null : pool.pick(request);
  }
}
