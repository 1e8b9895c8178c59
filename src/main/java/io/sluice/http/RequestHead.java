package io.sluice.http;

import org.jspecify.annotations.Nullable;

/**
 * A request's head (RFC 9112 3). Refuses what servers are known to read differently, so that what
 * stands behind the proxy cannot see another request than the proxy saw.
 */
public final class RequestHead extends MessageHead {
  private static final byte[] CONTINUE = Ascii.bytes("100-continue");
  private static final byte[] UPGRADE_TOKEN = Ascii.bytes("upgrade");
  private static final byte[] WEBSOCKET = Ascii.bytes("websocket");
  private static final byte[] H2C = Ascii.bytes("h2c");

  private int methodStart;
  private int methodEnd;
  private int targetStart;
  private int targetEnd;
  private int pathStart;
  private int pathEnd;
  private int hostStart;
  private int hostEnd;
  private int minor;
  private long length;
  private boolean chunked;
  private boolean keepAlive;
  private boolean expectsContinue;
  private boolean upgrade;
  private boolean webSocket;

  @Override
  public void reset() {
    super.reset();
    methodStart = methodEnd = targetStart = targetEnd = pathStart = pathEnd = 0;
    hostStart = hostEnd = 0;
    minor = 1;
    length = 0;
    chunked = keepAlive = expectsContinue = upgrade = webSocket = false;
  }

  @Override
  HttpViolation startLineTooLong() {
    return HttpViolation.REQUEST_LINE_TOO_LONG;
  }

  @Override
  @Nullable HttpViolation checkUnfinishedStart(byte[] b, int from, int to) {
    int i = from;
    while (i < to && Ascii.token(b[i]) != 0) {
      i++;
    }
    boolean emptyLine = from == 0 && to == 1 && b[0] == '\r';
    return i == to || i > from && b[i] == ' ' || emptyLine ? null : HttpViolation.METHOD;
  }

  @Override
  HttpViolation badLineEnd(byte[] b, int from, int to) {
    return HttpViolation.LINE_END;
  }

  @Override
  @Nullable HttpViolation startLine(int from, int to) {
    byte[] b = bytes;
    int i = from;
    while (i < to && Ascii.token(b[i]) != 0) {
      i++;
    }
    if (i == from || i == to || b[i] != ' ') {
      return HttpViolation.METHOD;
    }
    methodStart = from;
    methodEnd = i;
    targetStart = ++i;
    while (i < to && b[i] > 0x20 && b[i] != 0x7F && b[i] != '#') {
      i++;
    }
    targetEnd = i;
    if (i == to) {
      return HttpViolation.REQUEST_LINE;
    }
    if (b[i] != ' ' || i == targetStart) {
      return HttpViolation.TARGET;
    }
    HttpViolation v = version(i + 1, to);
    return v == null ? target() : v;
  }

