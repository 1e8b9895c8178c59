package io.sluice.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a revision that is stored by itself: a pool, a route, or the order of pools or routes.
 * A change of one writes one.
 *
 * @param value a PoolSpec, a RouteSpec or a list of ids; null: stored, and not read yet
 * @param digest of kind, id and text. SQLite does not notice a flipped bit in a text; a digest does
 */
record Part(Key key, @Nullable Object value, long digest) {
  static final String POOL = "pool";
  static final String ROUTE = "route";

  /** What the ids in {@link #POOLS} and {@link #ROUTES} are the order of. */
  static final String ORDER = "order";

  static final Key POOLS = new Key(ORDER, "pools");
  static final Key ROUTES = new Key(ORDER, "routes");

  /** What identifies a part. */
  record Key(String kind, String id) {
    @Override
    public String toString() {
      return kind + " '" + id + "'";
    }
  }

  /** Whether a wanted value is this one. */
  boolean holds(Object wanted) {
    return value == wanted || wanted.equals(value);
  }

  /** The first 64 bits of a SHA-256: enough against chance, and nobody's secret. */
  static long digest(Key key, String text) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (String field : List.of(key.kind, key.id)) {
        sha.update(field.getBytes(StandardCharsets.UTF_8));
        sha.update((byte) 0);
      }
      return ByteBuffer.wrap(sha.digest(text.getBytes(StandardCharsets.UTF_8))).getLong();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
