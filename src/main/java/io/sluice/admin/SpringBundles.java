package io.sluice.admin;

import io.sluice.tls.Bundles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.ssl.JksSslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.PemSslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.PropertiesSslBundle;
import org.springframework.boot.autoconfigure.ssl.SslProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;

/**
 * Spring's SSL bundles for listeners of the data plane, which serve before Spring is started: the
 * file's section is bound when the first bundle is asked for, and the files that a bundle names are
 * read anew each time.
 */
final class SpringBundles implements Bundles {
  private final String file;
  private final String yaml;
  private SslProperties.@Nullable Bundles bound;

  SpringBundles(String file, String yaml) {
    this.file = file;
    this.yaml = yaml;
  }

  private synchronized SslProperties.Bundles bound() throws IOException {
    if (bound == null) {
      StandardEnvironment environment = new StandardEnvironment();
      byte[] own = SpringSections.of(yaml).getBytes(StandardCharsets.UTF_8);
      ByteArrayResource text = new ByteArrayResource(own, file);
      for (PropertySource<?> source : new YamlPropertySourceLoader().load(file, text)) {
        environment.getPropertySources().addLast(source);
      }
      bound = Binder.get(environment).bindOrCreate("spring.ssl", SslProperties.class).getBundle();
    }
    return bound;
  }

  @Override
  public Pair load(String name) throws IOException {
    try {
      PemSslBundleProperties pem = bound().getPem().get(name);
      JksSslBundleProperties jks = bound().getJks().get(name);
      if (pem != null) {
        return pair(PropertiesSslBundle.get(pem));
      }
      if (jks != null) {
        return pair(PropertiesSslBundle.get(jks));
      }
    } catch (RuntimeException | GeneralSecurityException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      String said = String.valueOf(e.getMessage());
      String cause = String.valueOf(root.getMessage());
      throw new IOException(
          "cannot be used: " + (said.contains(cause) ? said : said + ": " + cause), e);
    }
    throw new IOException(
        "does not exist; add spring.ssl.bundle.pem." + name + " or spring.ssl.bundle.jks." + name);
  }

  private static Pair pair(SslBundle bundle) throws IOException, GeneralSecurityException {
    KeyStore store = bundle.getStores().getKeyStore();
    if (store == null) {
      throw new IOException(
          "has no key store; give it keystore.certificate and keystore.private-key");
    }
    String password = bundle.getKey().getPassword();
    if (password == null) {
      password = bundle.getStores().getKeyStorePassword();
    }
    char[] secret = password == null ? null : password.toCharArray();
    String wanted = bundle.getKey().getAlias();
    for (String alias : Collections.list(store.aliases())) {
      boolean asked = wanted == null || wanted.equalsIgnoreCase(alias);
      if (asked && store.getKey(alias, secret) instanceof PrivateKey key) {
        List<X509Certificate> chain = new ArrayList<>();
        for (Certificate certificate : store.getCertificateChain(alias)) {
          if (certificate instanceof X509Certificate x509) {
            chain.add(x509);
          }
        }
        return new Pair(chain, key);
      }
    }
    throw new IOException(
        wanted == null
            ? "has no private key in its key store"
            : "has no private key by the alias " + wanted + " in its key store");
  }
}
