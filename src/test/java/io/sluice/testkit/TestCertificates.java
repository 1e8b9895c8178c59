package io.sluice.testkit;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.sluice.config.ListenerSpec;
import io.sluice.config.TlsSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.UnaryOperator;

/** A certificate authority of the tests' own, with certificates as PEM files in a directory. */
public final class TestCertificates {
  private final Path directory;
  private final X509Bundle authority;

  /** A certificate with its key, as an object and as PEM files. */
  public record Issued(X509Bundle bundle, Path cert, Path key) {
    /** As Sluice shows it to a backend. */
    public TlsSpec.ClientCertificate asClientCertificate() {
      return new TlsSpec.ClientCertificate(cert, key);
    }

    /** As a listener of Sluice shows it. */
    public ListenerSpec.Certificate.Files files() {
      return new ListenerSpec.Certificate.Files(cert, key);
    }
  }

  /** A new authority that writes into this directory. */
  public TestCertificates(Path directory) throws Exception {
    this.directory = directory;
    this.authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=Authority of the tests")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
  }

  /** The authority's own certificate as a file. */
  public Path authorityFile() throws IOException {
    return write("authority.pem", authority.getRootCertificatePEM());
  }

  public X509Bundle authority() {
    return authority;
  }

  /** A valid certificate for a DNS name. */
  public Issued forName(String name) throws Exception {
    return issue(name, like(name));
  }

  /** A valid certificate for a DNS name and 127.0.0.1. */
  public Issued forNameAndLoopback(String name) throws Exception {
    Instant now = Instant.now();
    return issue(name, now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(30)), true);
  }

  /** A certificate for a DNS name that was valid until yesterday. */
  public Issued expired(String name) throws Exception {
    Instant now = Instant.now();
    return issue(name, now.minus(Duration.ofDays(30)), now.minus(Duration.ofDays(1)), false);
  }

  /** A valid certificate of RSA for a DNS name. */
  public Issued rsa(String name) throws Exception {
    return issue(name, like(name).rsa2048());
  }

  /** A valid certificate of ECDSA that is changed before it is issued. */
  public Issued with(String name, UnaryOperator<CertificateBuilder> change) throws Exception {
    return issue(name, change.apply(like(name)));
  }

  private Issued issue(String name, Instant from, Instant until, boolean loopback)
      throws Exception {
    CertificateBuilder builder = like(name).notBefore(from).notAfter(until);
    return issue(name, loopback ? builder.addSanIpAddress("127.0.0.1") : builder);
  }

  /** The builder's own names may have no asterisk. */
  private static CertificateBuilder named(CertificateBuilder builder, String name) {
    if (!name.startsWith("*")) {
      return builder.addSanDnsName(name);
    }
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    byte[] names = new byte[ascii.length + 4];
    names[0] = 0x30; // SEQUENCE
    names[1] = (byte) (ascii.length + 2);
    names[2] = (byte) 0x82; // [2] dNSName
    names[3] = (byte) ascii.length;
    System.arraycopy(ascii, 0, names, 4, ascii.length);
    return builder.addExtensionOctetString("2.5.29.17", false, names);
  }

  private static CertificateBuilder like(String name) {
    Instant now = Instant.now();
    CertificateBuilder builder =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=" + name)
            .notBefore(now.minus(Duration.ofDays(1)))
            .notAfter(now.plus(Duration.ofDays(60)))
            .addExtendedKeyUsageServerAuth()
            .addExtendedKeyUsageClientAuth();
    return named(builder, name);
  }

  private Issued issue(String name, CertificateBuilder builder) throws Exception {
    X509Bundle bundle = builder.buildIssuedBy(authority);
    String file = name.replace('*', '_') + "-" + bundle.getCertificate().getSerialNumber();
    return new Issued(
        bundle,
        write(file + ".pem", bundle.getCertificatePathPEM()),
        write(file + ".key", bundle.getPrivateKeyPEM()));
  }

  private Path write(String name, String pem) throws IOException {
    return Files.writeString(directory.resolve(name), pem);
  }
}