  private @Nullable HttpViolation version(int from, int to) {
    byte[] b = bytes;
    boolean well =
        to - from == 8
            && b[from] == 'H'
            && b[from + 1] == 'T'
            && b[from + 2] == 'T'
            && b[from + 3] == 'P'
            && b[from + 4] == '/'
            && isDigit(b[from + 5])
            && b[from + 6] == '.'
            && isDigit(b[from + 7]);
    if (!well) {
      return HttpViolation.REQUEST_LINE;
    }
    if (b[from + 5] != '1') {
      return HttpViolation.VERSION;
    }
    minor = b[from + 7] == '0' ? 0 : 1;
    return null;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /** RFC 9112 3.2: origin-form, absolute-form, or {@code *} for OPTIONS. */
  private @Nullable HttpViolation target() {
    byte[] b = bytes;
    if (isMethod("CONNECT") || isMethod("TRACE")) {
      // no tunnel to anywhere, and no echo of a client's secrets (RFC 9110 9.3.8)
      return HttpViolation.NOT_IMPLEMENTED;
    }
    pathStart = targetStart;
    if (b[targetStart] == '*') {
      pathEnd = targetEnd;
      return targetEnd - targetStart == 1 && isMethod("OPTIONS") ? null : HttpViolation.TARGET;
    }
    if (b[targetStart] != '/') {
      HttpViolation v = absoluteForm();
      if (v != null) {
        return v;
      }
    }
    int q = pathStart;
    while (q < targetEnd && b[q] != '?') {
      q++;
    }
    pathEnd = q;
    return hasDotSegment(pathStart, q) ? HttpViolation.DOT_SEGMENTS : null;
  }

  private @Nullable HttpViolation absoluteForm() {
    byte[] b = bytes;
    int i = targetStart;
    while (i < targetEnd && b[i] != ':') {
      i++;
    }
    boolean known =
        Ascii.equalsIgnoreCase(b, targetStart, i, HTTP)
            || Ascii.equalsIgnoreCase(b, targetStart, i, HTTPS);
    if (!known || i + 3 > targetEnd || b[i + 1] != '/' || b[i + 2] != '/') {
      return HttpViolation.TARGET;
    }
    hostStart = i + 3;
    int end = hostStart;
    while (end < targetEnd && b[end] != '/' && b[end] != '?') {
      end++;
    }
    hostEnd = end;
    pathStart = end;
    return end == hostStart ? HttpViolation.TARGET : null;
  }

  private static final byte[] HTTP = Ascii.bytes("http");
  private static final byte[] HTTPS = Ascii.bytes("https");

  /**
   * Whether a path segment is {@code .} or {@code ..}, also percent-encoded: such a path means
   * another one to whoever resolves it (RFC 3986 5.2.4), behind the back of the routes.
   */
  private boolean hasDotSegment(int from, int to) {
    byte[] b = bytes;
    int i = from;
    while (i < to) {
      int p = i + 1;
      int dots = 0;
      while (p < to) {
        if (b[p] == '.') {
          p++;
        } else if (b[p] == '%' && p + 2 < to && b[p + 1] == '2' && (b[p + 2] | 0x20) == 'e') {
          p += 3;
        } else {
          break;
        }
        dots++;
      }
      boolean ended = p == to || b[p] == '/' || b[p] == ';';
      if (ended && (dots == 1 || dots == 2)) {
        return true;
      }
      while (p < to && b[p] != '/') {
        p++;
      }
      i = p;
    }
    return false;
  }

  @Override
  @Nullable HttpViolation finish() {
    HttpViolation v = host();
    if (v == null) {
      v = framing();
    }
    if (v != null) {
      return v;
    }
    int e = find(Field.EXPECT, 0);
    if (e >= 0 && minor == 0) {
      drop(e); // RFC 9110 10.1.1: no expectation of an HTTP/1.0 client counts
    } else if (e >= 0) {
      expectsContinue =
          find(Field.EXPECT, e + 1) < 0
              && Ascii.equalsIgnoreCase(bytes, valueStart(e), valueEnd(e), CONTINUE);
      if (!expectsContinue) {
        return HttpViolation.EXPECTATION;
      }
    }
    connection();
    dropHopByHop();
    return null;
  }

  private @Nullable HttpViolation host() {
    int h = find(Field.HOST, 0);
    if (h < 0) {
      return minor == 0 ? null : HttpViolation.HOST;
    }
    if (find(Field.HOST, h + 1) >= 0 || !isHost(valueStart(h), valueEnd(h))) {
      return HttpViolation.HOST;
    }
    if (hostEnd == 0) {
      hostStart = valueStart(h);
      hostEnd = valueEnd(h);
      return null;
    }
    // RFC 9112 3.2.2: the target's authority replaces the field
    return isHost(hostStart, hostEnd) ? null : HttpViolation.TARGET;
  }

  /** {@code uri-host [":" port]} (RFC 9110 7.2), not empty, without user information. */
  private boolean isHost(int from, int to) {
    byte[] b = bytes;
    int i = from;
    if (i < to && b[i] == '[') {
      i++;
      int start = i;
      while (i < to && (isHex(b[i]) || b[i] == ':' || b[i] == '.')) {
        i++;
      }
      if (i == start || i == to || b[i] != ']') {
        return false;
      }
      i++;
    } else {
      while (i < to && isHostByte(b[i])) {
        i++;
      }
      if (i == from) {
        return false;
      }
    }
    if (i < to && b[i] == ':') {
      i++;
      int port = i;
      while (i < to && isDigit(b[i])) {
        i++;
      }
      if (i - port > 5) {
        return false;
      }
    }
    return i == to;
  }

  private static boolean isHex(byte b) {
    return isDigit(b) || (b | 0x20) >= 'a' && (b | 0x20) <= 'f';
  }

  private static boolean isHostByte(byte b) {
    return Ascii.token(b) != 0 && b != '#' && b != '^' && b != '`' && b != '|'
        || b == '('
        || b == ')'
        || b == ';'
        || b == '=';
  }

  private @Nullable HttpViolation framing() {
    long n = contentLength();
    if (n == -2) {
      return HttpViolation.CONTENT_LENGTH;
    }
    if (has(Field.TRANSFER_ENCODING)) {
      if (n >= 0) {
        return HttpViolation.LENGTH_AND_CODING;
      }
      if (minor == 0 || !isChunkedOnly()) {
        return HttpViolation.TRANSFER_ENCODING;
      }
      chunked = true;
    }
    length = Math.max(n, 0);
    return null;
  }

  private void connection() {
    boolean close = listed(Field.CONNECTION, CLOSE);
    keepAlive = !close && (minor == 1 || listed(Field.CONNECTION, KEEP_ALIVE));
    // An upgrade of a request with a body has no defined order of bytes: it stays a plain request.
    upgrade =
        minor == 1
            && !hasBody()
            && has(Field.UPGRADE)
            && listed(Field.CONNECTION, UPGRADE_TOKEN)
            && !listed(Field.UPGRADE, H2C);
    webSocket = upgrade && listed(Field.UPGRADE, WEBSOCKET);
  }

  /** Whether the method is this upper-case name. */
  public boolean isMethod(String name) {
    if (methodEnd - methodStart != name.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (bytes[methodStart + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** RFC 9110 9.2.2: sending it twice does what sending it once does. */
  public boolean isIdempotent() {
    return isMethod("GET")
        || isMethod("HEAD")
        || isMethod("PUT")
        || isMethod("DELETE")
        || isMethod("OPTIONS");
  }

  public int methodStart() {
    return methodStart;
  }

  public int methodEnd() {
    return methodEnd;
  }

  /** The whole target as it came. */
  public int targetStart() {
    return targetStart;
  }

  public int targetEnd() {
    return targetEnd;
  }

  /** The path without query; empty when an absolute-form has none. */
  public int pathStart() {
    return pathStart;
  }

  public int pathEnd() {
    return pathEnd;
  }

  /** Host and port of the target's authority or of Host; empty without either. */
  public int hostStart() {
    return hostStart;
  }

  public int hostEnd() {
    return hostEnd;
  }

  /** 0 for HTTP/1.0, 1 for every later HTTP/1. */
  public int minor() {
    return minor;
  }

  public boolean isChunked() {
    return chunked;
  }

  /** The announced length of a body that is not chunked. */
  public long length() {
    return length;
  }

  public boolean hasBody() {
    return chunked || length > 0;
  }

  /** Whether the client would send another request on the connection (RFC 9112 9.3). */
  public boolean isKeepAlive() {
    return keepAlive;
  }

  public boolean expectsContinue() {
    return expectsContinue;
  }

  /** Whether the client asks for another protocol that may be passed on (RFC 9110 7.8). */
  public boolean isUpgrade() {
    return upgrade;
  }

  public boolean isWebSocket() {
    return webSocket;
  }
}
