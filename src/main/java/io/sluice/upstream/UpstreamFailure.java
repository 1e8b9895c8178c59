package io.sluice.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Why a connection to a backend could not be made or ended.
 *
 * @param kind what happened
 * @param detail a phrase for the log; null when the kind says all
 */
public record UpstreamFailure(Kind kind, @Nullable String detail) {

  /** What happened. */
  public enum Kind {
    /** Refused, unreachable or the name is unknown. */
    CONNECT,
    CONNECT_TIMEOUT,
    /** The handshake failed: certificate, name or protocol. */
    TLS,
    TLS_TIMEOUT,
    /** Reset, or closed in the middle. */
    RESET,
    /** The backend has as many connections as it may have, and none became free in time. */
    NO_CONNECTION
  }
}
