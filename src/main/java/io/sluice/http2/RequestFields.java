package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.http.Ascii;
import io.sluice.http.HeadWriter;
import io.sluice.http.HttpViolation;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes an HTTP/1.1 head of a request's fields. What RFC 9113 8.1 to 8.3 calls malformed never
 * becomes one; whatever else is wrong with the request finds HTTP/1.1's own strict parser. One for
 * each loop: a head is taken at once.
 */
public final class RequestFields implements FieldSink {
  private static final int METHOD = 0;
  private static final int SCHEME = 1;
  private static final int PATH = 2;
  private static final int AUTHORITY = 3;
  private static final int PROTOCOL = 4;

  /** Not a pseudo-field, but kept like one: it must say what {@code :authority} says. */
  private static final int HOST = 5;

  private static final byte[][] PSEUDO = {
    Ascii.bytes(":method"),
    Ascii.bytes(":scheme"),
    Ascii.bytes(":path"),
    Ascii.bytes(":authority"),
    Ascii.bytes(":protocol")
  };

  private static final byte[] HOST_NAME = Ascii.bytes("host");
  private static final byte[] TE = Ascii.bytes("te");
  private static final byte[] TRAILERS = Ascii.bytes("trailers");
  private static final byte[] COOKIE = Ascii.bytes("cookie");
  private static final byte[] CONTENT_LENGTH = Ascii.bytes("content-length");
  private static final byte[] WEBSOCKET_KEY = Ascii.bytes("sec-websocket-key");
  private static final byte[][] OF_A_CONNECTION = {
    Ascii.bytes("upgrade"),
    Ascii.bytes("connection"),
    Ascii.bytes("keep-alive"),
    Ascii.bytes("proxy-connection"),
    Ascii.bytes("transfer-encoding")
  };

  private static final byte[] CONNECT = Ascii.bytes("CONNECT");
  private static final byte[] HEAD = Ascii.bytes("HEAD");
  private static final byte[] GET = Ascii.bytes("GET");
  private static final byte[] OPTIONS = Ascii.bytes("OPTIONS");
  private static final byte[] WEBSOCKET = Ascii.bytes("websocket");
  private static final byte[] VERSION = Ascii.bytes(" HTTP/1.1\r\n");
  private static final byte[] HOST_LINE = Ascii.bytes("host: ");
  private static final byte[] COOKIE_LINE = Ascii.bytes("cookie: ");
  private static final byte[] BETWEEN_COOKIES = Ascii.bytes("; ");
  private static final byte[] COLON = Ascii.bytes(": ");
  private static final byte[] CHUNKED = Ascii.bytes("transfer-encoding: chunked\r\n");
  private static final byte[] UPGRADE =
      Ascii.bytes("connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ");

  private final HeadWriter lines = new HeadWriter();
  private final HeadWriter cookies = new HeadWriter();
  private final HeadWriter out = new HeadWriter();
  private final byte[][] kept = new byte[6][128];
  private final int[] lengths = new int[6];
  private int present;
  private boolean trailers;
  private boolean regular;
  private boolean hasCookie;
  private boolean malformed;
  private boolean tooLarge;
  private boolean hasBody;
  private boolean webSocket;
  private long contentLength;
  private long size;
  private long most;

  /**
   * Another head comes.
   *
   * @param isTrailers whether it stands behind a body
   * @param mostBytes of the fields, as RFC 9113 6.5.2 counts them
   */
  void begin(boolean isTrailers, int mostBytes) {
    lines.start();
    cookies.start();
    present = 0;
    trailers = isTrailers;
    regular = false;
    hasCookie = false;
    malformed = false;
    tooLarge = false;
    hasBody = false;
    webSocket = false;
    contentLength = -1;
    size = 0;
    most = mostBytes;
  }

