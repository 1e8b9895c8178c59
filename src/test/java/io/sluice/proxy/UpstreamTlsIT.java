package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.control.DataPlaneException;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RouteSetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TestCertificates.Issued;
import io.sluice.testkit.TlsBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS towards backends: the right name is asked for, and nothing else is trusted. */
class UpstreamTlsIT {
  private static final String NAME = "one.example";

  @TempDir private Path directory;
  private TestCertificates certificates;
  private Path authority;

  @BeforeEach
  void issue() throws Exception {
    certificates = new TestCertificates(directory);
    authority = certificates.authorityFile();
  }

  private TlsSpec verified(@Nullable String sni) {
    return new TlsSpec(true, sni, true, authority, null, null);
  }

  private static RunningProxy to(TlsBackend backend, TlsSpec tls) {
    return new ProxySetup().tls(tls).pool("p", backend.port()).start();
  }

  private static Response get(RunningProxy proxy) throws IOException {
    return proxy.once(head("GET /x HTTP/1.1", "Host: outer.example"));
  }

  private static void verifyRefused(TlsBackend backend, TlsSpec tls) throws IOException {
    try (RunningProxy proxy = to(backend, tls)) {
      Response response = get(proxy);
      assertThat(response.status()).isEqualTo(502);
      assertThat(response.body()).contains("TLS");
      assertThat(backend.seen()).as("no request was sent").isEmpty();
      assertThat(proxy.awaitReport("/x").errorReason()).contains("TLS");
    }
  }

