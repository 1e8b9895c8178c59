package io.sluice.config;

import java.net.InetAddress;
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
 * @param mode who owns pools and routes; default {@link Mode#MANAGED}
 * @param store where a managed configuration is kept
 * @param admin the management plane
 * @param shutdown how the process ends
 * @param process what the process is to the system
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
    Mode mode,
    Store store,
    Admin admin,
    Shutdown shutdown,
    Process process,
    AccessLog accessLog,
    Path extensions,
    Snapshot bootstrap) {

  public Configuration {
    listeners = List.copyOf(listeners);
    resolvers = List.copyOf(resolvers);
    trustedProxies = List.copyOf(trustedProxies);
  }

  /** Who owns pools and routes. */
  public enum Mode {
    /** The store; the file only seeds an empty one. */
    MANAGED,
    /** The file; the API changes nothing. */
    DECLARATIVE
  }

  /**
   * The embedded store.
   *
   * @param path its file; default {@code ./data/sluice.db}
   * @param revisions how many are kept, 1 to 1,000,000; default 1000
   */
  public record Store(Path path, int revisions) {
    /** The defaults. */
    public static final Store DEFAULT = new Store(Path.of("./data/sluice.db"), 1000);
  }

  /**
   * The management plane.
   *
   * @param address where it listens; default 127.0.0.1:6189
   * @param basePath in front of every path; starts with a slash and, unless it is only that, ends
   *     without; default {@code /}
   * @param passwordFile holds the first password of {@code admin}; null: none
   * @param tokenFile holds the first token; null: none
   * @param allowedHosts names beside addresses that a Host field may have, in lower case; default
   *     {@code localhost}
   * @param deniedBackends networks that no backend may be in; default link-local ones and clouds'
   *     metadata services
   */
  public record Admin(
      Address.Tcp address,
      String basePath,
      @Nullable Path passwordFile,
      @Nullable Path tokenFile,
      List<String> allowedHosts,
      List<Cidr> deniedBackends) {
    /** The defaults. */
    public static final Admin DEFAULT = at(new Address.Tcp("127.0.0.1", 6189));

    public Admin {
      allowedHosts = List.copyOf(allowedHosts);
      deniedBackends = List.copyOf(deniedBackends);
    }

    /** The defaults at this address. */
    public static Admin at(Address.Tcp address) {
      return new Admin(address, "/", null, null, List.of("localhost"), Networks.NO_BACKENDS);
    }

    /** Whether no backend may be here; an IPv4 address in IPv6 form counts as what it leads to. */
    public boolean denies(InetAddress backend) {
      InetAddress address = Networks.unmapped(backend);
      return deniedBackends.stream().anyMatch(network -> network.contains(address));
    }
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
   * What the process is to the system. Relative paths start from the working directory.
   *
   * @param pidFile where the process's id stands while it lives; null (default): nowhere
   * @param errorLog where standard output and error of a background process go; null (default):
   *     nowhere
   * @param upgradeSocket the Unix socket on which a successor asks for the listeners; default
   *     {@code run/upgrade.sock} in the directory of the store
   * @param user whose rights the process keeps once what needs more is done; null (default): it
   *     stays who it is
   * @param group the same for the group; null (default): the user's own. Only with a user
   * @param closing how long closing may take once {@link Shutdown#grace} is over, 0 to 1 h; the
   *     process ends then anyway; default 5 s
   * @param upgrade how long a hand-over may take
   */
  @SuppressWarnings("JavaLangClash") // always read as Configuration.Process
  public record Process(
      @Nullable Path pidFile,
      @Nullable Path errorLog,
      Path upgradeSocket,
      @Nullable String user,
      @Nullable String group,
      Duration closing,
      Upgrade upgrade) {
    /** The defaults with this store. */
    public static Process beside(Store store) {
      return new Process(
          null,
          null,
          store.path().resolveSibling(Path.of("run", "upgrade.sock")),
          null,
          null,
          Duration.ofSeconds(5),
          Upgrade.DEFAULT);
    }
  }

  /**
   * How long the steps of an upgrade may take, 1 s to 1 h each.
   *
   * @param ready a successor to make itself ready once it has the sockets; then the upgrade is
   *     called off; default 60 s
   * @param successor that is waited for after SIGQUIT; then the process goes on as before; default
   *     60 s
   */
  public record Upgrade(Duration ready, Duration successor) {
    /** The defaults. */
    public static final Upgrade DEFAULT = new Upgrade(Duration.ofMinutes(1), Duration.ofMinutes(1));
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
