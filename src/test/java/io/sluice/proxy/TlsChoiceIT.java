package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.ListenerSpec.Certificate;
import io.sluice.config.ListenerSpec.ClientAuth;
import io.sluice.config.ListenerSpec.Tls;
import io.sluice.config.ListenerSpec.Version;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TestCertificates.Issued;
import io.sluice.testkit.TlsClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which certificate a client is shown, and by which version and cipher it is met. */
class TlsChoiceIT {
  @TempDir private Path directory;
  private TestCertificates certificates;
  private ScriptedBackend backend;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory);
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private RunningProxy with(Tls tls) {
    return new ProxySetup().listenerTls(tls).pool("p", backend.port()).start();
  }

  private RunningProxy showing(Issued... all) {
    Certificate[] files = new Certificate[all.length];
    for (int i = 0; i < all.length; i++) {
      files[i] = all[i].files();
    }
    return with(Tls.with(files));
  }

  private static String subject(TlsClient client, RunningProxy proxy) throws IOException {
    return client.shown(proxy.port()).getSubjectX500Principal().getName();
  }

  @Test
  void aNamesOwnCertificateWinsOverAWildcardAndWhoeverAsksForNoneGetsTheFirst() throws Exception {
    try (RunningProxy proxy =
        showing(
            certificates.forName("first.example"),
            certificates.forName("*.shop.example"),
            certificates.forName("www.shop.example"))) {
      TlsClient client = TlsClient.trustingAnybody();
      assertThat(subject(client.serverName("www.shop.example"), proxy))
          .isEqualTo("CN=www.shop.example");
      assertThat(subject(client.serverName("api.shop.example"), proxy))
          .isEqualTo("CN=*.shop.example");
      assertThat(subject(client.serverName("API.Shop.Example"), proxy))
          .isEqualTo("CN=*.shop.example");
      assertThat(subject(client.serverName("a.b.shop.example"), proxy))
          .isEqualTo("CN=first.example");
      assertThat(subject(client.serverName("shop.example"), proxy)).isEqualTo("CN=first.example");
      assertThat(subject(client.serverName("other.example"), proxy)).isEqualTo("CN=first.example");
      assertThat(subject(client.serverName(null), proxy)).isEqualTo("CN=first.example");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ecdsaIsShownToWhoeverTakesItAndRsaToTheOthers(String version) throws Exception {
    try (RunningProxy proxy =
        showing(certificates.rsa("both.example"), certificates.forName("both.example"))) {
      for (String name : new String[] {"both.example", "unknown.example"}) {
        TlsClient newer = TlsClient.trustingAnybody().serverName(name).versions(version);
        assertThat(newer.shown(proxy.port()).getPublicKey().getAlgorithm()).isEqualTo("EC");
        TlsClient older =
            TlsClient.trustingAnybody()
                .serverName(name)
                .versions(version)
                .schemes("rsa_pss_rsae_sha256", "rsa_pkcs1_sha256");
        assertThat(older.shown(proxy.port()).getPublicKey().getAlgorithm()).isEqualTo("RSA");
      }
      TlsClient byCipher =
          TlsClient.trustingAnybody()
              .versions("TLSv1.2")
              .ciphers("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
      assertThat(byCipher.shown(proxy.port()).getPublicKey().getAlgorithm()).isEqualTo("RSA");
    }
  }

  @Test
  void aHelloInSmallPiecesIsUnderstood() throws Exception {
    try (RunningProxy proxy =
            showing(certificates.forName("first.example"), certificates.forName("two.example"));
        Socket below = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      TlsClient client = TlsClient.trusting(certificates).serverName("two.example");
      try (SSLSocket socket = client.over(new DrippingSocket(below));
          RawClient connection = RawClient.on(socket)) {
        assertThat(connection.exchange(head("GET /x HTTP/1.1", "Host: t")).status()).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.2, TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLSv1.2, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
  })
  void ciphersBesideTheIntermediateProfileAreRefused(String version, String cipher)
      throws Exception {
    try (RunningProxy proxy = showing(certificates.rsa("a.example"))) {
      TlsClient client = TlsClient.trustingAnybody().versions(version).ciphers(cipher);
      assertThatThrownBy(() -> client.connect(proxy.port()).close())
          .isInstanceOf(SSLException.class);
    }
  }

  @Test
  void otherCiphersAreOfferedInTheirOrderWhenTheyAreNamed() throws Exception {
    Tls named =
        new Tls(
            List.of(certificates.rsa("a.example").files()),
            Version.TLS_1_2,
            List.of("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            ClientAuth.NONE,
            true,
            null);
    try (RunningProxy proxy = with(named)) {
      TlsClient client =
          TlsClient.trustingAnybody()
              .versions("TLSv1.2")
              .ciphers(
                  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");
      try (SSLSocket socket = client.socket(proxy.port())) {
        assertThat(socket.getSession().getCipherSuite())
            .isEqualTo("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");
      }
    }
  }

  @Test
  void theOldestVersionCanBeTls13() throws Exception {
    Tls newest =
        new Tls(
            List.of(certificates.forName("a.example").files()),
            Version.TLS_1_3,
            Tls.INTERMEDIATE,
            ClientAuth.NONE,
            true,
            null);
    try (RunningProxy proxy = with(newest)) {
      assertThatThrownBy(
              () -> TlsClient.trustingAnybody().versions("TLSv1.2").connect(proxy.port()).close())
          .isInstanceOf(SSLException.class);
      try (SSLSocket socket = TlsClient.trustingAnybody().socket(proxy.port())) {
        assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      }
    }
  }
}
