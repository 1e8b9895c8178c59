package io.sluice.proxy;

import org.jspecify.annotations.Nullable;

/** What is known when a request has ended. Bytes are ASCII, exactly as received. */
public interface FinishedRequest {

  /** Status sent to the client; 0 when the client left before any was sent. */
  int status();

  /**
   * What the client spoke: {@code HTTP/1.0}, {@code HTTP/1.1} or {@code HTTP/2.0}; null when the
   * request line was never understood.
   */
  @Nullable String protocol();

  /** Length of the method, 0 when the request line was never understood. */
  int methodLength();

  /** The array that holds the method from {@link #methodOffset}. */
  byte[] methodArray();

  int methodOffset();

  /** The request target as received; length 0 when the request line was never understood. */
  byte[] targetArray();

  int targetOffset();

  int targetLength();

  /** The Host field's value, length 0 when there is none. */
  byte[] hostArray();

  int hostOffset();

  int hostLength();

  /** The client's address as text, without port; behind a trusted proxy the one it reported. */
  byte[] clientAddress();

  /** The version of TLS, for instance {@code TLSv1.3}; length 0: the connection was plain. */
  byte[] tlsVersion();

  /** Its cipher by IANA's name; length 0: the connection was plain. */
  byte[] tlsCipher();

  /** The name that the client asked for by SNI; length 0: none. */
  byte[] serverName();

  /** Visible ASCII. */
  byte[] requestId();

  int requestIdLength();

  /** From the head's first byte to the last byte handed to the client's socket. */
  long totalNanos();

  /** From the head's first byte to the first byte of the backend's answer; -1 without answer. */
  long firstByteNanos();

  /** Time spent connecting (TCP and TLS) for the last try; 0 on a kept connection. */
  long connectNanos();

  /** Bytes of the request's body received. */
  long bytesIn();

  /** Bytes sent to the client, head and body. */
  long bytesOut();

  /** Connections to backends that the request was sent on, 0 when it reached none. */
  int tries();

  @Nullable String routeId();

  @Nullable String poolId();

  @Nullable String backendId();

  /** The backend's address as text; null when none was chosen. */
  @Nullable String backendAddress();

  /** Why Sluice answered by itself or cut the request; null when all went well. */
  @Nullable String errorReason();
}
