package io.sluice.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and keys in PEM files (RFC 7468). What is wrong with one is said as a sentence that
 * the file's path fits in front of.
 */
public final class Pem {
  /** Some thousands of certificates. */
  private static final int MOST_BYTES = 4 << 20;

  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----");

  private Pem() {}

  /** A part of a file. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(String label, byte[] der) {}

  /**
   * A whole file, when it can be one: a device, a pipe or something huge would hold up or fill the
   * process before anybody looks at its content. Links are followed: Kubernetes shows secrets
   * through them.
   *
   * @throws IOException with the end of a sentence that begins with the path
   */
  public static byte[] read(Path file) throws IOException {
    try {
      if (!Files.exists(file)) {
        throw new IOException("does not exist; put the file there, or name another one");
      }
      if (!Files.isRegularFile(file)) {
        throw new IOException("is not a regular file; name the file itself");
      }
      try (InputStream in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
          throw new IOException("is larger than the 4 MiB that are read of such a file");
        }
        return bytes;
      }
    } catch (AccessDeniedException e) {
      throw new IOException("may not be read by this process; change its rights", e);
    } catch (NoSuchFileException e) {
      throw new IOException("does not exist; put the file there, or name another one", e);
    }
  }

  /**
   * The certificates in their order, at least one.
   *
   * @throws IOException with the end of a sentence that begins with the path
   */
  public static List<X509Certificate> certificates(byte[] pem) throws IOException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks(pem)) {
      if (block.label.equals("CERTIFICATE") || block.label.equals("X509 CERTIFICATE")) {
        certificates.add(certificate(block.der, certificates.size() + 1));
      }
    }
    if (certificates.isEmpty()) {
      throw new IOException(
          "has no certificate: expected PEM, which begins with -----BEGIN CERTIFICATE-----");
    }
    return certificates;
  }

  private static X509Certificate certificate(byte[] der, int number) throws IOException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new IOException(
          "has a certificate, number " + number + ", that cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * The private key of a certified one: PKCS#8, or the older forms of OpenSSL for RSA and EC.
   *
   * @throws IOException with the end of a sentence that begins with the path
   */
  public static PrivateKey key(byte[] pem, PublicKey certified) throws IOException {
    for (Block block : blocks(pem)) {
      byte[] pkcs8 =
          switch (block.label) {
            case "PRIVATE KEY" -> block.der;
            case "RSA PRIVATE KEY" -> Der.pkcs8OfRsa(block.der);
            case "EC PRIVATE KEY" -> Der.pkcs8OfEc(block.der, certified.getEncoded());
            case "ENCRYPTED PRIVATE KEY" ->
                throw new IOException(
                    "is encrypted: store the key without a passphrase, for instance by 'openssl"
                        + " pkey', and have only this process's user read it");
            default -> null;
          };
      if (pkcs8 != null) {
        return key(pkcs8, certified.getAlgorithm());
      }
    }
    throw new IOException(
        "has no private key: expected PEM, which begins with -----BEGIN PRIVATE KEY-----");
  }

  private static PrivateKey key(byte[] pkcs8, String algorithm) throws IOException {
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "has no key of the certificate's type, " + algorithm + ", or a damaged one", e);
    }
  }

  /** Whether one verifies what the other has signed. */
  public static boolean belongTogether(PrivateKey key, PublicKey certified) {
    String algorithm =
        switch (certified.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "DSA" -> "SHA256withDSA";
          default -> certified.getAlgorithm(); // Ed25519 and the like are named after the key
        };
    byte[] something = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(something);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(something);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false; // for instance keys of two kinds, or on two curves
    }
  }

  /** Bits of an EC key's field; 0: it is no EC key. */
  static int curveBits(PublicKey key) {
    return key instanceof ECPublicKey ec ? ec.getParams().getCurve().getField().getFieldSize() : 0;
  }

  private static List<Block> blocks(byte[] pem) throws IOException {
    String text = new String(pem, StandardCharsets.ISO_8859_1);
    List<Block> blocks = new ArrayList<>();
    Matcher begin = BEGIN.matcher(text);
    int at = 0;
    while (begin.find(at)) {
      String label = String.valueOf(begin.group(1));
      String end = "-----END " + label + "-----";
      int stop = text.indexOf(end, begin.end());
      if (stop < 0) {
        throw new IOException("ends in the middle: after BEGIN " + label + " the END is missing");
      }
      String body = text.substring(begin.end(), stop);
      if (body.indexOf(':') >= 0) { // RFC 1421 headers: only encrypted keys have them
        throw new IOException(
            "is encrypted: store the key without a passphrase, for instance by 'openssl pkey',"
                + " and have only this process's user read it");
      }
      try {
        blocks.add(new Block(label, Base64.getMimeDecoder().decode(body)));
      } catch (IllegalArgumentException e) {
        throw new IOException("is damaged: what stands after BEGIN " + label + " is no Base64", e);
      }
      at = stop + end.length();
    }
    return blocks;
  }
}
