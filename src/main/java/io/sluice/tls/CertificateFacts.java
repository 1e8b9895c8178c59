package io.sluice.tls;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A certificate as texts that fit into a field of HTTP: visible ASCII and spaces only, whatever its
 * owner had written into it.
 *
 * @param base64 the certificate itself, in DER
 * @param subject as RFC 2253 writes it; what is no visible ASCII is escaped as that RFC has it
 * @param issuer likewise
 * @param serial in lower-case hexadecimal
 * @param fingerprint SHA-256 in lower-case hexadecimal
 * @param notAfter ISO 8601
 */
public record CertificateFacts(
    String base64,
    String subject,
    String issuer,
    String serial,
    String fingerprint,
    Instant notAfter) {

  /** The facts of a certificate. */
  public static CertificateFacts of(X509Certificate certificate) {
    try {
      byte[] der = certificate.getEncoded();
      return new CertificateFacts(
          Base64.getEncoder().encodeToString(der),
          visible(certificate.getSubjectX500Principal().getName()),
          visible(certificate.getIssuerX500Principal().getName()),
          certificate.getSerialNumber().toString(16),
          HexFormat.of().formatHex(Digests.fingerprint(der)),
          certificate.getNotAfter().toInstant().truncatedTo(ChronoUnit.SECONDS));
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate that cannot be written", e);
    }
  }

  /** RFC 2253 2.4: a backslash and two hexadecimal digits stand for a byte of UTF-8. */
  static String visible(String name) {
    StringBuilder out = new StringBuilder(name.length());
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      if (b >= 0x20 && b < 0x7F) {
        out.append((char) b);
      } else {
        out.append('\\').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return out.toString();
  }
}
