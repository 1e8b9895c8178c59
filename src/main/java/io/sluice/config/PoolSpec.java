package io.sluice.config;

import java.time.Duration;
import java.util.List;

/**
 * A wanted pool: backends with one algorithm and one set of connection rules.
 *
 * @param id unique name
 * @param algorithm {@code round-robin} (default) or the name of a balancer from an extension
 * @param backends in declaration order; ids and addresses are unique in the pool
 * @param tls TLS to backends that say nothing else
 * @param timeouts how long each step may take
 * @param keepAlive which upstream connections are kept for reuse
 */
public record PoolSpec(
    String id,
    String algorithm,
    List<BackendSpec> backends,
    TlsSpec tls,
    Timeouts timeouts,
    KeepAlive keepAlive) {

  /** The algorithm of a pool that names none. */
  public static final String ROUND_ROBIN = "round-robin";

  public PoolSpec {
    backends = List.copyOf(backends);
  }

  /** The TLS settings that hold for one of this pool's backends. */
  public TlsSpec tlsOf(BackendSpec backend) {
    return backend.tls() == null ? tls : backend.tls();
  }

  /**
   * Limits of time towards a backend; zero means none.
   *
   * @param connect until the TCP connection stands; default 1 s
   * @param tls until the TLS handshake is done; default 3 s
   * @param firstByte from the whole request sent to the first byte of the answer; default 30 s
   * @param idle between bytes of either body; default 60 s
   * @param total from the request's head to the answer's end; default none
   */
  public record Timeouts(
      Duration connect, Duration tls, Duration firstByte, Duration idle, Duration total) {
    /** The defaults. */
    public static final Timeouts DEFAULT =
        new Timeouts(
            Duration.ofSeconds(1),
            Duration.ofSeconds(3),
            Duration.ofSeconds(30),
            Duration.ofMinutes(1),
            Duration.ZERO);
  }

  /**
   * Which idle upstream connections are kept.
   *
   * @param maxIdlePerThread for each backend on each event loop; default 128; 0 keeps none
   * @param idleTimeout closed after this time unused; default 60 s
   * @param maxAge not reused when older; zero (default): no limit
   * @param maxRequests closed after so many; 0 (default): no limit
   */
  public record KeepAlive(
      int maxIdlePerThread, Duration idleTimeout, Duration maxAge, int maxRequests) {
    /** The defaults. */
    public static final KeepAlive DEFAULT =
        new KeepAlive(128, Duration.ofMinutes(1), Duration.ZERO, 0);
  }
}
