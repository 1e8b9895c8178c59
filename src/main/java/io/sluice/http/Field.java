package io.sluice.http;

/**
 * The fields that a proxy must know (RFC 9110 7.6.1, RFC 9112 6, RFC 7239, RFC 9440). Everything
 * else is {@link #OTHER} and passes as it came.
 */
@SuppressWarnings("ImmutableEnumChecker") // the names are never written
public enum Field {
  OTHER(""),
  HOST("host"),
  CONTENT_LENGTH("content-length"),
  TRANSFER_ENCODING("transfer-encoding"),
  CONNECTION("connection"),
  KEEP_ALIVE("keep-alive"),
  PROXY_CONNECTION("proxy-connection"),
  TE("te"),
  UPGRADE("upgrade"),
  HTTP2_SETTINGS("http2-settings"),
  EXPECT("expect"),
  ACCEPT("accept"),
  DATE("date"),
  TRAILER("trailer"),
  FORWARDED("forwarded"),
  X_FORWARDED_FOR("x-forwarded-for"),
  X_FORWARDED_PROTO("x-forwarded-proto"),
  X_FORWARDED_HOST("x-forwarded-host"),
  /** Any other name that starts with {@code x-forwarded-}. */
  X_FORWARDED_ANY("x-forwarded-"),
  X_REAL_IP("x-real-ip"),
  CLIENT_CERT("client-cert"),
  CLIENT_CERT_CHAIN("client-cert-chain"),
  /** Any name that starts with {@code x-client-cert}. */
  X_CLIENT_CERT_ANY("x-client-cert"),
  STRICT_TRANSPORT_SECURITY("strict-transport-security"),
  X_REQUEST_ID("x-request-id"),
  SEC_WEBSOCKET_KEY("sec-websocket-key"),
  SEC_WEBSOCKET_ACCEPT("sec-websocket-accept");

  private static final Field[] ALL = values();
  private static final Field[][] BY_LENGTH = new Field[26][];

  static {
    for (int n = 0; n < BY_LENGTH.length; n++) {
      int length = n;
      BY_LENGTH[n] =
          java.util.Arrays.stream(ALL)
              .filter(
                  f ->
                      f != OTHER
                          && f != X_FORWARDED_ANY
                          && f != X_CLIENT_CERT_ANY
                          && f.lowerCase.length == length)
              .toArray(Field[]::new);
    }
  }

  private final byte[] lowerCase;

  Field(String name) {
    this.lowerCase = Ascii.bytes(name);
  }

  /** The field with this {@link #index}. */
  static Field at(int index) {
    return ALL[index];
  }

  /** A small number for tables of one process; it means nothing outside. */
  @SuppressWarnings("EnumOrdinal")
  int index() {
    return ordinal();
  }

  /**
   * The field that a name means when {@code _} is read as {@code -}, as CGI-like servers do: such
   * spellings must not slip past the rules for the real ones.
   */
  static Field of(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length < BY_LENGTH.length) {
      for (Field candidate : BY_LENGTH[length]) {
        if (startsWith(bytes, from, candidate.lowerCase)) {
          return candidate;
        }
      }
    }
    if (length > X_FORWARDED_ANY.lowerCase.length
        && startsWith(bytes, from, X_FORWARDED_ANY.lowerCase)) {
      return X_FORWARDED_ANY;
    }
    return length >= X_CLIENT_CERT_ANY.lowerCase.length
            && startsWith(bytes, from, X_CLIENT_CERT_ANY.lowerCase)
        ? X_CLIENT_CERT_ANY
        : OTHER;
  }

  private static boolean startsWith(byte[] bytes, int from, byte[] lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      byte b = bytes[from + i];
      if ((b == '_' ? '-' : Ascii.lower(b)) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether a message's length hangs on it. */
  boolean isFraming() {
    return this == CONTENT_LENGTH || this == TRANSFER_ENCODING;
  }
}
