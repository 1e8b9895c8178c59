package io.sluice.tls;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A certificate of a listener as it is at the moment.
 *
 * @param listener the listener's address as the configuration has it
 * @param source where it comes from: its file, or {@code bundle NAME}
 * @param subject whose it is
 * @param issuer who has issued it
 * @param names DNS names that it is for
 * @param keyType {@code RSA} or {@code ECDSA}
 * @param from when it becomes valid
 * @param until when it is valid no longer
 * @param fingerprint SHA-256 of the certificate in lower-case hexadecimal
 * @param loadedAt since when it is shown
 * @param replacements how often it was replaced since the start
 * @param problem why what its source holds now is not shown; null: it is
 */
public record CertificateStatus(
    String listener,
    String source,
    String subject,
    String issuer,
    List<String> names,
    String keyType,
    Instant from,
    Instant until,
    String fingerprint,
    Instant loadedAt,
    int replacements,
    @Nullable String problem) {
  public CertificateStatus {
    names = List.copyOf(names);
  }
}
