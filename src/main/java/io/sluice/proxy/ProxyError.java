package io.sluice.proxy;

import io.sluice.upstream.UpstreamFailure;

/**
 * Why a request did not get its backend's answer: a value with source, status and what may be done.
 */
enum ProxyError {
  NO_ROUTE(Source.SLUICE, 404, false, "no route takes this request"),
  NO_BACKEND(Source.SLUICE, 503, false, "no backend takes requests"),
  STOPPING(Source.SLUICE, 503, false, "stopping"),
  EXTENSION(Source.SLUICE, 500, false, "an extension failed"),
  BAD_REQUEST(Source.CLIENT, 400, false, "bad request"),
  BODY_MALFORMED(Source.CLIENT, 400, false, "malformed request body"),
  BODY_CUT(Source.CLIENT, 400, false, "request body ended early"),
  HEAD_TIMEOUT(Source.CLIENT, 408, false, "request head took too long"),
  BODY_TIMEOUT(Source.CLIENT, 408, false, "request body took too long"),
  CLIENT_GONE(Source.CLIENT, 0, false, "client closed the connection"),
  CLIENT_STALLED(Source.CLIENT, 0, false, "client stopped reading"),
  CONNECT(Source.UPSTREAM, 502, true, "cannot connect to the backend"),
  CONNECT_TIMEOUT(Source.UPSTREAM, 504, true, "connecting to the backend took too long"),
  TLS(Source.UPSTREAM, 502, true, "TLS with the backend failed"),
  TLS_TIMEOUT(Source.UPSTREAM, 504, true, "TLS handshake with the backend took too long"),
  RESET(Source.UPSTREAM, 502, true, "the backend closed the connection"),
  BAD_ANSWER(Source.UPSTREAM, 502, false, "malformed answer of the backend"),
  FIRST_BYTE_TIMEOUT(Source.UPSTREAM, 504, false, "the backend did not answer in time"),
  IDLE_TIMEOUT(Source.UPSTREAM, 504, false, "the backend stopped sending or taking bytes"),
  TOTAL_TIMEOUT(Source.UPSTREAM, 504, false, "the request took too long in all");

  /** Who caused it. */
  enum Source {
    CLIENT,
    SLUICE,
    UPSTREAM
  }

  private final Source source;
  private final int status;
  private final boolean retry;
  private final String text;

  ProxyError(Source source, int status, boolean retry, String text) {
    this.source = source;
    this.status = status;
    this.retry = retry;
    this.text = text;
  }

  static ProxyError of(UpstreamFailure failure) {
    return switch (failure.kind()) {
      case CONNECT -> CONNECT;
      case CONNECT_TIMEOUT -> CONNECT_TIMEOUT;
      case TLS -> TLS;
      case TLS_TIMEOUT -> TLS_TIMEOUT;
      case RESET -> RESET;
    };
  }

  Source source() {
    return source;
  }

  /** The status for the client; 0: it is no longer there to be told. */
  int status() {
    return status;
  }

  /** Whether another connection may have better luck. */
  boolean mayRetry() {
    return retry;
  }

  String text() {
    return text;
  }
}
