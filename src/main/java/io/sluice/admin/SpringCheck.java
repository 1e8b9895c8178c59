package io.sluice.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.ssl.JksSslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.PemSslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.PropertiesSslBundle;
import org.springframework.boot.autoconfigure.ssl.SslProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServerSslBundle;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;

/**
 * Looks at the sections of the file that are Spring's, as far as that goes without starting it: the
 * TLS of the management plane, by the classes that Spring itself makes it with.
 */
final class SpringCheck {
  private final StandardEnvironment environment = new StandardEnvironment();
  private final DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry();
  private final List<AdminPlane.Finding> findings = new ArrayList<>();

  private SpringCheck() {}

  /** Everything that is wrong; empty without such sections. */
  static List<AdminPlane.Finding> of(String file, String yaml) {
    String own = SpringSections.of(yaml);
    if (own.isEmpty()) {
      return List.of();
    }
    SpringCheck check = new SpringCheck();
    check.attempt("", () -> check.load(file, own));
    check.attempt("spring.ssl.bundle", check::bundles);
    check.attempt("server", check::server);
    return check.findings;
  }

  private void load(String file, String yaml) {
    ByteArrayResource text = new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8), file);
    try {
      for (PropertySource<?> source : new YamlPropertySourceLoader().load(file, text)) {
        environment.getPropertySources().addLast(source);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private void bundles() {
    SslProperties.Bundles all = bound("spring.ssl", SslProperties.class).getBundle();
    for (Map.Entry<String, PemSslBundleProperties> pem : all.getPem().entrySet()) {
      pem.getValue().getKeystore().setVerifyKeys(true);
      bundle("spring.ssl.bundle.pem." + pem.getKey(), pem.getKey(), pem.getValue());
    }
    for (Map.Entry<String, JksSslBundleProperties> jks : all.getJks().entrySet()) {
      String key = "spring.ssl.bundle.jks." + jks.getKey();
      register(key, jks.getKey(), () -> PropertiesSslBundle.get(jks.getValue()));
    }
  }

  private void bundle(String key, String name, PemSslBundleProperties pem) {
    register(key, name, () -> PropertiesSslBundle.get(pem));
  }

  private void register(String key, String name, Supplier<SslBundle> maker) {
    SslBundle bundle = usable(key, maker);
    // One that is named must exist, or its name would be a second problem.
    bundles.registerBundle(name, bundle == null ? SslBundle.systemDefault() : bundle);
  }

  private void server() {
    Ssl ssl = bound("server", ServerProperties.class).getSsl();
    if (!Ssl.isEnabled(ssl)) {
      return;
    }
    String bundle = ssl.getBundle();
    if (bundle != null) {
      // Its content was looked at where it stands.
      attempt("server.ssl.bundle", () -> bundles.getBundle(bundle));
    } else if (ssl.getCertificate() != null) {
      PemSslBundleProperties pem = new PemSslBundleProperties();
      pem.getKeystore().setCertificate(ssl.getCertificate());
      pem.getKeystore().setPrivateKey(ssl.getCertificatePrivateKey());
      pem.getKeystore().setPrivateKeyPassword(ssl.getKeyPassword());
      pem.getKeystore().setVerifyKeys(true);
      usable("server.ssl.certificate", () -> PropertiesSslBundle.get(pem));
    } else {
      usable("server.ssl", () -> WebServerSslBundle.get(ssl, bundles));
    }
  }

  private <T> T bound(String prefix, Class<T> type) {
    return Binder.get(environment).bindOrCreate(prefix, type);
  }

  private @Nullable SslBundle usable(String key, Supplier<SslBundle> maker) {
    SslBundle[] made = new SslBundle[1];
    attempt(
        key,
        () -> {
          SslBundle bundle = maker.get();
          bundle.createSslContext();
          dates(key, bundle.getStores().getKeyStore());
          made[0] = bundle;
        });
    return made[0];
  }

  private void dates(String key, @Nullable KeyStore store) {
    if (store == null) {
      return;
    }
    try {
      for (String alias : Collections.list(store.aliases())) {
        if (store.getCertificate(alias) instanceof X509Certificate certificate
            && certificate.getNotAfter().toInstant().isBefore(Instant.now())) {
          findings.add(
              new AdminPlane.Finding(
                  key,
                  "the certificate of %s has expired: it was valid until %s"
                      .formatted(
                          certificate.getSubjectX500Principal().getName(),
                          certificate.getNotAfter().toInstant()),
                  true));
        }
      }
    } catch (KeyStoreException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private void attempt(String key, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      String said = String.valueOf(e.getMessage());
      String cause = String.valueOf(root.getMessage());
      findings.add(
          new AdminPlane.Finding(
              key,
              "Spring cannot use it: " + (said.contains(cause) ? said : said + ": " + cause),
              false));
    }
  }
}
