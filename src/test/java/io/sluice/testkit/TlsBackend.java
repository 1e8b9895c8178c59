package io.sluice.testkit;

import java.net.InetAddress;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A backend that speaks TLS and notes for each request which name the client asked for, which
 * certificate it showed, and when the session began that may have been resumed.
 */
public final class TlsBackend implements AutoCloseable {
  private static final char[] PASSWORD = "test".toCharArray();

  /** What one request's connection was like. */
  public record Seen(@Nullable String sni, @Nullable String clientName, String host) {}

  /**
   * When the session of each request's connection was agreed upon; a resumed one keeps its time.
   */
  private final List<Long> sessions = new CopyOnWriteArrayList<>();

  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final ScriptedBackend backend;

  private TlsBackend(String name, SSLServerSocket server) {
    backend = ScriptedBackend.start(name, server);
    backend.otherwise(
        c -> {
          SSLSocket socket = (SSLSocket) c.socket();
          ExtendedSSLSession session = (ExtendedSSLSession) socket.getSession();
          sessions.add(session.getCreationTime());
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
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManager[] trust =
        clients == null ? null : clients.authority().toTrustManagerFactory().getTrustManagers();
    context.init(factory.getKeyManagers(), trust, null);
    SSLServerSocket server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    server.setNeedClientAuth(clients != null);
    return new TlsBackend(name, server);
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

  /** Sessions that were agreed upon anew, of those that served requests so far. */
  public long newSessions() {
    return sessions.stream().distinct().count();
  }

  @Override
  public void close() throws Exception {
    backend.close();
  }
}
