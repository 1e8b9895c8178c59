package io.sluice.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.sluice.config.Address;
import io.sluice.config.ListenerSpec;
import io.sluice.config.ListenerSpec.Certificate;
import io.sluice.config.ListenerSpec.ClientAuth;
import io.sluice.config.ListenerSpec.Limits;
import io.sluice.config.ListenerSpec.Tls;
import io.sluice.config.ListenerSpec.Version;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TestCertificates.Issued;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a check finds in certificates' files, each with its place. */
class ListenerCheckTest {
  @TempDir private Path directory;
  private TestCertificates certificates;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory);
  }

  private List<String> check(Tls tls) {
    ListenerSpec plain = new ListenerSpec(new Address.Tcp("a", 80), Limits.DEFAULT);
    ListenerSpec secure = new ListenerSpec(new Address.Tcp("a", 443), Limits.DEFAULT).withTls(tls);
    return ListenerCheck.of(List.of(plain, secure), Bundles.NONE, Instant.now()).stream()
        .map(f -> (f.key() + (f.warning() ? " warning: " : ": ") + f.message()))
        .map(text -> text.replace("sluice.listeners[1].tls.", "").replace(directory + "/", ""))
        .toList();
  }

  private List<String> check(Path cert, Path key) {
    return check(Tls.with(new Certificate.Files(cert, key)));
  }

  @Test
  void goodCertificatesAreNoFinding() throws Exception {
    Issued rsa = certificates.rsa("a.example");
    Issued ecdsa = certificates.forName("a.example");
    assertThat(check(Tls.with(rsa.files(), ecdsa.files()))).isEmpty();
  }

  @Test
  void keysOfOtherCertificatesAreRefused() throws Exception {
    Issued one = certificates.forName("one.example");
    Issued two = certificates.forName("two.example");
    Issued rsa = certificates.rsa("rsa.example");
    assertThat(check(one.cert(), two.key()))
        .singleElement()
        .asString()
        .startsWith("certificates[0].key: two.example")
        .contains("is not the key of the certificate in one.example");
    assertThat(check(one.cert(), rsa.key()))
        .singleElement()
        .asString()
        .startsWith("certificates[0].key: rsa.example");
  }

  @Test
  void datesAreWarnings() throws Exception {
    Issued old = certificates.expired("old.example");
    Issued soon =
        certificates.with("soon.example", b -> b.notAfter(Instant.now().plus(Duration.ofDays(9))));
    Issued future =
        certificates.with("new.example", b -> b.notBefore(Instant.now().plus(Duration.ofDays(9))));
    assertThat(check(Tls.with(old.files(), soon.files(), future.files())))
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .startsWith("certificates[0] warning: the certificate in old.example")
                    .contains("has expired: it was valid until"),
            second -> assertThat(second).contains("certificates[1] warning", "expires soon"),
            third -> assertThat(third).contains("certificates[2] warning", "not valid yet"));
  }

  @Test
  void aChainInTheWrongOrderIsAWarning() throws Exception {
    Issued one = certificates.forName("one.example");
    Path chain = directory.resolve("chain.pem");
    Files.writeString(
        chain,
        one.bundle().getCertificatePEM()
            + "\n"
            + certificates.forName("other.example").bundle().getCertificatePEM());
    assertThat(check(chain, one.key()))
        .singleElement()
        .asString()
        .startsWith("certificates[0] warning: chain.pem: certificate 1 of the chain is not issued");
  }

  @Test
  void kindsOfKeysThatNobodyTakesAreRefused() throws Exception {
    Issued edwards =
        certificates.with("ed.example", b -> b.algorithm(CertificateBuilder.Algorithm.ed25519));
    assertThat(check(edwards.cert(), edwards.key()))
        .singleElement()
        .asString()
        .contains("certificates[0].cert", "expected RSA, or ECDSA on P-256, P-384 or P-521");
  }

  @Test
  void ciphersThatDoNotGoWithACertificateAreRefused() throws Exception {
    Tls tls =
        new Tls(
            List.of(certificates.forName("a.example").files()),
            Version.TLS_1_2,
            List.of("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            ClientAuth.NONE,
            true,
            null);
    assertThat(check(tls))
        .singleElement()
        .asString()
        .startsWith("ciphers: none of the ciphers goes with the certificate of CN=a.example");
  }

  @Test
  void authoritiesOfClientsAreReadToo() throws Exception {
    Issued own = certificates.forName("a.example");
    Path text = Files.writeString(directory.resolve("text"), "no PEM");
    Tls tls = Tls.with(own.files());
    assertThat(check(clients(tls, certificates.authorityFile(), null))).isEmpty();
    assertThat(check(clients(tls, text, null)))
        .singleElement()
        .asString()
        .startsWith("client-auth.ca: text has no certificate");
    assertThat(check(clients(tls, certificates.authorityFile(), text)))
        .singleElement()
        .asString()
        .startsWith("client-auth.crl: text has");
  }

  private static Tls clients(Tls tls, Path ca, @Nullable Path crl) {
    return new Tls(
        tls.certificates(),
        tls.minVersion(),
        tls.ciphers(),
        new ClientAuth(ClientAuth.Mode.REQUIRED, ca, crl),
        true,
        null);
  }
}
