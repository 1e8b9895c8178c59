package io.sluice.proxy;

import io.sluice.balance.PoolLoad.RetryReason;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.config.PoolSpec.Retries.Condition;
import io.sluice.config.PoolSpec.Retries.Methods;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a failed try may be followed by another, as far as the request and the pool's
 * rules go; the budget has the last word. A backend that never got any of the request cannot have
 * acted on it, so any method may be tried again then. Otherwise only a request may that can be sent
 * twice without harm (RFC 9110 9.2.2), and only while its body is still at hand.
 */
final class RetryPolicy {
  private static final int FIRST_ERROR = 400;

  /** What has become of the request so far. */
  enum Sent {
    /** No backend can have got any of it. */
    NOTHING,
    /** It may have arrived, and can be sent again. */
    REPEATABLE,
    /** It may have arrived, and must not or cannot be sent again. */
    FINAL
  }

  private RetryPolicy() {}

  /** Whether a request of this kind may be sent again after it has reached a backend. */
  static boolean allows(Retries rules, boolean idempotent) {
    return idempotent || rules.attempts() > 0 && rules.methods() == Methods.ALL;
  }

  /**
   * Why the request is tried again; null: it is not.
   *
   * @param made further tries so far
   */
  static @Nullable RetryReason after(ProxyError error, Retries rules, int made, Sent sent) {
    RetryReason reason = reason(error);
    if (reason == null || made >= rules.attempts() || sent == Sent.FINAL) {
      return null;
    }
    Condition condition =
        reason == RetryReason.CONNECT_FAILURE ? Condition.CONNECT_FAILURE : Condition.RESET;
    return rules.on().contains(condition) ? reason : null;
  }

  /** Whether an answer of this status is thrown away and the request tried again. */
  static boolean after(int status, Retries rules, int made, Sent sent) {
    return status >= FIRST_ERROR
        && !rules.onStatuses().isEmpty()
        && made < rules.attempts()
        && sent == Sent.REPEATABLE
        && rules.onStatuses().contains(status);
  }

  private static @Nullable RetryReason reason(ProxyError error) {
    return switch (error) {
      case CONNECT, CONNECT_TIMEOUT, TLS, TLS_TIMEOUT -> RetryReason.CONNECT_FAILURE;
      case RESET, BACKEND_CLOSED -> RetryReason.RESET;
      case TRY_TIMEOUT -> RetryReason.TIMEOUT;
      default -> null;
    };
  }
}
