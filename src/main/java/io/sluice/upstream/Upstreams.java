package io.sluice.upstream;

import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.sluice.balance.Backend;
import io.sluice.balance.Pool;
import io.sluice.config.Address;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.TlsSpec;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What all event loops share about connections to backends: TLS material, targets and the resolver.
 */
public final class Upstreams implements AutoCloseable {
  private final TlsContexts contexts = new TlsContexts();
  private final Map<Backend, UpstreamTarget> targets = new ConcurrentHashMap<>();

  /** Asks DNS without blocking a loop; each loop has its own cache, by the records' lifetime. */
  private final DnsAddressResolverGroup resolver =
      new DnsAddressResolverGroup(
          new DnsNameResolverBuilder().datagramChannelType(EpollDatagramChannel.class));

  /**
   * Works out how a pool's backends are reached. Nothing is connected.
   *
   * @throws UpstreamConfigurationException when TLS material cannot be used
   */
  public void prepare(Pool pool) {
    for (Backend backend : pool.backends()) {
      targets.put(backend, UpstreamTarget.of(backend, pool.spec(), contexts));
    }
    HealthCheckSpec checks = pool.spec().healthCheck();
    TlsSpec ofChecks = checks == null ? null : checks.tls();
    if (ofChecks != null && ofChecks.enabled()) {
      contexts.of(ofChecks);
    }
  }

  /**
   * How an address is reached with these settings, which need not be a backend's.
   *
   * @throws UpstreamConfigurationException when TLS material cannot be used
   */
  public Endpoint endpoint(Address address, TlsSpec tls) {
    return Endpoint.of(address, tls, contexts);
  }

  UpstreamTarget target(Backend backend) {
    UpstreamTarget target = targets.get(backend);
    if (target == null) {
      throw new IllegalStateException(backend + " was never prepared");
    }
    return target;
  }

  /** Resolves names for connections that are opened on any event loop. */
  public AddressResolverGroup<InetSocketAddress> resolver() {
    return resolver;
  }

  @Override
  public void close() {
    resolver.close();
  }
}
