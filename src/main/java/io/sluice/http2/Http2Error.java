package io.sluice.http2;

/** Why a stream or a connection ends (RFC 9113 7). A value, never an exception. */
public enum Http2Error {
  NO_ERROR,
  PROTOCOL_ERROR,
  INTERNAL_ERROR,
  FLOW_CONTROL_ERROR,
  SETTINGS_TIMEOUT,
  STREAM_CLOSED,
  FRAME_SIZE_ERROR,
  REFUSED_STREAM,
  CANCEL,
  COMPRESSION_ERROR,
  CONNECT_ERROR,
  ENHANCE_YOUR_CALM,
  INADEQUATE_SECURITY,
  HTTP_1_1_REQUIRED;

  private static final Http2Error[] ALL = values();

  /** The number on the wire. */
  @SuppressWarnings("EnumOrdinal")
  public int code() {
    return ordinal();
  }

  /** The error of a number; one that nobody knows counts as {@link #INTERNAL_ERROR}. */
  public static Http2Error of(long code) {
    return code >= 0 && code < ALL.length ? ALL[(int) code] : INTERNAL_ERROR;
  }
}
