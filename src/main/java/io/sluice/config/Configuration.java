package io.sluice.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything the file says: what is fixed for the process's life, and the first snapshot.
 *
 * @param threads event loops, 1 to 1024
 * @param listeners of the data plane, at least one
 * @param resolvers DNS servers that backends' names are asked of, in this order, with IP literals
 *     as hosts; default: the system's
 * @param trustedProxies peers whose forwarded fields are believed; default none
 * @param via pseudonym put into a Via field (RFC 9110 7.6.3); null (default): no Via
 * @param admin the management plane's address
 * @param shutdown how the process ends
 * @param accessLog how requests are logged
 * @param extensions directory of jars with filters and balancers; default {@code ./extensions}; it
 *     need not exist
 * @param bootstrap pools and routes
 */
public record Configuration(
    int threads,
    List<ListenerSpec> listeners,
    List<Address.Tcp> resolvers,
    List<Cidr> trustedProxies,
    @Nullable String via,
    Address.Tcp admin,
    Shutdown shutdown,
    AccessLog accessLog,
    Path extensions,
    Snapshot bootstrap) {

  public Configuration {
    listeners = List.copyOf(listeners);
    resolvers = List.copyOf(resolvers);
    trustedProxies = List.copyOf(trustedProxies);
  }

  /**
   * How the process ends.
   *
   * @param lameDuck between readiness going down and listeners closing; default 0
   * @param grace the longest wait for requests in flight; default 300 s
   */
  public record Shutdown(Duration lameDuck, Duration grace) {
    /** The defaults. */
    public static final Shutdown DEFAULT = new Shutdown(Duration.ZERO, Duration.ofMinutes(5));
  }

  /**
   * One line for each request.
   *
   * @param format default {@link Format#JSON}
   * @param target {@code stdout} (default), {@code stderr}, {@code off} or an absolute or relative
   *     file path
   */
  public record AccessLog(Format format, String target) {
    /** The defaults. */
    public static final AccessLog DEFAULT = new AccessLog(Format.JSON, "stdout");

    /** How a line looks. */
    public enum Format {
      JSON,
      TEXT
    }
  }
}
