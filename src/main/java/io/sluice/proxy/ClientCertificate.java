package io.sluice.proxy;

import io.sluice.http.Ascii;
import io.sluice.tls.CertificateFacts;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * What backends are told of the certificate that a client has shown and that was found good: {@code
 * Client-Cert} (RFC 9440) with the certificate itself, and {@code X-Client-Cert-*} for those who do
 * not want to read one.
 */
final class ClientCertificate {
  private static final byte[] NONE = {};

  private ClientCertificate() {}

  /** The fields as lines, made once for a connection; empty: none was shown. */
  static byte[] lines(SSLSession session) {
    try {
      if (session.getPeerCertificates()[0] instanceof X509Certificate shown) {
        CertificateFacts facts = CertificateFacts.of(shown);
        return Ascii.bytes(
            "Client-Cert: :%s:\r\nX-Client-Cert-Subject: %s\r\nX-Client-Cert-Issuer: %s\r\nX-Client-Cert-Serial: %s\r\nX-Client-Cert-Fingerprint: %s\r\nX-Client-Cert-Not-After: %s\r\n"
                .formatted(
                    facts.base64(),
                    facts.subject(),
                    facts.issuer(),
                    facts.serial(),
                    facts.fingerprint(),
                    facts.notAfter()));
      }
      return NONE;
    } catch (SSLPeerUnverifiedException e) {
      return NONE; // so the library says that there is none
    }
  }
}
