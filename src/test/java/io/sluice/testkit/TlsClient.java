package io.sluice.testkit;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** How clients of a test connect by TLS: Java's own implementation, not the one under test. */
public final class TlsClient {
  /** An extended one, or Java would still judge the algorithms. */
  private static final TrustManager[] ANYBODY = {
    new X509ExtendedTrustManager() {
      @Override
      public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
        // as below
      }

      @Override
      public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
        // as below
      }

      @Override
      public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        // as below
      }

      @Override
      public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        // as below
      }

      @Override
      public void checkClientTrusted(X509Certificate[] chain, String type) {
        // whom the test talks to it looks at itself
      }

      @Override
      public void checkServerTrusted(X509Certificate[] chain, String type) {
        // the same
      }

      @Override
      public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
      }
    }
  };

  private final SSLContext context;
  private @Nullable String serverName;
  private String[] versions = {"TLSv1.3", "TLSv1.2"};
  private String @Nullable [] ciphers;
  private String @Nullable [] schemes;
  private String[] protocols = {};

  private TlsClient(TrustManager[] trust, @Nullable X509Bundle own) {
    try {
      KeyManager[] keys = own == null ? null : own.toKeyManagerFactory().getKeyManagers();
      context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One that believes whatever it is shown; sessions are resumed among its connections. */
  public static TlsClient trustingAnybody() {
    return new TlsClient(ANYBODY, null);
  }

  /** One that believes the authority's certificates only. */
  public static TlsClient trusting(TestCertificates certificates) {
    return new TlsClient(certificates.authority().toTrustManagerFactory().getTrustManagers(), null);
  }

  /** One that believes anybody and shows a certificate when it is asked for one. */
  public static TlsClient showing(X509Bundle own) {
    return new TlsClient(ANYBODY, own);
  }

  /** The name it asks for; null: none. */
  public TlsClient serverName(@Nullable String value) {
    serverName = value;
    return this;
  }

  public TlsClient versions(String... value) {
    versions = value.clone();
    return this;
  }

  public TlsClient ciphers(String... value) {
    ciphers = value.clone();
    return this;
  }

  /** The signatures that it takes. */
  public TlsClient schemes(String... value) {
    schemes = value.clone();
    return this;
  }

  /** What it offers by ALPN. */
  public TlsClient protocols(String... value) {
    protocols = value.clone();
    return this;
  }

  /** For clients that shake hands themselves. */
  public SSLContext context() {
    return context;
  }

  /** Connects and shakes hands. */
  public SSLSocket socket(int port) throws IOException {
    Socket plain = new Socket();
    plain.setTcpNoDelay(true);
    plain.setSoTimeout((int) Await.DEADLINE.toMillis());
    plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return over(plain);
  }

  /** Shakes hands on a connection. */
  public SSLSocket over(Socket plain) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, serverName, plain.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(versions);
    parameters.setServerNames(
        serverName == null ? List.of() : List.of(new SNIHostName(serverName)));
    parameters.setApplicationProtocols(protocols);
    if (ciphers != null) {
      parameters.setCipherSuites(ciphers);
    }
    if (schemes != null) {
      parameters.setSignatureSchemes(schemes);
    }
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  /** Connects, shakes hands, and reads and writes like any other client. */
  public RawClient connect(int port) throws IOException {
    return RawClient.on(socket(port));
  }

  /** The certificate that is shown first. */
  public X509Certificate shown(int port) throws IOException {
    try (SSLSocket socket = socket(port)) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }
}
