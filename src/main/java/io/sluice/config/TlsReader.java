package io.sluice.config;

import io.sluice.config.TlsSpec.ClientCertificate;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads {@code tls} of a pool or a backend. */
final class TlsReader {
  private TlsReader() {}

  /** The settings; null when there are none, or none that can be used (then reported). */
  static @Nullable TlsSpec read(@Nullable YamlMapping tls) {
    if (tls == null) {
      return null;
    }
    // The rest without it would look like encryption and be none.
    YamlValue enabled =
        tls.required("enabled", "true, without which nothing else here has an effect");
    Boolean on = enabled == null ? null : enabled.parsed(Numbers.BOOL);
    return new TlsSpec(
        on != null && on,
        tls.optional("sni", HostNames::name),
        tls.value("verify", Numbers.BOOL, true),
        tls.optional("ca", Texts::path),
        tls.optional("alternative-name", HostNames::nameOrLiteral),
        clientCertificate(tls.mapping("client-certificate", KnownKeys.CLIENT_CERTIFICATE)));
  }

  private static @Nullable ClientCertificate clientCertificate(@Nullable YamlMapping both) {
    if (both == null) {
      return null;
    }
    Path cert = file(both, "cert");
    Path key = file(both, "key");
    return cert == null || key == null ? null : new ClientCertificate(cert, key);
  }

  private static @Nullable Path file(YamlMapping mapping, String key) {
    YamlValue value = mapping.required(key, "the path of a PEM file");
    return value == null ? null : value.parsed(Texts::path);
  }
}
