package io.sluice.telemetry;

import static io.sluice.telemetry.LineBytes.millis;
import static io.sluice.telemetry.LineBytes.number;
import static io.sluice.telemetry.LineBytes.put;

import io.sluice.config.Configuration.AccessLog.Format;
import io.sluice.http.Ascii;
import io.sluice.proxy.FinishedRequest;
import org.jspecify.annotations.Nullable;

/**
 * Writes a finished request as one line of bytes: a JSON object, or {@code key=value} pairs. In
 * both formats every field has its place in every line, but those of TLS, {@code error} and {@code
 * truncated}, which come last when there is something to say. Bound to one event loop.
 */
final class LogLine {
  /** How much of what a client sends is logged, in bytes; a longer value is cut and marked. */
  static final int MAX_TARGET = 8192;

  static final int MAX_HOST = 512;
  static final int MAX_METHOD = 64;
  static final int MAX_REQUEST_ID = 128;
  static final int MAX_CLIENT = 64;

  /** Characters of an error's reason that are logged. */
  static final int MAX_ERROR = 512;

  /** Keys and numbers, the names of route, pool, backend and address, and the error. */
  private static final int FIXED =
      1024 + 4 * EncodedTexts.MAX_BYTES + MAX_ERROR * LineBytes.MAX_ESCAPE;

  private static final byte[] TRUE = Ascii.bytes("true");

  private final boolean json;
  private final byte[] nothing;
  private final byte[] end;
  private final EncodedTexts names;
  private final Timestamp timestamp = new Timestamp();

  LogLine(Format format) {
    this.json = format == Format.JSON;
    this.names = new EncodedTexts(format);
    this.nothing = Ascii.bytes(json ? "null" : "-");
    this.end = Ascii.bytes(json ? "}\n" : "\n");
  }

  /** The most bytes that this request's line can take. */
  static int bound(FinishedRequest request) {
    int texts =
        Math.min(request.targetLength(), MAX_TARGET)
            + Math.min(request.hostLength(), MAX_HOST)
            + Math.min(request.methodLength(), MAX_METHOD)
            + Math.min(request.requestIdLength(), MAX_REQUEST_ID)
            + Math.min(request.clientAddress().length, MAX_CLIENT)
            + request.tlsVersion().length
            + request.tlsCipher().length
            + request.serverName().length;
    return FIXED + texts * LineBytes.MAX_ESCAPE;
  }

  /**
   * Writes a line with its end and returns the position behind it.
   *
   * @param to has room for {@link #bound} bytes at {@code from}
   */
  int write(FinishedRequest request, long epochMillis, byte[] to, int from) {
    int at = key(LogField.TIME, to, from);
    if (json) {
      to[at++] = '"';
    }
    at = timestamp.write(to, at, epochMillis);
    if (json) {
      to[at++] = '"';
    }
    at = asked(request, to, at);
    at = outcome(request, to, at);
    at = way(request, to, at);
    if (request.tlsVersion().length > 0) {
      at = tls(request, to, at);
    }
    String error = request.errorReason();
    if (error != null) {
      at = LineBytes.quoted(to, key(LogField.ERROR, to, at), error, MAX_ERROR);
    }
    if (isCut(request)) {
      at = put(to, key(LogField.TRUNCATED, to, at), TRUE);
    }
    return put(to, at, end);
  }

  private int asked(FinishedRequest request, byte[] to, int from) {
    byte[] client = request.clientAddress();
    int at = key(LogField.CLIENT, to, from);
    at = text(to, at, client, 0, Math.min(client.length, MAX_CLIENT));
    at = name(to, key(LogField.PROTOCOL, to, at), request.protocol());
    at = key(LogField.METHOD, to, at);
    int length = Math.min(request.methodLength(), MAX_METHOD);
    at = text(to, at, request.methodArray(), request.methodOffset(), length);
    at = key(LogField.HOST, to, at);
    length = Math.min(request.hostLength(), MAX_HOST);
    at = text(to, at, request.hostArray(), request.hostOffset(), length);
    at = key(LogField.PATH, to, at);
    length = Math.min(request.targetLength(), MAX_TARGET);
    return text(to, at, request.targetArray(), request.targetOffset(), length);
  }

  private int outcome(FinishedRequest request, byte[] to, int from) {
    int at = number(to, key(LogField.STATUS, to, from), request.status());
    at = number(to, key(LogField.BYTES_IN, to, at), request.bytesIn());
    at = number(to, key(LogField.BYTES_OUT, to, at), request.bytesOut());
    at = millis(to, key(LogField.TOTAL, to, at), request.totalNanos());
    at = key(LogField.FIRST_BYTE, to, at);
    long firstByte = request.firstByteNanos();
    at = firstByte < 0 ? put(to, at, nothing) : millis(to, at, firstByte);
    return millis(to, key(LogField.CONNECT, to, at), request.connectNanos());
  }

  private int way(FinishedRequest request, byte[] to, int from) {
    int at = name(to, key(LogField.ROUTE, to, from), request.routeId());
    at = name(to, key(LogField.POOL, to, at), request.poolId());
    at = name(to, key(LogField.BACKEND, to, at), request.backendId());
    at = name(to, key(LogField.BACKEND_ADDRESS, to, at), request.backendAddress());
    at = number(to, key(LogField.TRIES, to, at), request.tries());
    at = key(LogField.REQUEST_ID, to, at);
    int length = Math.min(request.requestIdLength(), MAX_REQUEST_ID);
    return text(to, at, request.requestId(), 0, length);
  }

  /** The library's words, and a name without anything but letters, digits, dots and dashes. */
  private int tls(FinishedRequest request, byte[] to, int from) {
    byte[] version = request.tlsVersion();
    int at = text(to, key(LogField.TLS_VERSION, to, from), version, 0, version.length);
    byte[] cipher = request.tlsCipher();
    at = text(to, key(LogField.TLS_CIPHER, to, at), cipher, 0, cipher.length);
    byte[] name = request.serverName();
    return text(to, key(LogField.SERVER_NAME, to, at), name, 0, name.length);
  }

  private static boolean isCut(FinishedRequest request) {
    return request.targetLength() > MAX_TARGET
        || request.hostLength() > MAX_HOST
        || request.methodLength() > MAX_METHOD
        || request.requestIdLength() > MAX_REQUEST_ID;
  }

  private int key(LogField field, byte[] to, int at) {
    return put(to, at, field.lead(json));
  }

  private int name(byte[] to, int at, @Nullable String name) {
    return put(to, at, name == null ? nothing : names.of(name));
  }

  private int text(byte[] to, int at, byte[] from, int offset, int length) {
    if (length == 0) {
      return put(to, at, nothing);
    }
    if (json || LineBytes.needsQuotes(from, offset, length)) {
      return LineBytes.quoted(to, at, from, offset, length);
    }
    System.arraycopy(from, offset, to, at, length);
    return at + length;
  }
}
