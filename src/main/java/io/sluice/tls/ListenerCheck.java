package io.sluice.tls;

import io.netty.handler.ssl.OpenSsl;
import io.sluice.config.ListenerSpec;
import io.sluice.config.ListenerSpec.Tls;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what the listeners' TLS needs and gives it up again. Unlike a start it goes on after the
 * first mistake, and tells what a start would go on with.
 */
public final class ListenerCheck {
  /** Long enough to renew in. */
  private static final Duration SOON = Duration.ofDays(14);

  private final Bundles bundles;
  private final Instant now;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * What speaks against a listener's TLS.
   *
   * @param key of the configuration
   * @param warning whether a start would go on with it
   */
  public record Finding(String key, String message, boolean warning) {}

  private ListenerCheck(Bundles bundles, Instant now) {
    this.bundles = bundles;
    this.now = now;
  }

  /** All findings, in the configuration's order. */
  public static List<Finding> of(List<ListenerSpec> listeners, Bundles bundles, Instant now) {
    ListenerCheck check = new ListenerCheck(bundles, now);
    for (int i = 0; i < listeners.size(); i++) {
      Tls tls = listeners.get(i).tls();
      if (tls != null) {
        check.listener("sluice.listeners[" + i + "].tls", tls);
      }
    }
    return check.findings;
  }

  private void listener(String key, Tls tls) {
    if (!OpenSsl.isAvailable()) {
      error(key, ListenerTls.noLibrary());
      return;
    }
    for (int i = 0; i < tls.certificates().size(); i++) {
      certificate(key, i, tls);
    }
    try {
      ListenerSpec.ClientAuth clients = tls.clientAuth();
      ClientTrust trust = ClientTrust.of(clients, ClientTrust.read(clients));
      warn(key + ".client-auth.crl", clients.crl() + " ", trust.outOfDate(now));
    } catch (TlsMaterialException e) {
      error(key + ".client-auth." + e.part(), e.sentence());
    }
  }

  private void certificate(String key, int number, Tls tls) {
    String place = key + ".certificates[" + number + "]";
    String label = ServerCertificate.label(tls.certificates().get(number));
    try {
      ServerCertificate found =
          ServerCertificate.read(tls.certificates().get(number), bundles).parser().parse();
      ListenerTls.requireCipher(found, tls);
      String wrong = found.outOfDate(now);
      if (wrong.isEmpty() && found.until().isBefore(now.plus(SOON))) {
        wrong = "expires soon: it is valid until " + found.until();
      }
      warn(place, "the certificate in " + label + " ", wrong);
      warn(place, label + ": ", found.chainTrouble());
    } catch (TlsMaterialException e) {
      error(e.part().equals("ciphers") ? key + ".ciphers" : place + "." + e.part(), e.sentence());
    }
  }

  private void error(String key, String message) {
    findings.add(new Finding(key, message, false));
  }

  private void warn(String key, String start, String wrong) {
    if (!wrong.isEmpty()) {
      findings.add(new Finding(key, start + wrong, true));
    }
  }
}
