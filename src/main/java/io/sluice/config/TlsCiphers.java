package io.sluice.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The ciphers of TLS 1.2 that can be offered: those of the TLS library with forward secrecy and
 * authenticated encryption, and the old ones that some clients still need. Whatever is broken (RC4,
 * 3DES, export, NULL) is not among them.
 */
final class TlsCiphers {
  private static final Map<String, String> BY_OPENSSL_NAME = new LinkedHashMap<>();

  private static final Set<String> OF_TLS_1_3 =
      Set.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  static {
    put("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    put("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    put("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    put("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    put("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
    put("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
    put("ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA");
    put("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA");
    put("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA");
    put("ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");
    put("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256");
    put("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384");
    put("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA");
    put("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA");
  }

  private TlsCiphers() {}

  private static void put(String openSsl, String iana) {
    BY_OPENSSL_NAME.put(openSsl, iana);
  }

  /** All of them by their IANA names. */
  static Collection<String> all() {
    return List.copyOf(BY_OPENSSL_NAME.values());
  }

  /** The IANA name of a cipher that is written so, or as OpenSSL calls it. */
  static String cipher(String text) throws BadValueException {
    String upper = text.toUpperCase(Locale.ROOT);
    String iana = BY_OPENSSL_NAME.get(upper);
    if (iana != null) {
      return iana;
    }
    if (BY_OPENSSL_NAME.containsValue(upper)) {
      return upper;
    }
    if (OF_TLS_1_3.contains(upper)) {
      throw new BadValueException(
          Quoted.of(text)
              + " is a cipher of TLS 1.3, whose three ciphers are always offered; remove it");
    }
    throw new BadValueException(
        Quoted.of(text)
            + " is no cipher that is known here"
            + NearestName.hint(text, BY_OPENSSL_NAME.keySet()));
  }
}
