package io.sluice.testkit;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.Cidr;
import io.sluice.config.Configuration;
import io.sluice.config.ListenerSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.TlsSpec;
import io.sluice.control.Extensions;
import io.sluice.control.Inheritance;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a proxy under test is to do, with the product's defaults for whatever is not said. */
public final class ProxySetup {
  private int threads = 2;
  private ListenerSpec.Limits limits = ListenerSpec.Limits.DEFAULT;
  private Address address = new Address.Tcp("127.0.0.1", 0);
  private ListenerSpec.@Nullable SocketFile socketFile;
  private ListenerSpec.@Nullable ProxyProtocol proxyProtocol;
  private Inheritance inheritance = Inheritance.NONE;
  private PoolSpec.Timeouts timeouts = PoolSpec.Timeouts.DEFAULT;
  private PoolSpec.KeepAlive keepAlive = PoolSpec.KeepAlive.DEFAULT;
  private TlsSpec tls = TlsSpec.OFF;
  private PoolSpec.Retries retries = PoolSpec.Retries.DEFAULT;
  private PoolSpec.Limits poolLimits = PoolSpec.Limits.DEFAULT;
  private List<Cidr> trusted = List.of();
  private List<Address.Tcp> resolvers = List.of();
  private @Nullable String via;
  private UnaryOperator<PoolSpec> change = pool -> pool;
  private Extensions extensions = Extensions.none();
  private Configuration.Mode mode = Configuration.Mode.MANAGED;
  private Address.Tcp admin = new Address.Tcp("127.0.0.1", 0);
  private final List<PoolSpec> pools = new ArrayList<>();
  private final List<RouteSpec> routes = new ArrayList<>();

  public ProxySetup threads(int value) {
    threads = value;
    return this;
  }

  /** Where it listens; a port of the system's choice when not said. */
  public ProxySetup listen(Address value) {
    address = value;
    return this;
  }

  /** How a Unix socket's file is made. */
  public ProxySetup socketFile(ListenerSpec.SocketFile value) {
    socketFile = value;
    return this;
  }

  /** Which peers send PROXY headers. */
  public ProxySetup proxyProtocol(Cidr... acceptFrom) {
    proxyProtocol = new ListenerSpec.ProxyProtocol(List.of(acceptFrom));
    return this;
  }

  /** What it takes over from another one. */
  public ProxySetup inherit(Inheritance value) {
    inheritance = value;
    return this;
  }

  public ProxySetup limits(ListenerSpec.Limits value) {
    limits = value;
    return this;
  }

  /** For pools that are added afterwards. */
  public ProxySetup timeouts(PoolSpec.Timeouts value) {
    timeouts = value;
    return this;
  }

  /** For pools that are added afterwards. */
  public ProxySetup keepAlive(PoolSpec.KeepAlive value) {
    keepAlive = value;
    return this;
  }

  /** For pools that are added afterwards. */
  public ProxySetup tls(TlsSpec value) {
    tls = value;
    return this;
  }

  /** For pools that are added afterwards. */
  public ProxySetup retries(PoolSpec.Retries value) {
    retries = value;
    return this;
  }

  /** For pools that are added afterwards. */
  public ProxySetup poolLimits(PoolSpec.Limits value) {
    poolLimits = value;
    return this;
  }

  /** Changes every pool that is added afterwards. */
  public ProxySetup eachPool(UnaryOperator<PoolSpec> value) {
    change = value;
    return this;
  }

  public ProxySetup trusted(List<Cidr> value) {
    trusted = value;
    return this;
  }

  /** The DNS server that names of backends are asked of. */
  public ProxySetup resolver(Address.Tcp value) {
    resolvers = List.of(value);
    return this;
  }

  public ProxySetup via(String value) {
    via = value;
    return this;
  }

  public ProxySetup extensions(Extensions value) {
    extensions = value;
    return this;
  }

  /** The file owns pools and routes. */
  public ProxySetup declarative() {
    mode = Configuration.Mode.DECLARATIVE;
    return this;
  }

  /** Where the management plane would listen; nothing does. */
  public ProxySetup admin(Address.Tcp value) {
    admin = value;
    return this;
  }

  /** Adds a pool of backends with weight 1 on ports of this machine, named b1, b2 and so on. */
  public ProxySetup pool(String id, int... ports) {
    List<BackendSpec> backends = new ArrayList<>();
    for (int port : ports) {
      backends.add(backend("b" + (backends.size() + 1), port, 1));
    }
    return pool(id, backends);
  }

  /** Adds a pool. */
  public ProxySetup pool(String id, List<BackendSpec> backends) {
    pools.add(
        change.apply(
            PoolSpec.of(id, backends)
                .withTls(tls)
                .withTimeouts(timeouts)
                .withKeepAlive(keepAlive)
                .withRetries(retries)
                .withLimits(poolLimits)));
    return this;
  }

  /** Adds a pool that says everything itself. */
  public ProxySetup pool(PoolSpec pool) {
    pools.add(pool);
    return this;
  }

  /** A backend on a port of this machine. */
  public static BackendSpec backend(String id, int port, int weight) {
    return BackendSpec.of(id, new Address.Tcp("127.0.0.1", port)).withWeight(weight);
  }

  /** Adds a route; without any, all requests go to the first pool. */
  public ProxySetup route(RouteSpec route) {
    routes.add(route);
    return this;
  }

  /** Starts it. */
  public RunningProxy start() {
    List<RouteSpec> wanted =
        routes.isEmpty()
            ? List.of(RouteSetup.route("default").toPool(pools.getFirst().id()))
            : routes;
    Configuration configuration =
        new Configuration(
            threads,
            List.of(new ListenerSpec(address, limits, socketFile).withProxyProtocol(proxyProtocol)),
            resolvers,
            trusted,
            via,
            mode,
            Configuration.Store.DEFAULT,
            Configuration.Admin.at(admin),
            Configuration.Shutdown.DEFAULT,
            Configuration.Process.beside(Configuration.Store.DEFAULT),
            Configuration.AccessLog.DEFAULT,
            Path.of("extensions"),
            new Snapshot(pools, wanted));
    return new RunningProxy(configuration, extensions, inheritance);
  }
}
