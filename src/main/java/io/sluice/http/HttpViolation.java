package io.sluice.http;

/**
 * Why a message is refused. A value, never an exception: refusing is an ordinary outcome on a
 * request's path.
 */
public enum HttpViolation {
  REQUEST_LINE(400, "malformed request line"),
  METHOD(400, "malformed method"),
  TARGET(400, "malformed request target"),
  DOT_SEGMENTS(400, "dot segments in the path"),
  VERSION(505, "HTTP version not supported"),
  REQUEST_LINE_TOO_LONG(414, "request line too long"),
  FIELD_NAME(400, "malformed field name"),
  FIELD_VALUE(400, "control character in a field value"),
  FIELD_FOLDED(400, "folded field line"),
  LINE_END(400, "line not ended by CRLF"),
  HEAD_TOO_LARGE(431, "header section too large"),
  TOO_MANY_FIELDS(431, "too many header fields"),
  HEAD_CUT(400, "request head ended early"),
  HOST(400, "missing, repeated or malformed Host"),
  CONTENT_LENGTH(400, "repeated or malformed Content-Length"),
  TRANSFER_ENCODING(400, "unsupported or repeated Transfer-Encoding"),
  LENGTH_AND_CODING(400, "both Content-Length and Transfer-Encoding"),
  AMBIGUOUS_FIELD(400, "field name that some servers read as a framing field"),
  EXPECTATION(417, "unknown expectation"),
  NOT_IMPLEMENTED(501, "method not implemented"),
  STATUS_LINE(502, "malformed status line"),
  UNASKED(502, "answer that nobody asked for"),
  HANDSHAKE(502, "switch of protocols without its handshake"),
  CHUNK(400, "malformed chunk"),
  TRAILER(400, "malformed or forbidden trailer");

  private final int status;
  private final String reason;

  HttpViolation(int status, String reason) {
    this.status = status;
    this.reason = reason;
  }

  /** The status a client gets when its request violates this (RFC 9110 15.5). */
  public int status() {
    return status;
  }

  /** A short phrase for answers and logs. */
  public String reason() {
    return reason;
  }
}
