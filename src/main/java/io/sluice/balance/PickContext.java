package io.sluice.balance;

import org.jspecify.annotations.Nullable;

/** What a balancer may know of the request it picks for. Valid only during the call. */
public interface PickContext {
  /** A field's first value; null without one. The name in any case. */
  @Nullable String header(String name);

  /** The path without query. */
  String path();

  /** The query without its question mark; null without one. */
  @Nullable String query();

  /** The client's address, as the trusted-proxy rule sees it. */
  String clientAddress();

  /**
   * Whether this request should go elsewhere if it can, for instance because it has failed there.
   */
  default boolean avoids(Backend backend) {
    return false;
  }
}
