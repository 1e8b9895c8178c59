package io.sluice.balance;

import io.sluice.config.BalanceSpec.Sticky;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes a pool's cookies. A cookie's value is a code that only the holder of the key can make for a
 * backend: it shows neither address nor number of the backends, and nobody can reach a backend by
 * making one up.
 *
 * <p>A cookie leads to its backend while that is ready or draining, not down and not ejected. Else
 * the request is sent elsewhere and its client gets a new cookie. A cookie is never renewed before
 * its time, so that a draining backend has lost its last client when the cookies' {@code ttl} has
 * passed.
 */
final class Stickiness {
  private static final String ALGORITHM = "HmacSHA256";

  /** A code of 128 bits cannot be guessed; the rest of the 256 would only make cookies longer. */
  private static final int CODE_BYTES = 16;

  private static final int RANDOM_KEY_BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Sticky spec;
  private final String poolId;
  private final Mac mac;

  /** By backend id; the control thread's only. */
  private final Map<String, byte[]> tokens = new HashMap<>();

  /**
   * Cookies of a pool.
   *
   * @param key at least 16 bytes
   */
  Stickiness(Sticky spec, String poolId, byte[] key) {
    this.spec = spec;
    this.poolId = poolId;
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  /** A key for cookies that no other process has to understand. */
  static byte[] randomKey() {
    byte[] random = new byte[RANDOM_KEY_BYTES];
    RANDOM.nextBytes(random);
    return random;
  }

  /** A key in Base64; null: none. */
  static @Nullable String text(byte @Nullable [] key) {
    return key == null ? null : Base64.getEncoder().encodeToString(key);
  }

  /** Cookies for these backends. */
  StickyTable table(List<Backend> backends) {
    List<StickyTable.Cookie> cookies = new ArrayList<>();
    for (Backend backend : backends) {
      byte[] token = tokens.computeIfAbsent(backend.id(), this::token);
      String value = spec.cookie() + "=" + new String(token, StandardCharsets.US_ASCII);
      cookies.add(new StickyTable.Cookie(backend, token, value + attributes()));
    }
    return new StickyTable(spec.cookie(), cookies);
  }

  private byte[] token(String backendId) {
    byte[] name = (poolId + "\0" + backendId).getBytes(StandardCharsets.UTF_8);
    byte[] code = Arrays.copyOf(mac.doFinal(name), CODE_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encode(code);
  }

  private String attributes() {
    String age = spec.ttl().isZero() ? "" : "; Max-Age=" + spec.ttl().toSeconds();
    return "; Path=/" + age + "; HttpOnly; SameSite=Lax";
  }
}
