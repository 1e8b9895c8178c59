package io.sluice.proxy;

import io.sluice.config.BalanceSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.RouteSpec.RateLimit;
import io.sluice.http.Ascii;
import io.sluice.http.HeadWriter;
import io.sluice.http.RequestHead;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * A route's token buckets, shared by all event loops without a lock. A bucket is one number: the
 * moment when it will be full again (GCRA). Taking a token moves that moment further away; when it
 * would be further than the bucket is deep, the bucket is empty. A bucket whose moment has passed
 * is as good as a new one, so idle ones need no clearing up: their places are simply taken.
 *
 * <p>Clients are told apart by a keyed hash of 64 bits in a table of fixed size. When all places
 * that a hash may have are in use, the bucket that is closest to full goes: what its client gains
 * is the least that any could. So a flood of new keys cannot let a client escape that is at its
 * limit.
 */
final class RateLimiter {
  /** Buckets in the table: 1 MiB for each route. */
  static final int BUCKETS = 1 << 16;

  /** Places that a hash may have. */
  private static final int WAYS = 8;

  private static final long NO_KEY = 0;
  private static final byte[] UNTIL = Ascii.bytes(";t=");
  private static final byte[] RETRY_AFTER = Ascii.bytes("Retry-After: ");
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** Longer is no different for anybody: 73 years. */
  private static final long DEEPEST = Long.MAX_VALUE / 4;

  private final RateLimit spec;
  private final byte @Nullable [] header;
  private final SipHash hash;
  private final long cost;
  private final long depth;
  private final long origin;
  private final byte[] policy;
  private final byte[] state;

  /** Pairs of key and moment, by {@link System#nanoTime} since the origin; by every event loop. */
  private final AtomicLongArray table;

  /**
   * Full buckets.
   *
   * @param now by {@link System#nanoTime}
   */
  RateLimiter(RouteSpec route, RateLimit spec, long now) {
    this(route, spec, now, new SipHash());
  }

  RateLimiter(RouteSpec route, RateLimit spec, long now, SipHash hash) {
    this.spec = spec;
    this.hash = hash;
    this.origin = now;
    this.cost = Math.max(1, spec.per().toNanos() / spec.requests());
    this.depth = Math.min(spec.capacity(), DEEPEST / cost) * cost;
    BalanceSpec.Key key = spec.key();
    this.header =
        key != null && key.source() == BalanceSpec.Key.Source.HEADER
            ? Ascii.bytes(key.name())
            : null;
    this.table = new AtomicLongArray(key == null ? 2 : 2 * BUCKETS);
    String name = '"' + route.id() + '"';
    this.policy =
        Ascii.bytes(
            "RateLimit-Policy: %s;q=%d;w=%d\r\n"
                .formatted(name, spec.requests(), seconds(spec.per().toNanos())));
    this.state = Ascii.bytes("RateLimit: " + name + ";r=");
  }

  RateLimit spec() {
    return spec;
  }

  /**
   * Takes a token for a request. Requests without the header that tells clients apart share one
   * bucket.
   *
   * @param client the client's address
   * @param now by {@link System#nanoTime}
   * @return the depth that is left in nanoseconds; when negative, there was no token and the next
   *     one comes after that time
   */
  long take(RequestHead head, byte[] client, long now) {
    if (spec.key() == null) {
      return take(0, now - origin);
    }
    if (header == null) {
      return take(client, 0, client.length, now);
    }
    int field = head.find(header, 0);
    return field < 0
        ? take(client, 0, 0, now)
        : take(head.bytes(), head.valueStart(field), head.valueEnd(field), now);
  }

  private long take(byte[] bytes, int from, int to, long now) {
    return takeByHash(hash.of(bytes, from, to), now);
  }

  /** The same for a key's hash. */
  long takeByHash(long hashed, long now) {
    long key = hashed == NO_KEY ? 1 : hashed;
    return take(place(key, now - origin), now - origin);
  }

  private long take(int place, long now) {
    while (true) {
      long before = table.get(place + 1);
      long full = Math.max(before, now) + cost;
      long left = depth - (full - now);
      if (left < 0 || table.compareAndSet(place + 1, before, full)) {
        return left;
      }
    }
  }

  /** Where the key's bucket is: its own, or one that it takes over. */
  private int place(long key, long now) {
    int first = (int) (key & BUCKETS / WAYS - 1) * WAYS * 2;
    while (true) {
      int best = first;
      long least = Long.MAX_VALUE;
      for (int place = first; place < first + WAYS * 2; place += 2) {
        long there = table.get(place);
        if (there == key) {
          return place;
        }
        long full = there == NO_KEY ? Long.MIN_VALUE : table.get(place + 1);
        if (full < least) {
          least = full;
          best = place;
        }
      }
      long old = table.get(best);
      if (old != key && table.compareAndSet(best, old, key)) {
        // a token that is taken from the old bucket right now is lost: one too few, never too many
        long left = table.get(best + 1);
        if (left > now) {
          table.compareAndSet(best + 1, left, now);
        }
        return best;
      }
    }
  }

  /**
   * Writes the fields of draft-ietf-httpapi-ratelimit-headers, and Retry-After when there was no
   * token.
   *
   * @param left what {@link #take} has given
   */
  void write(HeadWriter out, long left) {
    long missing = Math.min(depth, depth - left); // of a whole bucket
    out.put(policy);
    out.put(state).put(Math.max(0, left) / cost).put(UNTIL).put(seconds(missing)).crlf();
    if (left < 0) {
      out.put(RETRY_AFTER).put(seconds(-left)).crlf();
    }
  }

  /** Rounded up: whoever waits for so long does not come too early. */
  private static long seconds(long nanos) {
    return (nanos + SECOND - 1) / SECOND;
  }
}
