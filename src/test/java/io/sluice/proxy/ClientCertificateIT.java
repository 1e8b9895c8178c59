package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.X509Bundle;
import io.sluice.config.Cidr;
import io.sluice.config.ListenerSpec.ClientAuth;
import io.sluice.config.ListenerSpec.Tls;
import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Revocations;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsClient;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose certificates are taken, and what backends learn of them. */
class ClientCertificateIT {
  private static final String FORGED =
      Wire.lines(
          "Client-Cert: :AAAA:",
          "Client-Cert-Chain: :AAAA:",
          "Client_Cert: :AAAA:",
          "X-Client-Cert-Subject: CN=root",
          "x_client_cert_subject: CN=root",
          "X-Client-Cert-Verified: yes",
          "X-Client-Cert: all");

  @TempDir private Path directory;
  private TestCertificates certificates;
  private TestCertificates clients;
  private ScriptedBackend backend;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory);
    clients = new TestCertificates(Files.createDirectory(directory.resolve("clients")));
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private RunningProxy asking(ClientAuth.Mode mode, @Nullable Path crl) throws Exception {
    Tls tls = Tls.with(certificates.forName("a.example").files());
    return new ProxySetup()
        .listenerTls(
            new Tls(
                tls.certificates(),
                tls.minVersion(),
                tls.ciphers(),
                mode == ClientAuth.Mode.NONE
                    ? ClientAuth.NONE
                    : new ClientAuth(mode, clients.authorityFile(), crl),
                true,
                null))
        .pool("p", backend.port())
        .start();
  }

  private ReadRequest got(RawClient connection) throws IOException {
    Map<BackendConnection, Integer> mark = backend.mark();
    String request = Wire.lines("GET /x HTTP/1.1", "Host: t") + FORGED + "\r\n";
    assertThat(connection.exchange(request).status()).isEqualTo(200);
    return backend.requestsSince(mark).getFirst();
  }

  private static void verifyNothingOf(ReadRequest request) {
    assertThat(request.fields())
        .noneMatch(
            field ->
                field.name().toLowerCase(Locale.ROOT).replace('_', '-').contains("client-cert"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aBackendLearnsWhoHasShownACertificate(String version) throws Exception {
    X509Bundle own = clients.forName("client.example").bundle();
    try (RunningProxy proxy = asking(ClientAuth.Mode.REQUIRED, null);
        RawClient connection = TlsClient.showing(own).versions(version).connect(proxy.port())) {
      ReadRequest request = got(connection);
      assertThat(request.value("Client-Cert"))
          .isEqualTo(
              ":" + Base64.getEncoder().encodeToString(own.getCertificate().getEncoded()) + ":");
      assertThat(request.value("X-Client-Cert-Subject")).isEqualTo("CN=client.example");
      assertThat(request.value("X-Client-Cert-Issuer")).isEqualTo("CN=Authority of the tests");
      assertThat(request.value("X-Client-Cert-Serial"))
          .isEqualTo(own.getCertificate().getSerialNumber().toString(16));
      assertThat(request.value("X-Client-Cert-Fingerprint")).matches("[0-9a-f]{64}");
      assertThat(request.value("X-Client-Cert-Not-After")).matches("[0-9-]+T[0-9:]+Z");
      assertThat(request.has("Client-Cert-Chain")).isFalse();
      assertThat(request.has("Client_Cert")).isFalse();
      assertThat(request.has("X-Client-Cert-Verified")).isFalse();
    }
  }

  @Test
  void namesInACertificateCannotAddFields() throws Exception {
    X509Bundle own =
        clients
            .with("c.example", b -> b.subject("CN=a\\0D\\0AX-Admin: yes\\C3\\A9,O=\\\"x\\\""))
            .bundle();
    try (RunningProxy proxy = asking(ClientAuth.Mode.REQUIRED, null);
        RawClient connection = TlsClient.showing(own).connect(proxy.port())) {
      ReadRequest request = got(connection);
      assertThat(request.has("X-Admin")).isFalse();
      assertThat(request.value("X-Client-Cert-Subject")).matches("[ -~]+").contains("\\0D\\0A");
    }
  }

  @Test
  void whoeverMustShowOneIsRefusedWithout() throws Exception {
    X509Bundle foreign = certificates.forName("client.example").bundle();
    X509Bundle old = clients.expired("client.example").bundle();
    try (RunningProxy proxy = asking(ClientAuth.Mode.REQUIRED, null)) {
      verifyRefused(TlsClient.trustingAnybody(), proxy);
      verifyRefused(TlsClient.showing(foreign), proxy);
      verifyRefused(TlsClient.showing(old), proxy);
      assertThat(backend.connections()).isEmpty();
    }
  }

  /** By TLS 1.3 the client has finished its handshake when it learns of the refusal. */
  private static void verifyRefused(TlsClient client, RunningProxy proxy) {
    assertThatThrownBy(
            () -> {
              try (RawClient connection = client.connect(proxy.port())) {
                connection.exchange(head("GET /x HTTP/1.1", "Host: t"));
              }
            })
        .isInstanceOf(IOException.class);
  }

  @Test
  void whoeverMayShowOneMustShowAGoodOne() throws Exception {
    try (RunningProxy proxy = asking(ClientAuth.Mode.OPTIONAL, null)) {
      try (RawClient without = TlsClient.trustingAnybody().connect(proxy.port())) {
        verifyNothingOf(got(without));
      }
      X509Bundle own = clients.forName("client.example").bundle();
      try (RawClient with = TlsClient.showing(own).connect(proxy.port())) {
        assertThat(got(with).value("X-Client-Cert-Subject")).isEqualTo("CN=client.example");
      }
      // Java's client shows none that the server did not ask for by its authority
      X509Bundle old = clients.expired("client.example").bundle();
      verifyRefused(TlsClient.showing(old), proxy);
    }
  }

  @Test
  void whereNobodyIsAskedClaimsOfClientsAreRemoved() throws Exception {
    try (RunningProxy proxy = asking(ClientAuth.Mode.NONE, null);
        RawClient connection = TlsClient.trustingAnybody().connect(proxy.port())) {
      verifyNothingOf(got(connection));
    }
    try (RunningProxy proxy = new ProxySetup().pool("p", backend.port()).start();
        RawClient connection = proxy.connect()) {
      verifyNothingOf(got(connection));
    }
  }

  @Test
  void aTrustedProxyMaySpeakForItsClients() throws Exception {
    try (RunningProxy proxy =
            new ProxySetup()
                .trusted(List.of(new Cidr(InetAddress.getLoopbackAddress(), 32)))
                .pool("p", backend.port())
                .start();
        RawClient connection = proxy.connect()) {
      assertThat(got(connection).value("X-Client-Cert-Subject")).isEqualTo("CN=root");
    }
  }

  @Test
  void aRevokedCertificateIsRefusedAlsoWithATicketOfBefore() throws Exception {
    Path crl = directory.resolve("list.crl");
    Revocations revocations = new Revocations(clients.authority());
    Files.write(crl, revocations.list());
    X509Bundle own = clients.forName("client.example").bundle();
    X509Bundle other = clients.forName("other.example").bundle();
    TlsClient client = TlsClient.showing(own);
    try (RunningProxy proxy = asking(ClientAuth.Mode.REQUIRED, crl)) {
      try (RawClient connection = client.connect(proxy.port())) {
        got(connection);
      }
      Files.write(crl, revocations.revoke(own).list());
      Await.until(() -> isRefused(client, proxy), "the revoked certificate is refused");
      try (RawClient connection = TlsClient.showing(other).connect(proxy.port())) {
        got(connection);
      }
    }
  }

  private static boolean isRefused(TlsClient client, RunningProxy proxy) {
    try (RawClient connection = client.connect(proxy.port())) {
      connection.exchange(head("GET /x HTTP/1.1", "Host: t"));
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
