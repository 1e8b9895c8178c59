package io.sluice.tls;

import io.sluice.config.ListenerSpec.ClientAuth;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CRL;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Which client certificates are believed. With revocation lists every authority between a
 * certificate and its root needs a valid one: a list that is missing or past its next update
 * refuses, because nobody knows what it would say.
 *
 * @param digest changes with what is believed
 * @param manager decides
 * @param listsUntil when the first revocation list is out of date; null: there is none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ClientTrust(byte[] digest, TrustManager manager, @Nullable Instant listsUntil) {
  /** Nobody is asked, and nobody would be believed. */
  private static final TrustManager NOBODY =
      new X509TrustManager() {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
          throw new CertificateException("no client certificates are asked for here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
          throw new CertificateException("this is a server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
          return new X509Certificate[0];
        }
      };

  /** The files as they are, before anybody has understood them. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Raw(byte[] digest, byte[] ca, byte @Nullable [] crl) {}

  /**
   * Reads what the section names.
   *
   * @throws TlsMaterialException when it cannot be read
   */
  static Raw read(ClientAuth clients) throws TlsMaterialException {
    Path ca = clients.ca();
    byte[] caBytes = ca == null ? new byte[0] : ServerCertificate.read("ca", ca);
    Path crl = clients.crl();
    byte[] crlBytes = crl == null ? null : ServerCertificate.read("crl", crl);
    byte[] mode = clients.mode().name().getBytes(StandardCharsets.US_ASCII);
    byte[] digest =
        crlBytes == null ? Digests.sha256(mode, caBytes) : Digests.sha256(mode, caBytes, crlBytes);
    return new Raw(digest, caBytes, crlBytes);
  }

  /**
   * Understands it.
   *
   * @throws TlsMaterialException when something cannot be
   */
  static ClientTrust of(ClientAuth clients, Raw raw) throws TlsMaterialException {
    if (clients.mode() == ClientAuth.Mode.NONE) {
      return new ClientTrust(raw.digest, NOBODY, null);
    }
    Path ca = Objects.requireNonNull(clients.ca(), "asked for by the configuration");
    try {
      KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
      roots.load(null, null);
      int number = 0;
      for (X509Certificate root : Pem.certificates(raw.ca)) {
        roots.setCertificateEntry("ca" + number++, root);
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      byte[] crl = raw.crl;
      if (crl == null) {
        factory.init(roots);
        return new ClientTrust(raw.digest, factory.getTrustManagers()[0], null);
      }
      List<X509CRL> lists = lists(Objects.requireNonNull(clients.crl()), crl);
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(roots, new X509CertSelector());
      parameters.setRevocationEnabled(true);
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
      factory.init(new CertPathTrustManagerParameters(parameters));
      return new ClientTrust(raw.digest, factory.getTrustManagers()[0], until(lists));
    } catch (IOException e) {
      throw new TlsMaterialException("ca", ca + " " + e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw new TlsMaterialException("ca", ca + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static List<X509CRL> lists(Path file, byte[] bytes) throws TlsMaterialException {
    Collection<? extends CRL> read;
    try {
      read = CertificateFactory.getInstance("X.509").generateCRLs(new ByteArrayInputStream(bytes));
    } catch (GeneralSecurityException e) {
      throw new TlsMaterialException(
          "crl", file + " has a revocation list that cannot be read: " + e.getMessage(), e);
    }
    List<X509CRL> lists =
        read.stream().filter(X509CRL.class::isInstance).map(X509CRL.class::cast).toList();
    if (lists.isEmpty()) {
      throw new TlsMaterialException(
          "crl",
          file + " has no revocation list: expected DER, or PEM with -----BEGIN X509 CRL-----");
    }
    return lists;
  }

  private static @Nullable Instant until(List<X509CRL> lists) {
    return lists.stream()
        .map(X509CRL::getNextUpdate)
        .filter(Objects::nonNull)
        .map(next -> next.toInstant())
        .min(Instant::compareTo)
        .orElse(null);
  }

  /** What its dates say against it now; empty: nothing. */
  String outOfDate(Instant now) {
    return listsUntil != null && listsUntil.isBefore(now)
        ? "has a revocation list that was to be replaced by "
            + listsUntil
            + ", so every client certificate of its authority is refused; fetch a new one"
        : "";
  }
}
