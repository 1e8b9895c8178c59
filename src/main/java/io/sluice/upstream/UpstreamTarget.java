package io.sluice.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.sluice.balance.Backend;
import io.sluice.config.Address;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Everything that opening a connection to one backend needs, worked out once.
 *
 * @param address unresolved when the backend is given by name
 * @param tls null for plain connections
 * @param peerHost the name verified in the certificate beside the SNI
 * @param connections over all event loops
 */
record UpstreamTarget(
    Backend backend,
    SocketAddress address,
    @Nullable SslContext tls,
    String peerHost,
    int peerPort,
    PoolSpec.Timeouts timeouts,
    PoolSpec.KeepAlive keepAlive,
    PoolSpec.Limits limits,
    BackendConnections connections) {

  static UpstreamTarget of(
      Backend backend, PoolSpec pool, TlsContexts contexts, BackendConnections connections) {
    TlsSpec spec = backend.tls();
    SslContext tls = spec.enabled() ? contexts.of(spec) : null;
    return switch (backend.spec().address()) {
      case Address.Tcp(String host, int port) ->
          new UpstreamTarget(
              backend,
              socketAddress(host, port),
              tls,
              peerHost(spec, host),
              port,
              pool.timeouts(),
              pool.keepAlive(),
              pool.limits(),
              connections);
      case Address.Unix(var path) ->
          new UpstreamTarget(
              backend,
              new DomainSocketAddress(path.toString()),
              tls,
              peerHost(spec, "localhost"),
              0,
              pool.timeouts(),
              pool.keepAlive(),
              pool.limits(),
              connections);
    };
  }

  /**
   * The certificate must name the SNI or, as a second choice, the peer host: so the alternative
   * name goes there.
   */
  private static String peerHost(TlsSpec spec, String host) {
    if (spec.alternativeName() != null) {
      return spec.alternativeName();
    }
    return spec.sni() == null ? host : spec.sni();
  }

  private static SocketAddress socketAddress(String host, int port) {
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
    if (literal == null) {
      return InetSocketAddress.createUnresolved(host, port);
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(literal), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an IP literal has a legal length", e);
    }
  }

  /** TLS for one connection. */
  SslHandler newTls(SslContext context, ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator, peerHost, peerPort);
    String sni = backend.tls().sni();
    if (sni != null && !sni.equals(peerHost)) {
      // Netty asks for the peer host, which here is the alternative name
      SSLParameters parameters = handler.engine().getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(sni)));
      handler.engine().setSSLParameters(parameters);
    }
    return handler;
  }
}
