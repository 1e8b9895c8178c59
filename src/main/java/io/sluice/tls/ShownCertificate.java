package io.sluice.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import io.sluice.config.ListenerSpec;
import io.sluice.config.ListenerSpec.ClientAuth;
import io.sluice.config.ListenerSpec.Tls;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * A certificate in force at a listener: one context of the TLS library for it alone, so that no
 * handshake has to come back to Java for a choice.
 */
final class ShownCertificate {
  /** Always all of them; the library does not let anybody choose. */
  private static final List<String> TLS_1_3_CIPHERS =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private final ServerCertificate certificate;
  private final SslContext context;
  private final boolean tickets;
  private final String fingerprint;

  private ShownCertificate(ServerCertificate certificate, SslContext context, boolean tickets) {
    this.certificate = certificate;
    this.context = context;
    this.tickets = tickets;
    try {
      this.fingerprint =
          HexFormat.of().formatHex(Digests.fingerprint(certificate.leaf().getEncoded()));
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("it was decoded from these bytes", e);
    }
  }

  /** SHA-256 of the certificate in hexadecimal. */
  String fingerprint() {
    return fingerprint;
  }

  /**
   * Makes the context.
   *
   * @param protocols offered by ALPN, the most wanted first
   * @throws SSLException when the library refuses something
   */
  static ShownCertificate of(
      ServerCertificate certificate, Tls spec, ClientTrust trust, List<String> protocols)
      throws SSLException {
    List<String> ciphers = new ArrayList<>(TLS_1_3_CIPHERS);
    ciphers.addAll(spec.ciphers());
    String[] versions =
        spec.minVersion() == ListenerSpec.Version.TLS_1_3
            ? new String[] {"TLSv1.3"}
            : new String[] {"TLSv1.3", "TLSv1.2"};
    SslContext context =
        SslContextBuilder.forServer(
                certificate.key(), certificate.chain().toArray(X509Certificate[]::new))
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .protocols(versions)
            .ciphers(ciphers)
            .trustManager(trust.manager())
            .clientAuth(clientAuth(spec.clientAuth().mode()))
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    protocols))
            .build();
    sessions(context).setSessionCacheEnabled(false); // tickets do without memory here
    return new ShownCertificate(certificate, context, spec.tickets());
  }

  private static io.netty.handler.ssl.ClientAuth clientAuth(ClientAuth.Mode mode) {
    return switch (mode) {
      case NONE -> io.netty.handler.ssl.ClientAuth.NONE;
      case OPTIONAL -> io.netty.handler.ssl.ClientAuth.OPTIONAL;
      case REQUIRED -> io.netty.handler.ssl.ClientAuth.REQUIRE;
    };
  }

  private static OpenSslServerSessionContext sessions(SslContext context) {
    return (OpenSslServerSessionContext) context.sessionContext();
  }

  ServerCertificate certificate() {
    return certificate;
  }

  void ticketKeys(OpenSslSessionTicketKey[] keys) {
    sessions(context).setTicketKeys(keys);
  }

  /**
   * A handler for one connection, whose time for the handshake others keep.
   *
   * @throws io.netty.util.IllegalReferenceCountException after {@link #release}
   */
  SslHandler newHandler(ByteBufAllocator alloc) {
    SslHandler handler = context.newHandler(alloc);
    handler.setHandshakeTimeoutMillis(0);
    if (!tickets) {
      ReferenceCountedOpenSslEngine engine = (ReferenceCountedOpenSslEngine) handler.engine();
      SSL.setOptions(engine.sslPointer(), SSL.SSL_OP_NO_TICKET);
    }
    return handler;
  }

  /** Shown no more; connections that have it keep it. */
  void release() {
    ReferenceCountUtil.release(context);
  }
}
