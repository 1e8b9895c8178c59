package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ListenerSpec.Certificate;
import io.sluice.config.ListenerSpec.ClientAuth;
import io.sluice.config.ListenerSpec.Hsts;
import io.sluice.config.ListenerSpec.Limits;
import io.sluice.config.ListenerSpec.Tls;
import io.sluice.config.ListenerSpec.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** TLS of listeners; mistakes stand in {@code problems.txt}. */
class ListenerTlsReaderTest {

  private static List<ListenerSpec> read(String listeners) throws InvalidConfigurationException {
    return ConfigurationReader.read("f.yaml", "sluice:\n  listeners:\n" + listeners).listeners();
  }

  @Test
  void everyKeyReachesItsRecord() throws Exception {
    List<ListenerSpec> listeners =
        read(
            """
                - address: 0.0.0.0:80
                - address: 0.0.0.0:8443
                  tls:
                    certificates:
                      - {cert: /tls/ecdsa.crt, key: /tls/ecdsa.key}
                      - {bundle: web}
                    min-version: 1.2
                    ciphers: [ECDHE-ECDSA-AES256-GCM-SHA384, tls_ecdhe_rsa_with_aes_256_gcm_sha384]
                    client-auth: {mode: optional, ca: /tls/ca.pem, crl: /tls/crl.pem}
                    tickets: false
                    hsts: {max-age: 8760h, include-subdomains: true, preload: true}
                    redirect-from: 0.0.0.0:80
                    redirect-port: 443
            """);

    assertThat(listeners)
        .containsExactly(
            new ListenerSpec(new Address.Tcp("0.0.0.0", 80), Limits.DEFAULT).withRedirectTo(443),
            new ListenerSpec(new Address.Tcp("0.0.0.0", 8443), Limits.DEFAULT)
                .withTls(
                    new Tls(
                        List.of(
                            new Certificate.Files(
                                Path.of("/tls/ecdsa.crt"), Path.of("/tls/ecdsa.key")),
                            new Certificate.Bundle("web")),
                        Version.TLS_1_2,
                        List.of(
                            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
                        new ClientAuth(
                            ClientAuth.Mode.OPTIONAL,
                            Path.of("/tls/ca.pem"),
                            Path.of("/tls/crl.pem")),
                        false,
                        new Hsts(Duration.ofDays(365), true, true))));
  }

  @Test
  void whatIsNotWrittenIsMozillasIntermediateProfile() throws Exception {
    assertThat(read("    - {address: \"a:443\", tls: {bundle: web}}\n").getFirst().tls())
        .isEqualTo(Tls.with(new Certificate.Bundle("web")));
    ListenerSpec listener =
        read("    - {address: \"a:443\", tls: {bundle: w, min-version: 1.3}}\n").getFirst();
    Tls newest = Objects.requireNonNull(listener.tls());
    assertThat(newest.minVersion()).isEqualTo(Version.TLS_1_3);
  }

  @Test
  void requestsAreSentToTheListenersOwnPortUnlessAnotherIsNamed() throws Exception {
    assertThat(
            read(
                """
                    - {address: "a:443", tls: {bundle: w, redirect-from: ["A:80", "[::1]:80"]}}
                    - {address: "a:80"}
                    - {address: "[0:0::1]:80"}
                    - {address: "a:8080"}
                """))
        .extracting(ListenerSpec::redirectTo)
        .containsExactly(0, 443, 443, 0);
  }
}
