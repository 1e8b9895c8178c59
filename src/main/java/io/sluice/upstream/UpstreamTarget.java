package io.sluice.upstream;

import io.netty.handler.ssl.SslContext;
import io.sluice.balance.Backend;
import io.sluice.config.PoolSpec;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Everything that opening a connection to one backend needs, worked out once.
 *
 * @param endpoint where it goes
 * @param connections over all event loops
 */
record UpstreamTarget(
    Backend backend,
    Endpoint endpoint,
    PoolSpec.Timeouts timeouts,
    PoolSpec.KeepAlive keepAlive,
    PoolSpec.Limits limits,
    PoolSpec.ProxyProtocol proxyProtocol,
    BackendConnections connections) {

  static UpstreamTarget of(
      Backend backend, PoolSpec pool, TlsContexts contexts, BackendConnections connections) {
    return new UpstreamTarget(
        backend,
        Endpoint.of(backend.spec().address(), backend.tls(), contexts),
        pool.timeouts(),
        pool.keepAlive(),
        pool.limits(),
        pool.proxyProtocol(),
        connections);
  }

  /** Whether backends are told who the client is, so that a connection is for one client only. */
  boolean announcesClients() {
    return proxyProtocol != PoolSpec.ProxyProtocol.NONE;
  }

  SocketAddress address() {
    return endpoint.address();
  }

  /** Null for plain connections. */
  @Nullable SslContext tls() {
    return endpoint.tls();
  }
}
