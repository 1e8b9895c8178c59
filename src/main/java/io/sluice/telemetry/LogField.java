package io.sluice.telemetry;

import io.sluice.http.Ascii;

/** The fields of a line of the access log, in their order; {@code docs/reference/access-log.md}. */
enum LogField {
  TIME("{", "", "time"),
  CLIENT("client"),
  PROTOCOL("protocol"),
  METHOD("method"),
  HOST("host"),
  PATH("path"),
  STATUS("status"),
  BYTES_IN("bytesIn"),
  BYTES_OUT("bytesOut"),
  TOTAL("totalMs"),
  FIRST_BYTE("firstByteMs"),
  CONNECT("connectMs"),
  ROUTE("route"),
  POOL("pool"),
  BACKEND("backend"),
  BACKEND_ADDRESS("backendAddress"),
  TRIES("tries"),
  REQUEST_ID("requestId"),
  TLS_VERSION("tlsVersion"),
  TLS_CIPHER("tlsCipher"),
  SERVER_NAME("serverName"),
  ERROR("error"),
  TRUNCATED("truncated");

  private final String key;

  @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
  private final byte[] json;

  @SuppressWarnings("ImmutableEnumChecker") // nobody writes to it
  private final byte[] text;

  LogField(String key) {
    this(",", " ", key);
  }

  LogField(String beforeJson, String beforeText, String key) {
    this.key = key;
    this.json = Ascii.bytes(beforeJson + '"' + key + "\":");
    this.text = Ascii.bytes(beforeText + key + '=');
  }

  /** Its name in both formats. */
  String key() {
    return key;
  }

  /** The bytes between the value before and its own; the caller must not change them. */
  byte[] lead(boolean inJson) {
    return inJson ? json : text;
  }
}
