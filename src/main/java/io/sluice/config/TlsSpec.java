package io.sluice.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards a backend.
 *
 * @param enabled whether connections use TLS; default false
 * @param sni the server name sent and verified; null: the backend's host name, or none when its
 *     address is an IP literal (the certificate must then name the IP address)
 * @param verify whether chain and name are verified; default true
 * @param ca PEM file with the only trusted roots; null: the Java runtime's
 * @param alternativeName a second name that is accepted in the certificate; null: none
 * @param clientCertificate what Sluice shows to the backend; null: nothing
 */
public record TlsSpec(
    boolean enabled,
    @Nullable String sni,
    boolean verify,
    @Nullable Path ca,
    @Nullable String alternativeName,
    @Nullable ClientCertificate clientCertificate) {

  /** Plain connections. */
  public static final TlsSpec OFF = new TlsSpec(false, null, true, null, null, null);

  /** The same with this server name. */
  public TlsSpec withSni(String name) {
    return new TlsSpec(enabled, name, verify, ca, alternativeName, clientCertificate);
  }

  /**
   * A certificate chain and its key.
   *
   * @param cert PEM file, leaf first
   * @param key PEM file, PKCS#8, not encrypted
   */
  public record ClientCertificate(Path cert, Path key) {}
}
