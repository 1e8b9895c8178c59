package io.sluice.tls;

import io.sluice.config.ListenerSpec.Certificate;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one certificate of a listener comes from, and what of it is in force. Whoever renews writes
 * two files one after the other: what does not fit is only complained about when it is still so at
 * the next look. Guarded by its keeper.
 */
final class CertificateSource {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.tls");

  private final String listener;
  private final Certificate spec;
  private final Bundles bundles;

  private byte[] applied = {};
  private @Nullable ShownCertificate shown;
  private Instant loadedAt = Instant.EPOCH;
  private int replacements;

  /** Why what the source holds is not shown, as it was at the last look; null: it is. */
  private @Nullable String doubt;

  /** The same once it was told. */
  private @Nullable String problem;

  CertificateSource(String listener, Certificate spec, Bundles bundles) {
    this.listener = listener;
    this.spec = spec;
    this.bundles = bundles;
  }

  /** Makes a context of a certificate. */
  interface Maker {
    ShownCertificate make(ServerCertificate certificate) throws TlsMaterialException;
  }

  String label() {
    return ServerCertificate.label(spec);
  }

  /** What is in force. */
  ShownCertificate shown() {
    if (shown == null) {
      throw new IllegalStateException("not loaded");
    }
    return shown;
  }

  /**
   * Loads it for the first time. One that is out of date is shown all the same: some clients take
   * it, and all would notice if nobody listened.
   *
   * @throws TlsMaterialException when it cannot be used
   */
  void begin(Maker maker, Instant now) throws TlsMaterialException {
    ServerCertificate.Raw raw = ServerCertificate.read(spec, bundles);
    shown = maker.make(raw.parser().parse());
    applied = raw.digest();
    loadedAt = now;
  }

  /**
   * Looks whether there is another one.
   *
   * @param patient whether a first failure is not told yet
   * @return what is in force no longer; null: nothing has changed
   */
  @Nullable ShownCertificate refresh(Maker maker, Instant now, boolean patient) {
    try {
      ServerCertificate.Raw raw = ServerCertificate.read(spec, bundles);
      if (Arrays.equals(raw.digest(), applied)) {
        wellAgain();
        return null;
      }
      ServerCertificate found = raw.parser().parse();
      String wrong = found.outOfDate(now);
      if (!wrong.isEmpty()) {
        throw new TlsMaterialException("cert", label() + " " + wrong);
      }
      return replace(maker.make(found), raw.digest(), now);
    } catch (TlsMaterialException e) {
      refuse(e.sentence(), patient);
      return null;
    }
  }

  private ShownCertificate replace(ShownCertificate made, byte[] digest, Instant now) {
    ShownCertificate before = shown();
    shown = made;
    applied = digest;
    loadedAt = now;
    replacements++;
    doubt = null;
    problem = null;
    LOG.info(
        "certificate {} of listener {} was replaced; the new one is valid until {}",
        label(),
        listener,
        made.certificate().until());
    return before;
  }

  private void wellAgain() {
    doubt = null;
    if (problem != null) {
      problem = null;
      LOG.info("certificate {} of listener {} is as it was before", label(), listener);
    }
  }

  private void refuse(String why, boolean patient) {
    boolean first = !why.equals(doubt);
    doubt = why;
    if (patient && first || why.equals(problem)) {
      return;
    }
    problem = why;
    LOG.error(
        "listener {}: {}; the certificate before, valid until {}, stays in force",
        listener,
        why,
        shown().certificate().until());
  }

  /** Shows the same certificate in another context; returns the one before. */
  ShownCertificate remade(ShownCertificate made) {
    ShownCertificate before = shown();
    shown = made;
    return before;
  }

  @Nullable String problem() {
    return problem;
  }

  Instant loadedAt() {
    return loadedAt;
  }

  int replacements() {
    return replacements;
  }
}
