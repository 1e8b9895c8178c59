package io.sluice.admin;

import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerSslBundle;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.stereotype.Component;

/** The certificates that the admin address shows, as they are at this moment. */
@Component
final class AdminCertificates {
  private static final long SECONDS_OF_A_DAY = 86_400;

  private final ServerProperties server;
  private final SslBundles bundles;
  private final InstantSource clock;

  AdminCertificates(ServerProperties server, SslBundles bundles, InstantSource clock) {
    this.server = server;
    this.bundles = bundles;
    this.clock = clock;
  }

  /**
   * One of them.
   *
   * @param subject whose
   * @param issuer by whom
   * @param until when it is valid no longer
   * @param daysLeft whole ones until then; negative: it is over
   */
  record View(String subject, String issuer, Instant until, long daysLeft) {}

  /** Whether it is spoken to by TLS. */
  boolean tls() {
    return Ssl.isEnabled(server.getSsl());
  }

  /** Those of servers, without the ones that issued them; none without TLS. */
  List<View> all() throws KeyStoreException {
    Ssl ssl = server.getSsl();
    if (ssl == null || !tls()) {
      return List.of();
    }
    KeyStore store = WebServerSslBundle.get(ssl, bundles).getStores().getKeyStore();
    List<View> views = new ArrayList<>();
    if (store != null) {
      for (String alias : Collections.list(store.aliases())) {
        Certificate certificate = store.getCertificate(alias);
        if (certificate instanceof X509Certificate x509) {
          Instant until = x509.getNotAfter().toInstant();
          views.add(
              new View(
                  x509.getSubjectX500Principal().getName(),
                  x509.getIssuerX500Principal().getName(),
                  until,
                  Math.floorDiv(
                      Duration.between(clock.instant(), until).toSeconds(), SECONDS_OF_A_DAY)));
        }
      }
    }
    return views;
  }
}
