package io.sluice.admin;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes guessing slow. After {@value #FREE} failures of a key each further attempt waits twice as
 * long as the one before, up to 5 minutes; a quarter of an hour without a failure forgets them. An
 * attempt counts as a failure until it has succeeded, so that many at once gain nothing.
 *
 * <p>At most {@value #MOST} keys are held, the longest unused ones go first. All methods are quick
 * and may be called by any thread.
 */
final class Throttle {
  static final int FREE = 5;
  private static final int MOST = 10_000;
  private static final int NETWORK_BYTES = 8;
  private static final int LONGEST_DOUBLING = 9;
  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final Duration FORGIVEN = Duration.ofMinutes(15);

  private final InstantSource clock;
  // Guarded by this.
  private final Map<String, Failures> failures =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
          return size() > MOST;
        }
      };

  private record Failures(int count, Instant last, Instant until) {}

  Throttle(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * The key of everybody who is at an address: of IPv6 the first 64 bits, because whoever has one
   * such address has all others of the network too.
   */
  static String keyOf(@Nullable String address) {
    if (address == null || address.indexOf(':') < 0) {
      return String.valueOf(address);
    }
    byte[] bytes = InetAddress.ofLiteral(address.replaceFirst("%.*", "")).getAddress();
    return HexFormat.of().formatHex(bytes, 0, NETWORK_BYTES) + "::/64";
  }

  /**
   * Begins an attempt.
   *
   * @return zero, or how long to wait: then it is not to be made, and does not count
   */
  synchronized Duration attempt(String key) {
    Instant now = clock.instant();
    Failures before = failures.get(key);
    if (before != null && now.isBefore(before.until())) {
      return Duration.between(now, before.until());
    }
    int count = 1;
    if (before != null && !now.isAfter(before.last().plus(FORGIVEN))) {
      count += before.count();
    }
    failures.put(key, new Failures(count, now, now.plus(delay(count))));
    return Duration.ZERO;
  }

  private static Duration delay(int count) {
    if (count < FREE) {
      return Duration.ZERO;
    }
    Duration doubled = Duration.ofSeconds(1L << Math.min(count - FREE, LONGEST_DOUBLING));
    return doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
  }

  /** An attempt has succeeded: the key starts anew. */
  synchronized void succeeded(String key) {
    failures.remove(key);
  }

  /** An attempt has succeeded, but tells nothing about the key's other attempts. */
  synchronized void takeBack(String key) {
    Failures before = failures.get(key);
    if (before == null) {
      return;
    }
    int count = before.count() - 1;
    if (count <= 0) {
      failures.remove(key);
    } else {
      failures.put(key, new Failures(count, before.last(), before.last().plus(delay(count))));
    }
  }

  /** How many keys are held. */
  synchronized int size() {
    return failures.size();
  }
}
