package io.sluice.tls;

import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The secrets of session tickets. Whoever knows one can read what was sent by whoever resumed with
 * such a ticket, so a new one is made every 12 hours and the third is forgotten; they are never
 * written to a disk. Each listener's keys are derived, so that a ticket of one that asks for no
 * client certificate is worth nothing at one that does, or at the same once its authorities or
 * revocations have changed. Safe for use by several threads.
 */
public final class TicketKeys {
  static final Duration ROTATE = Duration.ofHours(12);

  private static final int KEPT = 3;
  private static final int SECRET_BYTES = 32;
  private static final int NAME_BYTES = 16;
  private static final int KEY_BYTES = 16;

  private final SecureRandom random = new SecureRandom();

  /** The newest first; replaced as a whole. Written by the certificates' thread. */
  private volatile List<Secret> secrets;

  /** A secret and when it was made. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Secret(byte[] secret, Instant madeAt) {
    /** Without the secret. */
    @Override
    public String toString() {
      return "made " + madeAt;
    }
  }

  /**
   * Goes on with those that another process leaves.
   *
   * @param inherited the newest first; what cannot be one is passed over
   */
  public TicketKeys(List<Secret> inherited, Instant now) {
    List<Secret> usable =
        inherited.stream()
            .filter(s -> s.secret.length == SECRET_BYTES && !s.madeAt.isAfter(now))
            .limit(KEPT)
            .toList();
    secrets = usable;
    if (usable.isEmpty()) {
      secrets = List.of(made(now));
    }
    rotate(now);
  }

  private Secret made(Instant now) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return new Secret(secret, now);
  }

  /** Makes a new one when it is time; whether it was. A clock that was set back changes nothing. */
  boolean rotate(Instant now) {
    if (Duration.between(secrets.getFirst().madeAt, now).compareTo(ROTATE) < 0) {
      return false;
    }
    List<Secret> next = new ArrayList<>();
    next.add(made(now));
    next.addAll(secrets.subList(0, Math.min(secrets.size(), KEPT - 1)));
    secrets = List.copyOf(next);
    return true;
  }

  /** What the next process goes on with: only for it. */
  public List<Secret> secrets() {
    return secrets;
  }

  /**
   * The keys of all listeners that accept the same.
   *
   * @param domain what they accept
   */
  OpenSslSessionTicketKey[] derive(byte[] domain) {
    return secrets.stream()
        .map(
            s ->
                new OpenSslSessionTicketKey(
                    Arrays.copyOf(Digests.hmac(s.secret, "name", domain), NAME_BYTES),
                    Arrays.copyOf(Digests.hmac(s.secret, "hmac", domain), KEY_BYTES),
                    Arrays.copyOf(Digests.hmac(s.secret, "aes", domain), KEY_BYTES)))
        .toArray(OpenSslSessionTicketKey[]::new);
  }
}
