package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ListenerSpec.Certificate;
import io.sluice.config.ListenerSpec.Tls;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TestCertificates.Issued;
import io.sluice.testkit.TlsClient;
import io.sluice.tls.CertificateStatus;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates are exchanged by changing their files; nobody's connection notices. */
class TlsReloadIT {
  private static final String NAME = "one.example";
  private static final String GET = head("GET /x HTTP/1.1", "Host: one.example");

  @TempDir private Path directory;
  private Path cert;
  private Path key;
  private TestCertificates certificates;
  private ScriptedBackend backend;
  private RunningProxy proxy;
  private Issued first;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory);
    backend = ScriptedBackend.start();
    cert = directory.resolve("tls.crt");
    key = directory.resolve("tls.key");
    first = certificates.forName(NAME);
    install(first);
    proxy = serve();
  }

  private RunningProxy serve() {
    return new ProxySetup()
        .listenerTls(Tls.with(new Certificate.Files(cert, key)))
        .pool("p", backend.port())
        .start();
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    backend.close();
  }

  private void install(Issued issued) throws IOException {
    copy(issued.cert(), cert);
    copy(issued.key(), key);
  }

  private static void copy(Path from, Path to) throws IOException {
    Path beside = to.resolveSibling(to.getFileName() + ".new");
    Files.copy(from, beside, StandardCopyOption.REPLACE_EXISTING);
    Files.move(beside, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private BigInteger shown() throws IOException {
    return TlsClient.trusting(certificates).serverName(NAME).shown(proxy.port()).getSerialNumber();
  }

  private static BigInteger serial(Issued issued) {
    return issued.bundle().getCertificate().getSerialNumber();
  }

  private CertificateStatus status() {
    return proxy.dataPlane().certificates().status().getFirst();
  }

  private void awaitShown(Issued issued) {
    Await.until(
        () -> {
          try {
            return shown().equals(serial(issued));
          } catch (IOException e) {
            throw new AssertionError("a handshake has failed", e);
          }
        },
        "the new certificate is shown");
  }

  @Test
  void aChangedFileIsNoticedByItselfAndConnectionsStay() throws Exception {
    try (RawClient old = TlsClient.trusting(certificates).serverName(NAME).connect(proxy.port())) {
      assertThat(old.exchange(GET).status()).isEqualTo(200);
      Issued second = certificates.forName(NAME);
      install(second);
      awaitShown(second);
      assertThat(old.exchange(GET).status()).isEqualTo(200);
      assertThat(status().replacements()).isEqualTo(1);
      assertThat(status().problem()).isNull();
      assertThat(status().until())
          .isEqualTo(second.bundle().getCertificate().getNotAfter().toInstant());
    }
  }

  @Test
  void aPairThatIsOnlyHalfRenewedIsWaitedForAndToldWhenItStaysSo() throws Exception {
    Issued second = certificates.forName(NAME);
    copy(second.cert(), cert);
    Await.until(() -> status().problem() != null, "the mismatch is told");
    assertThat(status().problem())
        .contains("is not the key of the certificate in")
        .contains("belong together");
    assertThat(shown()).isEqualTo(serial(first));
    copy(second.key(), key);
    awaitShown(second);
    assertThat(status().problem()).isNull();
  }

  @Test
  void whatIsWorseThanTheOneBeforeIsRefused() throws Exception {
    install(certificates.expired(NAME));
    assertThat(proxy.dataPlane().certificates().lookNow())
        .isEqualTo("1 of 1 certificates cannot be replaced, see above");
    assertThat(status().problem()).contains("has expired: it was valid until");
    Files.writeString(cert, "-----BEGIN CERTIFICATE-----\nMIIB");
    proxy.dataPlane().certificates().lookNow();
    assertThat(status().problem()).contains("ends in the middle");
    Files.delete(cert);
    proxy.dataPlane().certificates().lookNow();
    assertThat(status().problem()).contains("does not exist");
    assertThat(shown()).isEqualTo(serial(first));
    install(first);
    assertThat(proxy.dataPlane().certificates().lookNow())
        .isEqualTo("the certificates are those of their files");
    assertThat(status().problem()).isNull();
    assertThat(status().replacements()).isZero();
  }

  @Test
  void aKubernetesSecretIsFollowedThroughItsLinks() throws Exception {
    proxy.close();
    Path secret = Files.createDirectory(directory.resolve("secret"));
    Issued second = certificates.forName(NAME);
    version(secret, "v1", first);
    Path data = secret.resolve("..data");
    Files.createSymbolicLink(data, Path.of("v1"));
    cert = Files.createSymbolicLink(secret.resolve("tls.crt"), Path.of("..data", "tls.crt"));
    key = Files.createSymbolicLink(secret.resolve("tls.key"), Path.of("..data", "tls.key"));
    proxy = serve();
    assertThat(shown()).isEqualTo(serial(first));
    version(secret, "v2", second);
    Path next = Files.createSymbolicLink(secret.resolve("..data_tmp"), Path.of("v2"));
    Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);
    awaitShown(second);
  }

  private static void version(Path secret, String name, Issued issued) throws IOException {
    Path version = Files.createDirectory(secret.resolve(name));
    Files.copy(issued.cert(), version.resolve("tls.crt"));
    Files.copy(issued.key(), version.resolve("tls.key"));
  }

  @Test
  void aHundredChangesUnderLoadFailNoHandshakeAndNoRequest() throws Exception {
    List<Issued> turns = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      turns.add(certificates.forName(NAME));
    }
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger requests = new AtomicInteger();
    AtomicInteger handshakes = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int perConnection = i == 0 ? 100_000 : 1 + 3 * i;
        String version = i % 2 == 0 ? "TLSv1.3" : "TLSv1.2";
        all.add(
            threads.submit(
                () -> {
                  while (!over.get()) {
                    load(version, perConnection, over, requests);
                    handshakes.incrementAndGet();
                  }
                  return null;
                }));
      }
      for (int i = 1; i <= 100; i++) {
        install(turns.get(i % turns.size()));
        proxy.dataPlane().certificates().lookNow();
        assertThat(status().replacements()).isEqualTo(i);
        int served = requests.get();
        Await.until(() -> requests.get() > served + 20, "requests go on");
      }
      over.set(true);
      for (Future<?> one : all) {
        one.get(); // throws what has failed
      }
    }
    assertThat(handshakes.get()).isGreaterThan(100);
    assertThat(proxy.reported()).allSatisfy(r -> assertThat(r.status()).isEqualTo(200));
    assertThat(proxy.status().tls().getFirst().handshakes().failed()).isZero();
  }

  private void load(String version, int most, AtomicBoolean over, AtomicInteger requests)
      throws IOException {
    TlsClient fresh = TlsClient.trusting(certificates).serverName(NAME).versions(version);
    try (RawClient connection = fresh.connect(proxy.port())) {
      for (int i = 0; i < most && !over.get(); i++) {
        assertThat(connection.exchange(GET).status()).isEqualTo(200);
        requests.incrementAndGet();
      }
    }
  }
}