  @Override
  public void field(
      byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {
    size += nameTo - nameFrom + valueTo - valueFrom + HpackDecoder.OVERHEAD;
    tooLarge |= size > most;
    if (tooLarge || malformed) {
      return;
    }
    if (nameFrom == nameTo || !isValue(value, valueFrom, valueTo)) {
      malformed = true;
    } else if (name[nameFrom] == ':') {
      malformed = !pseudo(name, nameFrom, nameTo, value, valueFrom, valueTo);
    } else {
      regular = true;
      malformed = !regular(name, nameFrom, nameTo, value, valueFrom, valueTo);
    }
  }

  /** RFC 9113 8.2.1; other control characters are refused as in HTTP/1.1. */
  private static boolean isValue(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if (b[i] == 0 || b[i] == '\r' || b[i] == '\n') {
        return false;
      }
    }
    return from == to || !isBlank(b[from]) && !isBlank(b[to - 1]);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  // ---------------------------------------------------------------- single fields

  /** Each once, in front of all others (RFC 9113 8.3). */
  private boolean pseudo(
      byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {
    if (trailers || regular) {
      return false;
    }
    for (int i = 0; i < PSEUDO.length; i++) {
      if (Arrays.equals(name, nameFrom, nameTo, PSEUDO[i], 0, PSEUDO[i].length)) {
        return keep(i, value, valueFrom, valueTo);
      }
    }
    return false;
  }

  private boolean keep(int which, byte[] value, int from, int to) {
    if ((present & 1 << which) != 0) {
      return false;
    }
    present |= 1 << which;
    int length = to - from;
    if (kept[which].length < length) {
      kept[which] = new byte[length];
    }
    System.arraycopy(value, from, kept[which], 0, length);
    lengths[which] = length;
    return true;
  }

  private boolean regular(
      byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {
    for (int i = nameFrom; i < nameTo; i++) {
      byte token = Ascii.token(name[i]);
      if (token == 0 || token != name[i]) {
        return false; // no token, or a capital letter
      }
    }
    switch (nameTo - nameFrom) {
      case 2 -> {
        if (is(name, nameFrom, nameTo, TE)) {
          return Ascii.equalsIgnoreCase(value, valueFrom, valueTo, TRAILERS);
        }
      }
      case 4 -> {
        if (!trailers && is(name, nameFrom, nameTo, HOST_NAME)) {
          return keep(HOST, value, valueFrom, valueTo);
        }
      }
      case 6 -> {
        if (!trailers && is(name, nameFrom, nameTo, COOKIE)) {
          cookie(value, valueFrom, valueTo);
          return true;
        }
      }
      case 7, 10, 16 -> {
        if (isOfAConnection(name, nameFrom, nameTo)) {
          return false;
        }
      }
      case 14 -> {
        if (!trailers && is(name, nameFrom, nameTo, CONTENT_LENGTH)) {
          return length(value, valueFrom, valueTo);
        }
      }
      case 17 -> {
        if (isOfAConnection(name, nameFrom, nameTo)) {
          return false;
        }
        if ((present & 1 << PROTOCOL) != 0 && is(name, nameFrom, nameTo, WEBSOCKET_KEY)) {
          return true; // RFC 8441 5: it means nothing here, and we send our own
        }
      }
      default -> {
        // nothing special
      }
    }
    line(name, nameFrom, nameTo, value, valueFrom, valueTo);
    return true;
  }

  private static boolean is(byte[] name, int from, int to, byte[] wanted) {
    return Arrays.equals(name, from, to, wanted, 0, wanted.length);
  }

  private static boolean isOfAConnection(byte[] name, int from, int to) {
    for (byte[] candidate : OF_A_CONNECTION) {
      if (is(name, from, to, candidate)) {
        return true;
      }
    }
    return false;
  }

  private void line(
      byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {
    lines.put(name, nameFrom, nameTo).put(COLON).put(value, valueFrom, valueTo).crlf();
  }

  /** RFC 9113 8.2.3: crumbs are put together for HTTP/1.1. */
  private void cookie(byte[] value, int from, int to) {
    if (hasCookie) {
      cookies.put(BETWEEN_COOKIES);
    }
    hasCookie = true;
    cookies.put(value, from, to);
  }

  private boolean length(byte[] value, int from, int to) {
    if (contentLength >= 0 || from == to || to - from > 18) {
      return false;
    }
    long n = 0;
    for (int i = from; i < to; i++) {
      int digit = value[i] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      n = n * 10 + digit;
    }
    contentLength = n;
    line(CONTENT_LENGTH, 0, CONTENT_LENGTH.length, value, from, to);
    return true;
  }

  // ---------------------------------------------------------------- the whole head

  /**
   * The head is whole.
   *
   * @return false: it is malformed (RFC 9113 8.1.1), and its stream is to be reset
   */
  boolean end(boolean endStream) {
    if (malformed) {
      return false;
    }
    if (trailers) {
      return endStream && !tooLarge;
    }
    if (tooLarge) {
      return true;
    }
    boolean connect = has(METHOD) && keptIs(METHOD, CONNECT);
    webSocket = connect && has(PROTOCOL) && keptIs(PROTOCOL, WEBSOCKET);
    hasBody = !endStream && contentLength < 0 && !connect;
    boolean lengthFits = contentLength <= 0 || !endStream && !connect;
    return lengthFits && isMethod() && isTarget(connect) && isHost();
  }

  private boolean has(int which) {
    return (present & 1 << which) != 0;
  }

  private boolean keptIs(int which, byte[] wanted) {
    return Arrays.equals(kept[which], 0, lengths[which], wanted, 0, wanted.length);
  }

  private boolean isMethod() {
    for (int i = 0; i < lengths[METHOD]; i++) {
      if (Ascii.token(kept[METHOD][i]) == 0) {
        return false;
      }
    }
    return has(METHOD) && lengths[METHOD] > 0;
  }

  /** RFC 9113 8.3.1 and 8.5, RFC 8441 4. */
  private boolean isTarget(boolean connect) {
    if (connect && !has(PROTOCOL)) {
      return has(AUTHORITY) && !has(SCHEME) && !has(PATH);
    }
    if (!has(SCHEME) || lengths[SCHEME] == 0 || !has(PATH) || has(PROTOCOL) && !connect) {
      return false;
    }
    for (int i = 0; i < lengths[PATH]; i++) {
      byte b = kept[PATH][i];
      if (b >= 0 && b <= 0x20 || b == 0x7F) {
        return false;
      }
    }
    boolean asterisk = lengths[PATH] == 1 && kept[PATH][0] == '*' && keptIs(METHOD, OPTIONS);
    return lengths[PATH] > 0 && (kept[PATH][0] == '/' || asterisk);
  }

  /** RFC 9113 8.3.1: {@code host} must not say anything else than {@code :authority}. */
  private boolean isHost() {
    if (!has(AUTHORITY)) {
      return true;
    }
    if (has(HOST)) {
      boolean same = lengths[HOST] == lengths[AUTHORITY];
      for (int i = 0; same && i < lengths[HOST]; i++) {
        same = Ascii.lower(kept[HOST][i]) == Ascii.lower(kept[AUTHORITY][i]);
      }
      if (!same) {
        return false;
      }
    }
    for (int i = 0; i < lengths[AUTHORITY]; i++) {
      if (isBlank(kept[AUTHORITY][i])) {
        return false;
      }
    }
    return true;
  }

  /** Why the request is answered by itself, without a backend; null: nothing is wrong with it. */
  public @Nullable HttpViolation refusal() {
    if (tooLarge) {
      return HttpViolation.HEAD_TOO_LARGE;
    }
    return keptIs(METHOD, CONNECT) && !webSocket ? HttpViolation.NOT_IMPLEMENTED : null;
  }

  /** Whether the answer has no body, whatever it says. */
  public boolean isHead() {
    return has(METHOD) && keptIs(METHOD, HEAD);
  }

  /** The announced length of the body; -1 without one. */
  public long contentLength() {
    return contentLength;
  }

  /** Whether it asks for a WebSocket (RFC 8441). */
  public boolean isWebSocket() {
    return webSocket;
  }

  /** Whether its body comes without a length, so that it is chunked in HTTP/1.1. */
  public boolean isChunked() {
    return hasBody;
  }

  /**
   * The request's head in HTTP/1.1.
   *
   * @param key what a WebSocket's handshake is proved with; not looked at otherwise
   */
  public ByteBuf head(ByteBufAllocator allocator, String key) {
    int host = has(AUTHORITY) ? AUTHORITY : HOST;
    out.start();
    if (webSocket) {
      out.put(GET);
    } else {
      out.put(kept[METHOD], 0, lengths[METHOD]);
    }
    out.put(' ').put(kept[PATH], 0, lengths[PATH]).put(VERSION);
    if (has(host)) {
      out.put(HOST_LINE).put(kept[host], 0, lengths[host]).crlf();
    }
    out.put(lines);
    if (hasCookie) {
      out.put(COOKIE_LINE).put(cookies).crlf();
    }
    if (webSocket) {
      out.put(UPGRADE).put(Ascii.bytes(key)).crlf();
    } else if (hasBody) {
      out.put(CHUNKED);
    }
    return out.crlf().take(allocator, 0);
  }

  /** A key for {@link #head}, other than any before. */
  public static String newKey() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    byte[] bytes = new byte[16];
    ByteBuffer.wrap(bytes).putLong(random.nextLong()).putLong(random.nextLong());
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** Trailers as field lines, each with CRLF, without the empty one. */
  public void trailers(ByteBuf to) {
    lines.writeTo(to);
  }

  /** How many bytes {@link #trailers} writes. */
  public int trailerLength() {
    return lines.length();
  }
}
