package io.sluice.admin;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;

/**
 * Calls that may be repeated: the second one with the same key gets the first one's answer and does
 * nothing. Kept in memory only; after a restart or an upgrade, and for a key that had to make room,
 * a repeated POST meets what the first one has made and gets a conflict.
 */
final class IdempotencyKeys {
  static final String FIELD = "Idempotency-Key";
  static final String REPLAYED = "Idempotency-Replayed";
  private static final long KEPT_NANOS = Duration.ofHours(24).toNanos();
  private static final int MOST = 10_000;
  private static final long MOST_BYTES = 16L << 20;

  private final LongSupplier clock;

  // Guarded by this; the oldest first.
  private final Map<String, Kept> kept = new LinkedHashMap<>();
  private long bytes;

  IdempotencyKeys() {
    this(System::nanoTime);
  }

  IdempotencyKeys(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * A call.
   *
   * @param answer null: it is not answered yet
   */
  private record Kept(String body, long at, @Nullable ResponseEntity<byte[]> answer) {
    long size() {
      byte[] text = answer == null ? null : answer.getBody();
      return (long) body.length() + (text == null ? 0 : text.length);
    }
  }

  /** Answers a call by its work, or as it was answered before. */
  ResponseEntity<byte[]> run(Call call, Supplier<ResponseEntity<byte[]>> work) {
    String given = call.headers().getFirst(FIELD);
    if (given == null || call.dryRun()) {
      return work.get();
    }
    if (!given.matches("[!-~]{1,255}")) {
      throw Refusals.of(
          400, "idempotency-key", "An Idempotency-Key has 1 to 255 visible ASCII characters.");
    }
    String key = call.actor().name() + "\n" + call.action() + "\n" + given;
    String query = String.valueOf(call.exchange().getRequest().getURI().getRawQuery());
    String body = Etags.ofBytes(call.body()) + query;
    ResponseEntity<byte[]> before = begin(key, body);
    if (before != null) {
      return ResponseEntity.status(before.getStatusCode())
          .headers(headers -> headers.addAll(before.getHeaders()))
          .header(REPLAYED, "true")
          .body(before.getBody());
    }
    ResponseEntity<byte[]> answer = null;
    try {
      answer = work.get();
      return answer;
    } finally {
      end(key, body, answer);
    }
  }

  private synchronized @Nullable ResponseEntity<byte[]> begin(String key, String body) {
    forget();
    Kept known = kept.get(key);
    if (known == null) {
      put(key, new Kept(body, clock.getAsLong(), null));
      return null;
    }
    if (!known.body.equals(body)) {
      throw Refusals.of(
          422,
          "idempotency-key-reused",
          "This Idempotency-Key was sent with another body; take a new one for a new call.");
    }
    if (known.answer == null) {
      throw Refusals.of(
          409,
          "idempotency-key-in-progress",
          "The first call with this Idempotency-Key is not answered yet; repeat it later.");
    }
    return known.answer;
  }

  /** A call that was refused has changed nothing: it may be repeated for real. */
  private synchronized void end(String key, String body, @Nullable ResponseEntity<byte[]> answer) {
    remove(key);
    if (answer != null) {
      put(key, new Kept(body, clock.getAsLong(), answer));
    }
  }

  private void put(String key, Kept entry) {
    kept.put(key, entry);
    bytes += entry.size() + key.length();
  }

  private void remove(String key) {
    Kept entry = kept.remove(key);
    if (entry != null) {
      bytes -= entry.size() + key.length();
    }
  }

  private void forget() {
    long now = clock.getAsLong();
    Iterator<Map.Entry<String, Kept>> oldest = kept.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<String, Kept> entry = oldest.next();
      boolean full = kept.size() >= MOST || bytes > MOST_BYTES;
      boolean old = now - entry.getValue().at > KEPT_NANOS;
      if (!full && !old) {
        return;
      }
      if (entry.getValue().answer != null || old) {
        bytes -= entry.getValue().size() + entry.getKey().length();
        oldest.remove();
      }
    }
  }
}
