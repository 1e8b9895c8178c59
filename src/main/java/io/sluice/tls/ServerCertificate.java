package io.sluice.tls;

import io.sluice.config.ListenerSpec.Certificate;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * A certificate that can be shown, with its key.
 *
 * @param chain the certificate first, as it is sent
 * @param curveBits bits of an ECDSA key; 0: it is an RSA key
 * @param names DNS names that it is for, in lower case; of a wildcard with its asterisk
 */
record ServerCertificate(
    List<X509Certificate> chain, PrivateKey key, int curveBits, List<String> names) {
  private static final int DNS_NAME = 2;

  ServerCertificate {
    chain = List.copyOf(chain);
    names = List.copyOf(names);
  }

  /** How messages and metrics call a certificate. */
  static String label(Certificate spec) {
    return switch (spec) {
      case Certificate.Files(Path cert, Path key) -> cert.toString();
      case Certificate.Bundle(String name) -> "bundle " + name;
    };
  }

  /**
   * What the configuration names, as it is now, before anybody has understood it.
   *
   * @param digest changes with it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Raw(byte[] digest, Parser parser) {
    interface Parser {
      ServerCertificate parse() throws TlsMaterialException;
    }
  }

  /**
   * Reads files or a bundle.
   *
   * @throws TlsMaterialException when they cannot be read
   */
  static Raw read(Certificate spec, Bundles bundles) throws TlsMaterialException {
    switch (spec) {
      case Certificate.Files(Path cert, Path key) -> {
        byte[] certBytes = read("cert", cert);
        byte[] keyBytes = read("key", key);
        return new Raw(
            Digests.sha256(certBytes, keyBytes), () -> ofFiles(cert, certBytes, key, keyBytes));
      }
      case Certificate.Bundle(String name) -> {
        try {
          Bundles.Pair pair = bundles.load(name);
          List<byte[]> parts = new ArrayList<>();
          for (X509Certificate certificate : pair.chain()) {
            parts.add(certificate.getEncoded());
          }
          byte[] key = pair.key().getEncoded();
          parts.add(key == null ? new byte[0] : key);
          return new Raw(Digests.sha256(parts.toArray(byte[][]::new)), () -> ofBundle(name, pair));
        } catch (IOException | GeneralSecurityException e) {
          throw new TlsMaterialException(
              "bundle", "the SSL bundle " + name + " " + e.getMessage(), e);
        }
      }
    }
  }

  /** A file of the configuration. */
  static byte[] read(String part, Path file) throws TlsMaterialException {
    try {
      return Pem.read(file);
    } catch (IOException e) {
      throw new TlsMaterialException(part, file + " " + e.getMessage(), e);
    }
  }

  private static ServerCertificate ofFiles(Path cert, byte[] certPem, Path key, byte[] keyPem)
      throws TlsMaterialException {
    List<X509Certificate> chain;
    try {
      chain = Pem.certificates(certPem);
    } catch (IOException e) {
      throw new TlsMaterialException("cert", cert + " " + e.getMessage(), e);
    }
    X509Certificate leaf = chain.getFirst();
    int curve = curve("cert", cert.toString(), leaf);
    try {
      PrivateKey found = Pem.key(keyPem, leaf.getPublicKey());
      return of("key", key + " is not the key of the certificate in " + cert, chain, found, curve);
    } catch (IOException e) {
      throw new TlsMaterialException("key", key + " " + e.getMessage(), e);
    }
  }

  private static ServerCertificate ofBundle(String name, Bundles.Pair pair)
      throws TlsMaterialException {
    String bundle = "the SSL bundle " + name;
    if (pair.chain().isEmpty()) {
      throw new TlsMaterialException("bundle", bundle + " has no certificate in its key store");
    }
    int curve = curve("bundle", bundle, pair.chain().getFirst());
    return of(
        "bundle",
        "the key in " + bundle + " is not its certificate's",
        pair.chain(),
        pair.key(),
        curve);
  }

  private static int curve(String part, String where, X509Certificate leaf)
      throws TlsMaterialException {
    String algorithm = leaf.getPublicKey().getAlgorithm();
    int bits = Pem.curveBits(leaf.getPublicKey());
    boolean served = algorithm.equals("RSA") || bits == 256 || bits == 384 || bits == 521;
    if (!served) {
      throw new TlsMaterialException(
          part,
          where
              + " has a certificate for a key of the kind "
              + algorithm
              + (bits == 0 ? "" : " with " + bits + " bits")
              + ", which browsers do not take: expected RSA, or ECDSA on P-256, P-384 or P-521");
    }
    return bits;
  }

  private static ServerCertificate of(
      String part, String mismatch, List<X509Certificate> chain, PrivateKey key, int curveBits)
      throws TlsMaterialException {
    X509Certificate leaf = chain.getFirst();
    if (!Pem.belongTogether(key, leaf.getPublicKey())) {
      throw new TlsMaterialException(
          part, mismatch + "; both are renewed together, and belong together");
    }
    return new ServerCertificate(chain, key, curveBits, names(leaf));
  }

  /** RFC 6125 6.4.4: the common name counts only where no alternative one is given. */
  private static List<String> names(X509Certificate leaf) {
    List<String> names = new ArrayList<>();
    boolean alternatives = false;
    try {
      Collection<List<?>> all = leaf.getSubjectAlternativeNames();
      for (List<?> each : all == null ? List.<List<?>>of() : all) {
        alternatives = true;
        if (Objects.equals(each.get(0), DNS_NAME)) {
          names.add(String.valueOf(each.get(1)).toLowerCase(Locale.ROOT));
        }
      }
      if (!alternatives) {
        for (Rdn rdn : new LdapName(leaf.getSubjectX500Principal().getName()).getRdns()) {
          if (rdn.getType().equalsIgnoreCase("CN")) {
            names.add(String.valueOf(rdn.getValue()).toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException | InvalidNameException e) {
      return List.of(); // it is shown to whoever asks for no other one
    }
    return names;
  }

  X509Certificate leaf() {
    return chain.getFirst();
  }

  Instant until() {
    return leaf().getNotAfter().toInstant();
  }

  /** What its dates say against it now; empty: nothing. */
  String outOfDate(Instant now) {
    Instant from = leaf().getNotBefore().toInstant();
    if (until().isBefore(now)) {
      return "has expired: it was valid until " + until();
    }
    return from.isAfter(now) ? "is not valid yet: it will be from " + from : "";
  }

  /** What is wrong with the order of its chain; empty: nothing. */
  String chainTrouble() {
    for (int i = 0; i + 1 < chain.size(); i++) {
      if (!chain
          .get(i)
          .getIssuerX500Principal()
          .equals(chain.get(i + 1).getSubjectX500Principal())) {
        return "certificate %d of the chain is not issued by number %d, which clients may refuse; put each behind the one that it has issued"
            .formatted(i + 1, i + 2);
      }
    }
    return "";
  }
}
