package io.sluice.balance;

import io.sluice.config.BalanceSpec;
import org.jspecify.annotations.Nullable;

/** What a balancer may know of the request it picks for. Valid only during the call. */
public interface PickContext {
  /** What {@link #read} gives for a part that the request does not have. */
  long ABSENT = -1;

  /** A field's first value; null without one. The name in any case. */
  @Nullable String header(String name);

  /** The path without query. */
  String path();

  /** The query without its question mark; null without one. */
  @Nullable String query();

  /** The client's address, as the trusted-proxy rule sees it. */
  String clientAddress();

  /**
   * Shows the bytes of a part of the request to a reader, as they were sent; of parts with the same
   * name the first one. Makes no objects.
   *
   * @return what the reader gives, or {@link #ABSENT} without asking it
   */
  long read(BalanceSpec.Key key, KeyReader reader);

  /**
   * Whether this request should go elsewhere if it can, for instance because it has failed there.
   */
  default boolean avoids(Backend backend) {
    return false;
  }

  /** Makes a number of some bytes: a hash, or a place in a table. */
  @FunctionalInterface
  interface KeyReader {
    /**
     * Reads the bytes from {@code from} to before {@code to}; must not keep the array.
     *
     * @return 0 or more, or {@link #ABSENT} when the bytes mean nothing
     */
    long read(byte[] bytes, int from, int to);
  }
}
