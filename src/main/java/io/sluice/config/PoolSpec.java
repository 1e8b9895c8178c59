package io.sluice.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A wanted pool: backends with one algorithm and one set of connection rules.
 *
 * @param id unique name
 * @param algorithm {@code round-robin} (default), another of Sluice's own or the name of a balancer
 *     from an extension
 * @param backends in declaration order; ids and addresses are unique in the pool
 * @param tls TLS to backends that say nothing else
 * @param timeouts how long each step may take
 * @param keepAlive which upstream connections are kept for reuse
 * @param balance how the algorithm chooses
 * @param limits how much the pool takes at once
 * @param retries when a request is sent again
 * @param healthCheck active checks; null: none, and no backend is ever down
 * @param ejection when a backend is left out for what its answers show
 * @param minimumCapacity the least share of the pool's weight, 0 to 1, that must stay eligible when
 *     the configuration is changed; 0 (default): any
 * @param proxyProtocol whether a connection to a backend begins with the client's addresses
 */
public record PoolSpec(
    String id,
    String algorithm,
    List<BackendSpec> backends,
    TlsSpec tls,
    Timeouts timeouts,
    KeepAlive keepAlive,
    BalanceSpec balance,
    Limits limits,
    Retries retries,
    @Nullable HealthCheckSpec healthCheck,
    Ejection ejection,
    double minimumCapacity,
    ProxyProtocol proxyProtocol) {

  /** The algorithm of a pool that names none. */
  public static final String ROUND_ROBIN = "round-robin";

  public PoolSpec {
    backends = List.copyOf(backends);
  }

  /** A pool with the defaults: round robin, plain connections, no checks. */
  public static PoolSpec of(String id, List<BackendSpec> backends) {
    return new PoolSpec(
        id,
        ROUND_ROBIN,
        backends,
        TlsSpec.OFF,
        Timeouts.DEFAULT,
        KeepAlive.DEFAULT,
        BalanceSpec.DEFAULT,
        Limits.DEFAULT,
        Retries.DEFAULT,
        null,
        Ejection.DEFAULT,
        0.0,
        ProxyProtocol.NONE);
  }

  /** The same by this algorithm. */
  public PoolSpec withAlgorithm(String wanted) {
    return with(draft -> draft.algorithm = wanted);
  }

  /** The same with these backends. */
  public PoolSpec withBackends(List<BackendSpec> wanted) {
    return with(draft -> draft.backends = wanted);
  }

  /** The backend with this id; null: there is none. */
  public @Nullable BackendSpec backend(String wanted) {
    for (BackendSpec backend : backends) {
      if (backend.id().equals(wanted)) {
        return backend;
      }
    }
    return null;
  }

  /** The same with this backend in the place of the one with its id. */
  public PoolSpec withBackend(BackendSpec wanted) {
    return withBackends(
        backends.stream()
            .map(backend -> backend.id().equals(wanted.id()) ? wanted : backend)
            .toList());
  }

  /** The same without the backend with this id. */
  public PoolSpec withoutBackend(String gone) {
    return withBackends(backends.stream().filter(backend -> !backend.id().equals(gone)).toList());
  }

  /** The same with this TLS. */
  public PoolSpec withTls(TlsSpec wanted) {
    return with(draft -> draft.tls = wanted);
  }

  /** The same with these timeouts. */
  public PoolSpec withTimeouts(Timeouts wanted) {
    return with(draft -> draft.timeouts = wanted);
  }

  /** The same with these rules for kept connections. */
  public PoolSpec withKeepAlive(KeepAlive wanted) {
    return with(draft -> draft.keepAlive = wanted);
  }

  /** The same with this balancing. */
  public PoolSpec withBalance(BalanceSpec wanted) {
    return with(draft -> draft.balance = wanted);
  }

  /** The same with these limits. */
  public PoolSpec withLimits(Limits wanted) {
    return with(draft -> draft.limits = wanted);
  }

  /** The same with these retries. */
  public PoolSpec withRetries(Retries wanted) {
    return with(draft -> draft.retries = wanted);
  }

  /** The same with these checks; null: without. */
  public PoolSpec withHealthCheck(@Nullable HealthCheckSpec wanted) {
    return with(draft -> draft.healthCheck = wanted);
  }

  /** The same with this rule of ejection. */
  public PoolSpec withEjection(Ejection wanted) {
    return with(draft -> draft.ejection = wanted);
  }

  /** The same with this least share. */
  public PoolSpec withMinimumCapacity(double wanted) {
    return with(draft -> draft.minimumCapacity = wanted);
  }

  /** The same with this version of the PROXY protocol. */
  public PoolSpec withProxyProtocol(ProxyProtocol wanted) {
    return with(draft -> draft.proxyProtocol = wanted);
  }

  /** Where one component is another one and the rest stays. */
  private static final class Draft {
    private String id;
    private String algorithm;
    private List<BackendSpec> backends;
    private TlsSpec tls;
    private Timeouts timeouts;
    private KeepAlive keepAlive;
    private BalanceSpec balance;
    private Limits limits;
    private Retries retries;
    private @Nullable HealthCheckSpec healthCheck;
    private Ejection ejection;
    private double minimumCapacity;
    private ProxyProtocol proxyProtocol;

    Draft(PoolSpec spec) {
      id = spec.id;
      algorithm = spec.algorithm;
      backends = spec.backends;
      tls = spec.tls;
      timeouts = spec.timeouts;
      keepAlive = spec.keepAlive;
      balance = spec.balance;
      limits = spec.limits;
      retries = spec.retries;
      healthCheck = spec.healthCheck;
      ejection = spec.ejection;
      minimumCapacity = spec.minimumCapacity;
      proxyProtocol = spec.proxyProtocol;
    }

    PoolSpec spec() {
      return new PoolSpec(
          id,
          algorithm,
          backends,
          tls,
          timeouts,
          keepAlive,
          balance,
          limits,
          retries,
          healthCheck,
          ejection,
          minimumCapacity,
          proxyProtocol);
    }
  }

  private PoolSpec with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.spec();
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

  /**
   * How much a pool takes at once; 0 means no limit.
   *
   * @param connectionsPerBackend connections to one backend, in use and idle, 0 to 1000000
   * @param requestsPerBackend requests in flight on one backend, 0 to 1000000
   * @param requests requests in flight in the pool, those that wait included, 0 to 10000000;
   *     beyond: 503 at once
   * @param queue requests that may wait for a backend with room, 0 to 1000000; 0 (default): none,
   *     503 at once
   * @param queueTimeout longest wait, 1 ms to 1 h; default 1 s; beyond: 503
   */
  public record Limits(
      int connectionsPerBackend,
      int requestsPerBackend,
      int requests,
      int queue,
      Duration queueTimeout) {
    /** None. */
    public static final Limits DEFAULT = new Limits(0, 0, 0, 0, Duration.ofSeconds(1));

    /**
     * Requests that one backend has at most, 0: any number. A connection of HTTP/1.1 carries one
     * request at a time, so both limits bound them.
     */
    public int mostPerBackend() {
      return requestsPerBackend == 0 || connectionsPerBackend == 0
          ? Math.max(requestsPerBackend, connectionsPerBackend)
          : Math.min(requestsPerBackend, connectionsPerBackend);
    }
  }

  /**
   * When a request is sent again, to another backend while there is one.
   *
   * @param attempts further tries after the first, 0 to 10; default 1; 0: none
   * @param on what lets a try count as failed; default connect failure and reset
   * @param onStatuses answers that do so too: 408, 425, 429 and 500 to 599; default none
   * @param methods which requests; default {@link Methods#IDEMPOTENT}
   * @param perTryTimeout from the choice of a backend to the answer's first byte; beyond, the try
   *     has failed; zero (default): none
   * @param backOff mean wait before the second further try, doubled before each one after it and
   *     drawn at random; 0 s to 1 m; default 25 ms; the first further try waits only when it goes
   *     to the same backend
   * @param budget how many further tries the pool makes at most
   */
  public record Retries(
      int attempts,
      Set<Condition> on,
      Set<Integer> onStatuses,
      Methods methods,
      Duration perTryTimeout,
      Duration backOff,
      Budget budget) {
    /** The defaults. */
    public static final Retries DEFAULT =
        new Retries(
            1,
            Set.of(Condition.CONNECT_FAILURE, Condition.RESET),
            Set.of(),
            Methods.IDEMPOTENT,
            Duration.ZERO,
            Duration.ofMillis(25),
            Budget.DEFAULT);

    /** A request is tried once. */
    public static final Retries NONE = DEFAULT.withAttempts(0);

    public Retries {
      on = Set.copyOf(on);
      onStatuses = Set.copyOf(onStatuses);
    }

    /** The same with so many further tries. */
    public Retries withAttempts(int wanted) {
      return new Retries(wanted, on, onStatuses, methods, perTryTimeout, backOff, budget);
    }

    /** The same on these conditions. */
    public Retries withOn(Set<Condition> wanted, Set<Integer> statuses) {
      return new Retries(attempts, wanted, statuses, methods, perTryTimeout, backOff, budget);
    }

    /** The same for these requests. */
    public Retries withMethods(Methods wanted) {
      return new Retries(attempts, on, onStatuses, wanted, perTryTimeout, backOff, budget);
    }

    /** The same with this timeout for a try. */
    public Retries withPerTryTimeout(Duration wanted) {
      return new Retries(attempts, on, onStatuses, methods, wanted, backOff, budget);
    }

    /** The same with this back-off. */
    public Retries withBackOff(Duration wanted) {
      return new Retries(attempts, on, onStatuses, methods, perTryTimeout, wanted, budget);
    }

    /** The same with this budget. */
    public Retries withBudget(Budget wanted) {
      return new Retries(attempts, on, onStatuses, methods, perTryTimeout, backOff, wanted);
    }

    /** What lets a try count as failed. */
    public enum Condition {
      /** No connection came about: refused, unreachable, too slow, TLS failed. */
      CONNECT_FAILURE,
      /** The backend says that it has not begun with the request. */
      REFUSED_STREAM,
      /**
       * The connection ended before the answer's head was whole, or the try's time passed before
       * its first byte.
       */
      RESET
    }

    /** Which requests may be sent again. */
    public enum Methods {
      /** Those that RFC 9110 9.2.2 calls idempotent. */
      IDEMPOTENT,
      /** All; only for backends that recognise a repeated request. */
      ALL
    }

    /**
     * Keeps retries from multiplying an outage.
     *
     * @param ratio further tries as a share of the pool's requests in flight, 0 to 1; default 0.2
     * @param minPerSecond further tries that are always allowed in a second, 0 to 1000000; default
     *     10
     */
    public record Budget(double ratio, int minPerSecond) {
      /** The defaults. */
      public static final Budget DEFAULT = new Budget(0.2, 10);
    }
  }

  /** What a connection to a backend begins with, so that the backend knows the client. */
  public enum ProxyProtocol {
    /** With nothing (default): connections are shared by all clients. */
    NONE,
    /** With a line of HAProxy's PROXY protocol; a connection is for one client connection. */
    V1,
    /** The same in the binary form. */
    V2
  }

  /**
   * When a backend is left out for a time because of its answers; 0 switches a test off.
   *
   * @param consecutiveGatewayErrors connect failures, resets, malformed answers, timeouts, 502, 503
   *     and 504 in a row, 0 to 1000; default 5
   * @param consecutive5xx the same with every 5xx, 0 to 1000; default 0
   * @param successRate standard deviations, 0 to 10, that its share of good answers may lie below
   *     the mean of the pool's; default 0
   * @param latencyFactor multiple, 0 to 1000, of the pool's median latency that its own may reach;
   *     default 0
   * @param baseTime of the first ejection, 1 ms to 24 h; each one that follows soon is longer;
   *     default 30 s
   * @param maxShare of the pool's backends that may be ejected at once, 0 to 1; default 0.5
   */
  public record Ejection(
      int consecutiveGatewayErrors,
      int consecutive5xx,
      double successRate,
      double latencyFactor,
      Duration baseTime,
      double maxShare) {
    /** The defaults. */
    public static final Ejection DEFAULT =
        new Ejection(5, 0, 0.0, 0.0, Duration.ofSeconds(30), 0.5);

    /** No backend is ever ejected. */
    public static final Ejection NONE = new Ejection(0, 0, 0.0, 0.0, Duration.ofSeconds(30), 0.5);
  }
}
