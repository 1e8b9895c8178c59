package io.sluice.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The head of a message as bytes and a table of offsets into them: no string, no map, no object for
 * a field. Filled piece by piece by {@link #feed}, then used again after {@link #reset}. Bound to
 * one thread.
 *
 * <p>Strict by RFC 9112 2.2, 5 and 5.1: lines end with CRLF, names are tokens directly before the
 * colon, values hold no control character but HTAB, nothing is folded.
 */
public abstract sealed class MessageHead permits RequestHead, ResponseHead {
  private static final int INITIAL_BYTES = 1024;
  private static final int INITIAL_FIELDS = 24;

  /** What {@link #feed} has reached. */
  public enum Progress {
    MORE,
    COMPLETE,
    VIOLATION
  }

  protected byte[] bytes = new byte[INITIAL_BYTES];
  private int filled;
  private int lineStart;
  private int searched;
  private int firstField;
  private int headEnd;
  private int[] table = new int[INITIAL_FIELDS * 4];
  private byte[] kinds = new byte[INITIAL_FIELDS];
  private boolean[] dropped = new boolean[INITIAL_FIELDS];
  private int fields;
  private long present;
  private @Nullable HttpViolation violation;

  /** Forgets everything; a buffer that grew large is let go. */
  public void reset() {
    if (bytes.length > 8 * INITIAL_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
    filled = 0;
    lineStart = 0;
    searched = 0;
    firstField = 0;
    headEnd = 0;
    fields = 0;
    present = 0;
    violation = null;
  }

  /**
   * Takes bytes of the head from the buffer, and none behind it.
   *
   * @param in read up to the head's end when that is in it, else wholly
   * @param limits what the head may measure
   */
  public final Progress feed(ByteBuf in, HeadLimits limits) {
    while (in.isReadable()) {
      int before = filled;
      int take = Math.min(in.readableBytes(), INITIAL_BYTES);
      makeRoom(take);
      in.readBytes(bytes, before, take);
      filled += take;
      Progress progress = parse(limits);
      if (progress == Progress.COMPLETE) {
        in.readerIndex(in.readerIndex() - (filled - headEnd));
      }
      if (progress != Progress.MORE) {
        return progress;
      }
    }
    return Progress.MORE;
  }

  private void makeRoom(int more) {
    if (filled + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(filled + more, bytes.length * 2));
    }
  }

  private Progress parse(HeadLimits limits) {
    while (true) {
      int lf = Ascii.lineFeed(bytes, searched, filled);
      searched = lf;
      HttpViolation v = checkSize(limits, lf);
      if (v == null && lf == filled) {
        v = firstField == 0 ? checkUnfinishedStart(bytes, lineStart, filled) : null;
        if (v == null) {
          return Progress.MORE;
        }
      }
      if (v == null) {
        v = line(lf, limits);
      }
      if (v != null) {
        violation = v;
        return Progress.VIOLATION;
      }
      searched = lf + 1;
      lineStart = lf + 1;
      if (headEnd != 0) {
        violation = finish();
        return violation == null ? Progress.COMPLETE : Progress.VIOLATION;
      }
    }
  }

  private @Nullable HttpViolation checkSize(HeadLimits limits, int lineEnd) {
    if (firstField == 0) {
      int withCr = limits.startLine() + 1;
      return lineEnd - lineStart > withCr ? startLineTooLong() : null;
    }
    return lineEnd - firstField > limits.fields() ? HttpViolation.HEAD_TOO_LARGE : null;
  }

  private @Nullable HttpViolation line(int lf, HeadLimits limits) {
    if (lf == lineStart || bytes[lf - 1] != '\r') {
      return firstField == 0 && lf != lineStart
          ? badLineEnd(bytes, lineStart, lf)
          : HttpViolation.LINE_END;
    }
    int end = lf - 1;
    if (firstField == 0) {
      if (end == lineStart && lineStart == 0 && this instanceof RequestHead) {
        return null; // RFC 9112 2.2: one empty line before the request line is ignored
      }
      HttpViolation v = startLine(lineStart, end);
      firstField = lf + 1;
      return v;
    }
    if (end == lineStart) {
      headEnd = lf + 1;
      return null;
    }
    return fields >= limits.count() ? HttpViolation.TOO_MANY_FIELDS : field(end);
  }

  private @Nullable HttpViolation field(int end) {
    int start = lineStart;
    int i = start;
    boolean underscore = false;
    while (i < end && Ascii.token(bytes[i]) != 0) {
      underscore |= bytes[i] == '_';
      i++;
    }
    if (i == start || i == end || bytes[i] != ':') {
      return bytes[start] == ' ' || bytes[start] == '\t'
          ? HttpViolation.FIELD_FOLDED
          : HttpViolation.FIELD_NAME;
    }
    int valueStart = Ascii.skipSpace(bytes, i + 1, end);
    int valueEnd = Ascii.trimSpace(bytes, valueStart, end);
    if (hasControl(valueStart, valueEnd)) {
      return HttpViolation.FIELD_VALUE;
    }
    Field kind = Field.of(bytes, start, i);
    if (underscore && kind.isFraming()) {
      return HttpViolation.AMBIGUOUS_FIELD;
    }
    add(start, i, valueStart, valueEnd, kind, underscore);
    return null;
  }

  private boolean hasControl(int from, int to) {
    int c = Ascii.control(bytes, from, to);
    while (c < to && bytes[c] == '\t') {
      c = Ascii.control(bytes, c + 1, to);
    }
    return c < to;
  }

  private void add(
      int start, int nameEnd, int valueStart, int valueEnd, Field kind, boolean underscore) {
    if (fields == kinds.length) {
      table = Arrays.copyOf(table, table.length * 2);
      kinds = Arrays.copyOf(kinds, kinds.length * 2);
      dropped = Arrays.copyOf(dropped, dropped.length * 2);
    }
    int t = fields * 4;
    table[t] = start;
    table[t + 1] = nameEnd;
    table[t + 2] = valueStart;
    table[t + 3] = valueEnd;
    // A spelling with underscores never counts as the field itself, but goes when that goes.
    kinds[fields] = (byte) kind.index();
    dropped[fields] = underscore && kind != Field.OTHER;
    if (!dropped[fields]) {
      present |= 1L << kind.index();
    }
    fields++;
  }

  /** Checks and keeps the start line in [from, to), without its CRLF. */
  abstract @Nullable HttpViolation startLine(int from, int to);

  /** What a start line over the limit means. */
  abstract HttpViolation startLineTooLong();

  /** Refuses early what can never become a start line, for instance a TLS greeting. */
  abstract @Nullable HttpViolation checkUnfinishedStart(byte[] bytes, int from, int to);

  /** What a first line without CR means. */
  abstract HttpViolation badLineEnd(byte[] bytes, int from, int to);

  /** Checks what needs all fields. */
  abstract @Nullable HttpViolation finish();

  /** Why {@link #feed} ended with {@link Progress#VIOLATION}; null before. */
  public final @Nullable HttpViolation violation() {
    return violation;
  }

  /** Whether any byte has come. */
  public final boolean isEmpty() {
    return filled == 0;
  }

  /** The bytes that all offsets point into; may be another array after the next feed. */
  public final byte[] bytes() {
    return bytes;
  }

  /** Number of field lines. */
  public final int fieldCount() {
    return fields;
  }

  /** What a field is. */
  public final Field kind(int field) {
    return Field.at(kinds[field]);
  }

  /** Whether a field line is not to be passed on. */
  public final boolean isDropped(int field) {
    return dropped[field];
  }

  /** Marks a field line as not to be passed on. */
  public final void drop(int field) {
    dropped[field] = true;
  }

  public final int nameStart(int field) {
    return table[field * 4];
  }

  public final int nameEnd(int field) {
    return table[field * 4 + 1];
  }

  public final int valueStart(int field) {
    return table[field * 4 + 2];
  }

  public final int valueEnd(int field) {
    return table[field * 4 + 3];
  }

  /** Behind the CRLF of a field line. */
  public final int lineEnd(int field) {
    return field + 1 < fields ? table[field * 4 + 4] : headEnd - 2;
  }

  /** Whether there is a field of this kind, in its real spelling. */
  public final boolean has(Field kind) {
    return (present & 1L << kind.index()) != 0;
  }

  /** The first field of a kind at or behind {@code from}, in its real spelling; -1: none. */
  public final int find(Field kind, int from) {
    if (!has(kind)) {
      return -1;
    }
    byte wanted = (byte) kind.index();
    for (int i = from; i < fields; i++) {
      if (kinds[i] == wanted && !isUnderscored(i)) {
        return i;
      }
    }
    return -1;
  }

  private boolean isUnderscored(int field) {
    for (int i = nameStart(field); i < nameEnd(field); i++) {
      if (bytes[i] == '_') {
        return true;
      }
    }
    return false;
  }

  /** The first field with this lower-case name at or behind {@code from}; -1: none. */
  public final int find(byte[] lowerCaseName, int from) {
    for (int i = from; i < fields; i++) {
      if (Ascii.equalsIgnoreCase(bytes, nameStart(i), nameEnd(i), lowerCaseName)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether any field of a kind has this lower-case token in its list. */
  public final boolean listed(Field kind, byte[] lowerCaseToken) {
    for (int i = find(kind, 0); i >= 0; i = find(kind, i + 1)) {
      if (Ascii.listContains(bytes, valueStart(i), valueEnd(i), lowerCaseToken)) {
        return true;
      }
    }
    return false;
  }

  /** A field's value as text. */
  public final String value(int field) {
    return Ascii.text(bytes, valueStart(field), valueEnd(field));
  }

  /**
   * The body's length by Content-Length (RFC 9110 8.6): -1 without one, -2 when it is repeated, a
   * list or no plain number of at most 18 digits.
   */
  final long contentLength() {
    int i = find(Field.CONTENT_LENGTH, 0);
    if (i < 0) {
      return -1;
    }
    int from = valueStart(i);
    int to = valueEnd(i);
    if (find(Field.CONTENT_LENGTH, i + 1) >= 0 || from == to || to - from > 18) {
      return -2;
    }
    long n = 0;
    for (int p = from; p < to; p++) {
      int digit = bytes[p] - '0';
      if (digit < 0 || digit > 9) {
        return -2;
      }
      n = n * 10 + digit;
    }
    return n;
  }

  /** Whether there is one Transfer-Encoding and it is exactly {@code chunked}. */
  final boolean isChunkedOnly() {
    int i = find(Field.TRANSFER_ENCODING, 0);
    return i >= 0
        && find(Field.TRANSFER_ENCODING, i + 1) < 0
        && Ascii.equalsIgnoreCase(bytes, valueStart(i), valueEnd(i), CHUNKED);
  }

  /**
   * Marks what must not be passed on (RFC 9110 7.6.1): hop-by-hop fields, and those that Connection
   * names, but never one that gives the message its meaning to others.
   */
  final void dropHopByHop() {
    for (int i = 0; i < fields; i++) {
      switch (Field.at(kinds[i])) {
        case CONNECTION -> {
          dropped[i] = true;
          dropNamed(valueStart(i), valueEnd(i));
        }
        case KEEP_ALIVE, PROXY_CONNECTION, TE, UPGRADE, HTTP2_SETTINGS, TRANSFER_ENCODING ->
            dropped[i] = true;
        default -> {
          // an end-to-end field
        }
      }
    }
  }

  private void dropNamed(int from, int to) {
    int i = from;
    while (i < to) {
      int end = Ascii.listMemberEnd(bytes, i, to);
      int s = Ascii.skipSpace(bytes, i, end);
      int e = Ascii.trimSpace(bytes, s, end);
      for (int f = 0; f < fields && e > s; f++) {
        if (sameName(f, s, e) && !kind(f).isFraming() && kind(f) != Field.HOST) {
          dropped[f] = true;
        }
      }
      i = end + 1;
    }
  }

  private boolean sameName(int field, int from, int to) {
    int start = nameStart(field);
    if (nameEnd(field) - start != to - from) {
      return false;
    }
    for (int i = 0; i < to - from; i++) {
      if (Ascii.lower(bytes[start + i]) != Ascii.lower(bytes[from + i])) {
        return false;
      }
    }
    return true;
  }

  static final byte[] CHUNKED = Ascii.bytes("chunked");
  static final byte[] CLOSE = Ascii.bytes("close");
  static final byte[] KEEP_ALIVE = Ascii.bytes("keep-alive");
}
