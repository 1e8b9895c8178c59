package io.sluice.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.X509Bundle;
import io.sluice.testkit.TestCertificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every form of key that tools write is read, and whatever is not one is told with a remedy. */
class PemTest {
  @TempDir private Path directory;
  private X509Bundle rsa;
  private X509Bundle ecdsa;

  @BeforeEach
  void issue() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    rsa = certificates.rsa("a.example").bundle();
    ecdsa = certificates.forName("a.example").bundle();
  }

  private static byte[] pem(String label, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    String text = "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(label, body);
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** What PKCS#8 has inside. */
  private static byte[] inner(PrivateKey key) throws IOException {
    Der info = Der.of(key.getEncoded()).enter(Der.SEQUENCE);
    info.skip();
    info.skip();
    return info.enter(Der.OCTET_STRING).rest();
  }

  private static void verifyReads(X509Bundle bundle, byte[] pem) throws IOException {
    PrivateKey read = Pem.key(pem, bundle.getCertificate().getPublicKey());
    assertThat(Pem.belongTogether(read, bundle.getCertificate().getPublicKey())).isTrue();
  }

  @Test
  void keysOfPkcs8OfPkcs1AndOfSec1AreRead() throws Exception {
    verifyReads(rsa, pem("PRIVATE KEY", rsa.getKeyPair().getPrivate().getEncoded()));
    verifyReads(ecdsa, pem("PRIVATE KEY", ecdsa.getKeyPair().getPrivate().getEncoded()));
    verifyReads(rsa, pem("RSA PRIVATE KEY", inner(rsa.getKeyPair().getPrivate())));
    verifyReads(ecdsa, pem("EC PRIVATE KEY", inner(ecdsa.getKeyPair().getPrivate())));
  }

  @Test
  void whatStandsAroundAKeyIsPassedOver() throws Exception {
    byte[] key = pem("EC PRIVATE KEY", inner(ecdsa.getKeyPair().getPrivate()));
    String around =
        """
        subject=CN = a: b
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        """;
    verifyReads(
        ecdsa,
        (around + new String(key, StandardCharsets.US_ASCII)).getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aKeyOfAnotherCertificateDoesNotBelongToIt() {
    assertThat(
            Pem.belongTogether(
                rsa.getKeyPair().getPrivate(), ecdsa.getCertificate().getPublicKey()))
        .isFalse();
  }

  @Test
  void whatIsNoKeyIsToldWithARemedy() {
    verifyRefused(pem("ENCRYPTED PRIVATE KEY", new byte[] {1}), "is encrypted: store the key");
    verifyRefused(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n-----END RSA PRIVATE KEY-----"
            .getBytes(StandardCharsets.US_ASCII),
        "is encrypted");
    verifyRefused(new byte[0], "has no private key: expected PEM");
    verifyRefused(pem("CERTIFICATE", new byte[] {1}), "has no private key: expected PEM");
    verifyRefused(pem("PRIVATE KEY", new byte[] {0x30, 0}), "has no key of the certificate's type");
    verifyRefused(
        pem("EC PRIVATE KEY", new byte[] {1}), "has no key of the certificate's type, RSA");
    verifyRefused(
        "-----BEGIN PRIVATE KEY-----\nAAAA".getBytes(StandardCharsets.US_ASCII),
        "ends in the middle: after BEGIN PRIVATE KEY");
    verifyRefused(
        "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----"
            .getBytes(StandardCharsets.US_ASCII),
        "is damaged: what stands after BEGIN PRIVATE KEY is no Base64");
  }

  private void verifyRefused(byte[] pem, String why) {
    assertThatThrownBy(() -> Pem.key(pem, rsa.getCertificate().getPublicKey()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why);
  }

  @Test
  void whatIsNoCertificateIsToldToo() {
    assertThatThrownBy(() -> Pem.certificates(pem("CERTIFICATE", new byte[] {0x30, 0})))
        .hasMessageStartingWith("has a certificate, number 1, that cannot be read");
    assertThatThrownBy(() -> Pem.certificates(new byte[0])).hasMessageContaining("expected PEM");
  }

  @Test
  void filesThatCannotBeReadAreTold() throws Exception {
    assertThatThrownBy(() -> Pem.read(directory.resolve("none")))
        .hasMessage("does not exist; put the file there, or name another one");
    assertThatThrownBy(() -> Pem.read(directory))
        .hasMessage("is not a regular file; name the file itself");
    Path large = Files.write(directory.resolve("large"), new byte[(4 << 20) + 1]);
    assertThatThrownBy(() -> Pem.read(large)).hasMessageContaining("larger than the 4 MiB");
  }
}
