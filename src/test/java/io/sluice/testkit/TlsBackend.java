package io.sluice.testkit;

import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * A backend that speaks TLS and notes for each request which name the client asked for, which
 * certificate it showed, and how often the server had to show its own.
 */
public final class TlsBackend implements AutoCloseable {
  private static final char[] PASSWORD = "test".toCharArray();

  /** What one request's connection was like. */
  public record Seen(@Nullable String sni, @Nullable String clientName, String host) {}

  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final AtomicInteger fullHandshakes;
  private final ScriptedBackend backend;

  private TlsBackend(String name, SSLServerSocket server, AtomicInteger fullHandshakes) {
    this.fullHandshakes = fullHandshakes;
    backend = ScriptedBackend.start(name, server);
    backend.otherwise(
        c -> {
          SSLSocket socket = (SSLSocket) c.socket();
          ExtendedSSLSession session = (ExtendedSSLSession) socket.getSession();
          seen.add(new Seen(sniOf(session), clientOf(session), c.request().value("Host")));
          String body = ScriptedBackend.saw(c.head().method(), c.head().target());
          c.send(Wire.ok(body));
        });
  }

  /** Starts one with this certificate. */
  public static TlsBackend start(String name, TestCertificates.Issued certificate)
      throws Exception {
    return start(name, certificate, null);
  }

  /**
   * Starts one that demands certificates of an authority from its clients.
   *
   * @param clients null: it demands none
   */
  public static TlsBackend start(
      String name, TestCertificates.Issued certificate, @Nullable TestCertificates clients)
      throws Exception {
    KeyStore store = certificate.bundle().toKeyStore(PASSWORD);
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(store, PASSWORD);
    AtomicInteger handshakes = new AtomicInteger();
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManager[] trust =
        clients == null ? null : clients.authority().toTrustManagerFactory().getTrustManagers();
    context.init(
        new KeyManager[] {
          new Counting((X509ExtendedKeyManager) factory.getKeyManagers()[0], handshakes)
        },
        trust,
        null);
    SSLServerSocket server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    server.setNeedClientAuth(clients != null);
    return new TlsBackend(name, server, handshakes);
  }

  private static @Nullable String sniOf(ExtendedSSLSession session) {
    return session.getRequestedServerNames().stream()
        .map(n -> ((SNIHostName) n).getAsciiName())
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String clientOf(ExtendedSSLSession session) {
    try {
      return session.getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException e) {
      return null; // so the JDK says that the client showed none
    }
  }

  public int port() {
    return backend.port();
  }

  public ScriptedBackend backend() {
    return backend;
  }

  /** The requests so far. */
  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** How often the server's certificate was shown; resumed sessions need it not. */
  public int fullHandshakes() {
    return fullHandshakes.get();
  }

  @Override
  public void close() throws Exception {
    backend.close();
  }

  /** Counts how often a certificate is chosen: once for each full handshake. */
  private static final class Counting extends X509ExtendedKeyManager {
    private final X509ExtendedKeyManager delegate;
    private final AtomicInteger count;

    Counting(X509ExtendedKeyManager delegate, AtomicInteger count) {
      this.delegate = delegate;
      this.count = count;
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
      return delegate.getClientAliases(type, issuers);
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return delegate.chooseClientAlias(types, issuers, socket);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
      return delegate.getServerAliases(type, issuers);
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return counted(delegate.chooseServerAlias(type, issuers, socket));
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return counted(delegate.chooseEngineServerAlias(type, issuers, engine));
    }

    private @Nullable String counted(@Nullable String alias) {
      if (alias != null) {
        count.incrementAndGet();
      }
      return alias;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return delegate.getCertificateChain(alias);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return delegate.getPrivateKey(alias);
    }
  }
}
