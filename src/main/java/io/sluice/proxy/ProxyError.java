package io.sluice.proxy;

import io.sluice.upstream.UpstreamFailure;

/**
 * Why a request did not get its backend's answer: a value with source and status. {@link
 * RetryPolicy} says what may be done.
 */
enum ProxyError {
  NO_ROUTE(Source.SLUICE, 404, "no route takes this request"),
  NO_BACKEND(Source.SLUICE, 503, "no backend takes requests"),
  STOPPING(Source.SLUICE, 503, "stopping"),
  LISTENER_FULL(Source.SLUICE, 503, "too many requests in flight"),
  POOL_FULL(Source.SLUICE, 503, "too many requests in the pool"),
  NO_ROOM(Source.SLUICE, 503, "every backend is at its limit"),
  QUEUE_FULL(Source.SLUICE, 503, "queue full"),
  QUEUE_TIMEOUT(Source.SLUICE, 503, "waited too long in the queue"),
  NO_SWITCH(Source.SLUICE, 502, "the answer does not open the WebSocket"),
  BACKEND_CLOSED(Source.SLUICE, 503, "the backend's last requests were closed"),
  EXTENSION(Source.SLUICE, 500, "an extension failed"),
  BAD_REQUEST(Source.CLIENT, 400, "bad request"),
  BODY_MALFORMED(Source.CLIENT, 400, "malformed request body"),
  BODY_CUT(Source.CLIENT, 400, "request body ended early"),
  HEAD_TIMEOUT(Source.CLIENT, 408, "request head took too long"),
  BODY_TIMEOUT(Source.CLIENT, 408, "request body took too long"),
  RATE_LIMITED(Source.CLIENT, 429, "too many requests"),
  CLIENT_GONE(Source.CLIENT, 0, "client closed the connection"),
  CLIENT_STALLED(Source.CLIENT, 0, "client stopped reading"),
  CONNECT(Source.UPSTREAM, 502, "cannot connect to the backend"),
  CONNECT_TIMEOUT(Source.UPSTREAM, 504, "connecting to the backend took too long"),
  TLS(Source.UPSTREAM, 502, "TLS with the backend failed"),
  TLS_TIMEOUT(Source.UPSTREAM, 504, "TLS handshake with the backend took too long"),
  RESET(Source.UPSTREAM, 502, "the backend closed the connection"),
  BAD_ANSWER(Source.UPSTREAM, 502, "malformed answer of the backend"),
  FIRST_BYTE_TIMEOUT(Source.UPSTREAM, 504, "the backend did not answer in time"),
  TRY_TIMEOUT(Source.UPSTREAM, 504, "the backend did not answer in the time of one try"),
  IDLE_TIMEOUT(Source.UPSTREAM, 504, "the backend stopped sending or taking bytes"),
  TOTAL_TIMEOUT(Source.UPSTREAM, 504, "the request took too long in all");

  /** Who caused it. */
  enum Source {
    CLIENT,
    SLUICE,
    UPSTREAM
  }

  private final Source source;
  private final int status;
  private final String text;

  ProxyError(Source source, int status, String text) {
    this.source = source;
    this.status = status;
    this.text = text;
  }

  static ProxyError of(UpstreamFailure failure) {
    return switch (failure.kind()) {
      case CONNECT -> CONNECT;
      case CONNECT_TIMEOUT -> CONNECT_TIMEOUT;
      case TLS -> TLS;
      case TLS_TIMEOUT -> TLS_TIMEOUT;
      case RESET -> RESET;
      case NO_CONNECTION -> QUEUE_TIMEOUT;
    };
  }

  Source source() {
    return source;
  }

  /** The status for the client; 0: it is no longer there to be told. */
  int status() {
    return status;
  }

  String text() {
    return text;
  }
}
