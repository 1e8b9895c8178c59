package io.sluice.upstream;

import io.sluice.config.TlsSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the TLS libraries do not say about PEM files until a handshake fails. */
final class CertificateFiles {
  /** Long enough to renew in. */
  private static final Duration SOON = Duration.ofDays(14);

  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  private CertificateFiles() {}

  /**
   * Refuses a key that belongs to another certificate than the first one of the file.
   *
   * @throws IOException when a file cannot be read, or with that sentence
   */
  static void requireMatch(TlsSpec.ClientCertificate own) throws IOException {
    try {
      List<X509Certificate> chain = certificates(own.cert());
      PrivateKey key =
          chain.isEmpty() ? null : key(own.key(), chain.getFirst().getPublicKey().getAlgorithm());
      if (key == null || !belongTogether(key, chain.getFirst().getPublicKey())) {
        throw new IOException(own.key() + " is not the key of the certificate in " + own.cert());
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(
          own.key() + " is not the key of the certificate in " + own.cert() + " (" + e + ")", e);
    }
  }

  private static @Nullable PrivateKey key(Path file, String algorithm)
      throws IOException, GeneralSecurityException {
    Matcher pem = PKCS8.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!pem.find()) {
      return null;
    }
    byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  /** Whether one verifies what the other has signed. */
  private static boolean belongTogether(PrivateKey key, PublicKey certified)
      throws GeneralSecurityException {
    String algorithm =
        switch (certified.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "DSA" -> "SHA256withDSA";
          default -> certified.getAlgorithm(); // Ed25519 and the like are named after the key
        };
    byte[] something = {1, 2, 3};
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(something);
    byte[] signed = signature.sign();
    signature.initVerify(certified);
    signature.update(something);
    return signature.verify(signed);
  }

  /** What is past or soon past in the files of these settings, a sentence for each. */
  static List<String> dates(TlsSpec spec, Instant now) {
    List<String> warnings = new ArrayList<>();
    Path ca = spec.ca();
    if (spec.enabled() && spec.verify() && ca != null) {
      warnings.addAll(dates(ca, now));
    }
    TlsSpec.ClientCertificate own = spec.clientCertificate();
    if (spec.enabled() && own != null) {
      warnings.addAll(dates(own.cert(), now));
    }
    return warnings;
  }

  private static List<String> dates(Path file, Instant now) {
    List<String> warnings = new ArrayList<>();
    try {
      for (X509Certificate certificate : certificates(file)) {
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        String end =
            until.isBefore(now)
                ? "has expired: it was valid until " + until
                : until.isBefore(now.plus(SOON))
                    ? "expires soon: it is valid until " + until
                    : null;
        String problem = from.isAfter(now) ? "is not valid yet: it will be from " + from : end;
        if (problem != null) {
          String whose = certificate.getSubjectX500Principal().getName();
          warnings.add("the certificate of " + whose + " in " + file + " " + problem);
        }
      }
    } catch (IOException | GeneralSecurityException e) {
      warnings.add("the certificates in " + file + " cannot be read: " + e);
    }
    return warnings;
  }

  private static List<X509Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> certificates = new ArrayList<>();
    try (InputStream pem = Files.newInputStream(file)) {
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        if (certificate instanceof X509Certificate x509) {
          certificates.add(x509);
        }
      }
    }
    return certificates;
  }
}