  @Test
  void aBackendSeesTheNameThatIsConfiguredAndTheHostThatTheRouteSets() throws Exception {
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forName(NAME));
        RunningProxy proxy =
            new ProxySetup()
                .tls(verified(NAME))
                .pool("p", backend.port())
                .route(RouteSetup.route("r").hostRewrite(NAME).toPool("p"))
                .start()) {
      Response response = get(proxy);
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("saw GET /x");
      assertThat(backend.seen()).containsExactly(new TlsBackend.Seen(NAME, null, NAME));
    }
  }

  @Test
  void anAddressIsVerifiedAsAnAddressAndAskedForWithoutAName() throws Exception {
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forNameAndLoopback(NAME));
        RunningProxy proxy = to(backend, verified(null))) {
      assertThat(get(proxy).status()).isEqualTo(200);
      assertThat(backend.seen()).containsExactly(new TlsBackend.Seen(null, null, "outer.example"));
    }
  }

  @Test
  void anAddressThatTheCertificateDoesNotNameIsRefused() throws Exception {
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forName(NAME))) {
      verifyRefused(backend, verified(null));
    }
  }

  @Test
  void aCertificateForAnotherNameIsRefused() throws Exception {
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forName("other.example"))) {
      verifyRefused(backend, verified(NAME));
    }
  }

  @Test
  void anExpiredCertificateIsRefused() throws Exception {
    try (TlsBackend backend = TlsBackend.start("b1", certificates.expired(NAME))) {
      verifyRefused(backend, verified(NAME));
    }
  }

  @Test
  void aCertificateOfAnotherAuthorityIsRefused() throws Exception {
    Path elsewhere = Files.createDirectory(directory.resolve("other"));
    Issued foreign = new TestCertificates(elsewhere).forName(NAME);
    try (TlsBackend backend = TlsBackend.start("b1", foreign)) {
      verifyRefused(backend, verified(NAME));
      verifyRefused(backend, new TlsSpec(true, NAME, true, null, null, null));
    }
  }

  @Test
  void anAlternativeNameIsAccepted() throws Exception {
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forName("real.example"))) {
      TlsSpec tls = new TlsSpec(true, NAME, true, authority, "real.example", null);
      try (RunningProxy proxy = to(backend, tls)) {
        assertThat(get(proxy).status()).isEqualTo(200);
        assertThat(backend.seen().getFirst().sni()).isEqualTo(NAME);
      }
      verifyOther(new TlsSpec(true, NAME, true, authority, "wrong.example", null));
    }
  }

  private void verifyOther(TlsSpec tls) throws Exception {
    try (TlsBackend backend = TlsBackend.start("b2", certificates.forName("real.example"))) {
      verifyRefused(backend, tls);
    }
  }

  @Test
  void withoutVerificationAnyCertificateServes() throws Exception {
    Path elsewhere = Files.createDirectory(directory.resolve("other"));
    Issued expired = new TestCertificates(elsewhere).expired("whatever.example");
    try (TlsBackend backend = TlsBackend.start("b1", expired);
        RunningProxy proxy = to(backend, new TlsSpec(true, NAME, false, null, null, null))) {
      assertThat(get(proxy).status()).isEqualTo(200);
      assertThat(backend.seen().getFirst().sni()).isEqualTo(NAME);
    }
  }

  @Test
  void aBackendThatDemandsACertificateGetsOurs() throws Exception {
    Issued own = certificates.forName("sluice.example");
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forName(NAME), certificates)) {
      TlsSpec with = new TlsSpec(true, NAME, true, authority, null, own.asClientCertificate());
      try (RunningProxy proxy = to(backend, with)) {
        assertThat(get(proxy).status()).isEqualTo(200);
        assertThat(backend.seen().getFirst().clientName()).isEqualTo("CN=sluice.example");
      }
      try (RunningProxy proxy = to(backend, verified(NAME))) {
        assertThat(get(proxy).status()).isEqualTo(502);
      }
    }
  }

  @Test
  void aPlainBackendIsABadGateway() throws Exception {
    try (var backend = io.sluice.testkit.ScriptedBackend.start();
        RunningProxy proxy =
            new ProxySetup().tls(verified(NAME)).pool("p", backend.port()).start()) {
      backend.otherwise(c -> c.send(io.sluice.testkit.Wire.ok("plain")));
      assertThat(get(proxy).status()).isIn(502, 504);
    }
  }

  @Test
  void connectionsAreKeptAndSessionsResumed() throws Exception {
    PoolSpec.KeepAlive none = new PoolSpec.KeepAlive(0, Duration.ofMinutes(1), Duration.ZERO, 0);
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forName(NAME))) {
      try (RunningProxy proxy = to(backend, verified(NAME));
          RawClient client = proxy.connect()) {
        for (int i = 0; i < 5; i++) {
          client.exchange(head("GET /kept HTTP/1.1", "Host: t"));
        }
      }
      assertThat(backend.backend().connections()).hasSize(1);
      long before = backend.newSessions();
      try (RunningProxy proxy =
              new ProxySetup()
                  .threads(1)
                  .tls(verified(NAME))
                  .keepAlive(none)
                  .pool("p", backend.port())
                  .start();
          RawClient client = proxy.connect()) {
        for (int i = 0; i < 5; i++) {
          assertThat(client.exchange(head("GET /fresh HTTP/1.1", "Host: t")).status())
              .isEqualTo(200);
        }
      }
      assertThat(backend.backend().connections()).hasSize(6);
      assertThat(backend.newSessions() - before).as("the others were resumed").isEqualTo(1);
    }
  }

  @Test
  void aBackendsOwnSettingsReplaceThePools() throws Exception {
    try (TlsBackend secure = TlsBackend.start("b1", certificates.forName(NAME));
        var plain = io.sluice.testkit.ScriptedBackend.start("b2")) {
      var first = ProxySetup.backend("b1", secure.port(), 1);
      var second = ProxySetup.backend("b2", plain.port(), 1).withTls(TlsSpec.OFF);
      try (RunningProxy proxy =
          new ProxySetup().tls(verified(NAME)).pool("p", List.of(first, second)).start()) {
        assertThat(get(proxy).status()).isEqualTo(200);
        assertThat(get(proxy).status()).isEqualTo(200);
      }
      assertThat(secure.seen()).hasSize(1);
      assertThat(plain.requestsSince(Map.of())).hasSize(1);
    }
  }

  @Test
  void aMissingOrBrokenFileIsFoundBeforeAnythingServes() throws Exception {
    Path broken = Files.writeString(directory.resolve("broken.pem"), "no certificate");
    for (Path ca : List.of(broken, directory.resolve("missing.pem"))) {
      TlsSpec tls = new TlsSpec(true, NAME, true, ca, null, null);
      assertThatThrownBy(() -> new ProxySetup().tls(tls).pool("p", 1).start().close())
          .isInstanceOf(DataPlaneException.class)
          .hasMessageContaining(ca.toString());
    }
  }
}
