package io.sluice.proxy;

import io.sluice.config.Cidr;
import io.sluice.http.Ascii;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all listeners have in common and does not change.
 *
 * @param trustedProxies peers whose forwarded fields are believed
 * @param viaName pseudonym for Via (RFC 9110 7.6.3); null: none is written
 */
public record ProxySettings(List<Cidr> trustedProxies, @Nullable String viaName) {
  public ProxySettings {
    trustedProxies = List.copyOf(trustedProxies);
  }

  byte @Nullable [] viaLine() {
    return viaName == null ? null : Ascii.bytes("Via: 1.1 " + viaName + "\r\n");
  }
}
