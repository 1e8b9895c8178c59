package io.sluice.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.sluice.config.Address;
import io.sluice.config.TlsSpec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection goes and how it is secured, worked out once.
 *
 * @param address where it is; never a name
 * @param tls null for plain connections
 * @param sni the server name asked for when it is not the peer host; null: the peer host
 * @param peerHost the name verified in the certificate beside the SNI
 * @param peerPort 0 for a Unix socket
 */
public record Endpoint(
    SocketAddress address,
    @Nullable SslContext tls,
    @Nullable String sni,
    String peerHost,
    int peerPort) {

  static Endpoint of(Address address, TlsSpec spec, TlsContexts contexts) {
    SslContext tls = spec.enabled() ? contexts.of(spec) : null;
    return switch (address) {
      case Address.Tcp(String host, int port) ->
          new Endpoint(socketAddress(host, port), tls, spec.sni(), peerHost(spec, host), port);
      case Address.Service _, Address.Kubernetes _ ->
          throw new IllegalArgumentException(address + " stands for backends, it is none");
      case Address.Unix(var path) ->
          new Endpoint(
              new DomainSocketAddress(path.toString()),
              tls,
              spec.sni(),
              peerHost(spec, "localhost"),
              0);
    };
  }

  /** Whether it is a Unix domain socket. */
  public boolean isUnix() {
    return address instanceof DomainSocketAddress;
  }

  /**
   * The handler that secures one connection.
   *
   * @param handshake how long it may take; zero: no limit
   * @throws IllegalStateException when connections are plain
   */
  public SslHandler newTls(ByteBufAllocator allocator, Duration handshake) {
    if (tls == null) {
      throw new IllegalStateException("plain connections have no TLS handler");
    }
    SslHandler handler = tls.newHandler(allocator, peerHost, peerPort);
    if (sni != null && !sni.equals(peerHost)) {
      // Netty asks for the peer host, which here is the alternative name
      SSLParameters parameters = handler.engine().getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(sni)));
      handler.engine().setSSLParameters(parameters);
    }
    handler.setHandshakeTimeoutMillis(handshake.toMillis());
    return handler;
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
      throw new IllegalArgumentException(host + " is a name, which stands for backends");
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(literal), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an IP literal has a legal length", e);
    }
  }
}
