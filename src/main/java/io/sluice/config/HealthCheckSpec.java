package io.sluice.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Active checks of a pool's backends.
 *
 * @param type what a check does; default {@link Type#TCP}
 * @param interval between two checks of a backend that is up or unknown, 10 ms to 24 h; default 1 s
 * @param unhealthyInterval the same for one that is down; default 1 s
 * @param timeout for a whole check, 1 ms to 1 h; default 1 s
 * @param rise passed checks in a row that bring a backend up, 1 to 100; default 1
 * @param fall failed checks in a row that bring it down, 1 to 100; default 1
 * @param jitter share of the interval, 0 to 0.5, by which each wait is changed at random in either
 *     direction; default 0.1
 * @param startUp whether a backend that was not checked yet takes requests; default true
 * @param tls TLS of the checks; null: the backend's
 * @param http what is asked and expected with {@link Type#HTTP}
 */
public record HealthCheckSpec(
    Type type,
    Duration interval,
    Duration unhealthyInterval,
    Duration timeout,
    int rise,
    int fall,
    double jitter,
    boolean startUp,
    @Nullable TlsSpec tls,
    Http http) {

  /** The defaults of a pool that has checks. */
  public static final HealthCheckSpec DEFAULT =
      new HealthCheckSpec(
          Type.TCP,
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          1,
          1,
          0.1,
          true,
          null,
          Http.DEFAULT);

  /** Kinds of checks. */
  public enum Type {
    /** A connection is accepted; with TLS given, its handshake succeeds too. */
    TCP,
    /** A request over HTTP/1.1 gets the expected answer; over TLS when TLS is enabled. */
    HTTP
  }

  /** The same with this type. */
  public HealthCheckSpec withType(Type wanted) {
    return new HealthCheckSpec(
        wanted, interval, unhealthyInterval, timeout, rise, fall, jitter, startUp, tls, http);
  }

  /** The same with both intervals this long. */
  public HealthCheckSpec withInterval(Duration wanted) {
    return new HealthCheckSpec(
        type, wanted, wanted, timeout, rise, fall, jitter, startUp, tls, http);
  }

  /** The same with this timeout. */
  public HealthCheckSpec withTimeout(Duration wanted) {
    return new HealthCheckSpec(
        type, interval, unhealthyInterval, wanted, rise, fall, jitter, startUp, tls, http);
  }

  /** The same with these numbers of checks in a row. */
  public HealthCheckSpec withRiseAndFall(int up, int down) {
    return new HealthCheckSpec(
        type, interval, unhealthyInterval, timeout, up, down, jitter, startUp, tls, http);
  }

  /** The same with this request. */
  public HealthCheckSpec withHttp(Http wanted) {
    return new HealthCheckSpec(
        type, interval, unhealthyInterval, timeout, rise, fall, jitter, startUp, tls, wanted);
  }

  /** The same for a backend that was not checked yet: whether it takes requests. */
  public HealthCheckSpec withStartUp(boolean wanted) {
    return new HealthCheckSpec(
        type, interval, unhealthyInterval, timeout, rise, fall, jitter, wanted, tls, http);
  }

  /**
   * The request of a check and what is expected.
   *
   * @param method default GET
   * @param path with its query, if any; default {@code /}
   * @param host the Host field; null: the backend's address
   * @param expectStatus default 200 to 399
   * @param expectBody null: any body
   * @param headers fields that are added
   * @param port where the checks go; 0 (default): the backend's port
   * @param reuseConnection whether one connection serves many checks; default false, so that a
   *     check meets what a new client meets
   */
  public record Http(
      String method,
      String path,
      @Nullable String host,
      List<StatusRange> expectStatus,
      @Nullable BodyPattern expectBody,
      Map<String, String> headers,
      int port,
      boolean reuseConnection) {
    /** The defaults. */
    public static final Http DEFAULT =
        new Http("GET", "/", null, List.of(new StatusRange(200, 399)), null, Map.of(), 0, false);

    public Http {
      expectStatus = List.copyOf(expectStatus);
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /** Whether a status is expected. */
    public boolean expects(int status) {
      for (StatusRange range : expectStatus) {
        if (status >= range.from() && status <= range.to()) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Statuses, both ends included.
   *
   * @param from 100 to 599
   * @param to not less
   */
  public record StatusRange(int from, int to) {
    /** As it is written in the configuration. */
    @Override
    public String toString() {
      return from == to ? Integer.toString(from) : from + "-" + to;
    }
  }

  /**
   * What a body must have in it.
   *
   * @param text the text itself, or a regular expression of Java's
   * @param isRegex which of the two
   */
  public record BodyPattern(String text, boolean isRegex) {
    /** As it is written in the configuration. */
    @Override
    public String toString() {
      return isRegex ? "/" + text + "/" : text;
    }
  }
}
