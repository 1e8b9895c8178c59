package io.sluice.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows a message's body through the bytes that pass (RFC 9112 6 and 7): says where it ends and
 * whether it is well formed, without touching the data. Used again for the next message; bound to
 * one thread.
 *
 * <p>Whoever passes bytes on must look at {@link #violation} first: the bytes that end a chunked
 * body are never handed out behind an error, so a broken body cannot look complete to the other
 * side.
 */
public final class BodyFraming {
  /** All chunk extensions of a message together; nobody uses them but attackers. */
  private static final int MAX_EXTENSIONS = 256;

  /** All trailer fields of a message together. */
  private static final int MAX_TRAILERS = 8 * 1024;

  private static final int MAX_TRAILER_FIELDS = 64;

  /** Beside every {@link Field} but Date; whoever merged these into the head could be misled. */
  private static final Set<String> FORBIDDEN_TRAILERS =
      Set.of(
          "authorization",
          "proxy-authorization",
          "proxy-authenticate",
          "www-authenticate",
          "cookie",
          "set-cookie",
          "content-encoding",
          "content-type",
          "content-range",
          "cache-control",
          "max-forwards",
          "range",
          "if-match",
          "if-none-match",
          "if-modified-since",
          "if-unmodified-since",
          "if-range",
          "age",
          "expires",
          "location",
          "retry-after",
          "vary");

  private enum State {
    DONE,
    LENGTH,
    UNTIL_CLOSE,
    SIZE,
    SIZE_SPACE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    LAST_CR,
    LAST_LF,
    TRAILERS,
    FAILED
  }

  private State state = State.DONE;
  private boolean chunked;
  private long remaining;
  private int digits;
  private int extensions;
  private long dataBytes;
  private @Nullable HttpViolation violation;
  private byte[] trailers = NO_BYTES;
  private int trailerLength;
  private int trailerFields;

  private static final byte[] NO_BYTES = {};

  /** A message without a body. */
  public void startNone() {
    start(State.DONE, false, 0);
  }

  /** A body of exactly this many bytes. */
  public void startLength(long length) {
    start(length == 0 ? State.DONE : State.LENGTH, false, length);
  }

  /** A chunked body. */
  public void startChunked() {
    start(State.SIZE, true, 0);
  }

  /** A body that the connection's end ends. */
  public void startUntilClose() {
    start(State.UNTIL_CLOSE, false, 0);
  }

  private void start(State first, boolean isChunked, long length) {
    state = first;
    chunked = isChunked;
    remaining = length;
    digits = 0;
    extensions = 0;
    dataBytes = 0;
    violation = null;
    trailerLength = 0;
    trailerFields = 0;
    if (trailers.length > 256) {
      trailers = NO_BYTES;
    }
  }

  /** Whether the last byte has passed. */
  public boolean isDone() {
    return state == State.DONE;
  }

  /** What is wrong with the body; null: nothing so far. */
  public @Nullable HttpViolation violation() {
    return violation;
  }

  public boolean isChunked() {
    return chunked;
  }

  public boolean isUntilClose() {
    return state == State.UNTIL_CLOSE;
  }

  /** Whether the body has a known length of which bytes are still missing. */
  public boolean isLength() {
    return state == State.LENGTH;
  }

  /** Bytes that are still missing when {@link #isLength}. */
  public long remaining() {
    return remaining;
  }

  /** Bytes of data seen, without chunk framing. */
  public long dataBytes() {
    return dataBytes;
  }

  /** Whether trailer fields came that differ from what {@link #follow} lets pass by itself. */
  public boolean hasTrailers() {
    return trailerLength > 0;
  }

  /**
   * Follows bytes of the body from the buffer's reader index, which it leaves alone.
   *
   * @return how many bytes from the reader index may be passed on as they are. When the body has
   *     trailer fields they are not among them: {@link #takeTrailers} gives what to send instead.
   *     The bytes used up are {@link #consumed}.
   */
  public int follow(ByteBuf in) {
    int from = in.readerIndex();
    int end = in.writerIndex();
    int at = from;
    int pass = -1;
    while (at < end && state != State.DONE && state != State.FAILED) {
      int before = at;
      at = step(in, at, end);
      if (pass < 0 && trailerLength > 0) {
        pass = before - from; // that byte is kept: it goes out with the checked trailers
      }
    }
    consumed = at - from;
    if (state == State.FAILED) {
      return 0;
    }
    return pass < 0 ? consumed : pass;
  }

  private int consumed;

  /** How many bytes the last {@link #follow} used up. */
  public int consumed() {
    return consumed;
  }

  /**
   * The next run of plain data, for a receiver that does not understand chunks: moves the reader
   * index over framing to the data and says how much of it there is; 0 when the buffer is used up,
   * the body is done or it is broken. The caller takes exactly that many bytes.
   */
  public int nextData(ByteBuf in) {
    while (in.isReadable() && state != State.DONE && state != State.FAILED) {
      int at = in.readerIndex();
      if (state == State.DATA || state == State.LENGTH || state == State.UNTIL_CLOSE) {
        return step(in, at, in.writerIndex()) - at;
      }
      in.readerIndex(step(in, at, in.writerIndex()));
    }
    return 0;
  }

  private int step(ByteBuf in, int at, int end) {
    return switch (state) {
      case LENGTH -> data(at, end, State.DONE);
      case DATA -> data(at, end, State.DATA_CR);
      case UNTIL_CLOSE -> {
        dataBytes += end - at;
        yield end;
      }
      default -> {
        control(in.getByte(at));
        yield at + 1;
      }
    };
  }

  private int data(int at, int end, State next) {
    long n = Math.min(remaining, end - at);
    remaining -= n;
    dataBytes += n;
    if (remaining == 0) {
      state = next;
    }
    return at + (int) n;
  }

  private void control(byte b) {
    switch (state) {
      case SIZE -> size(b);
      case SIZE_SPACE -> expectExtension(b);
      case EXTENSION -> extension(b);
      case SIZE_LF -> {
        if (b != '\n') {
          fail(HttpViolation.CHUNK);
        } else {
          state = remaining == 0 ? State.LAST_CR : State.DATA;
          digits = 0;
        }
      }
      case DATA_CR -> expect(b, (byte) '\r', State.DATA_LF);
      case DATA_LF -> expect(b, (byte) '\n', State.SIZE);
      case LAST_CR -> {
        if (b == '\r') {
          state = State.LAST_LF;
        } else {
          trailerByte(b);
        }
      }
      case LAST_LF -> expect(b, (byte) '\n', State.DONE);
      case TRAILERS -> trailerByte(b);
      default -> throw new IllegalStateException(state.name());
    }
  }

  private void size(byte b) {
    int digit = Character.digit(b, 16);
    if (digit >= 0) {
      // 15 digits hold every length that fits a long; more can only be an attack on overflow
      if (++digits > 15) {
        fail(HttpViolation.CHUNK);
      }
      remaining = remaining << 4 | digit;
    } else if (digits == 0) {
      fail(HttpViolation.CHUNK);
    } else if (b == '\r') {
      state = State.SIZE_LF;
    } else if (b == ';') {
      state = State.EXTENSION;
    } else if (b == ' ' || b == '\t') {
      state = State.SIZE_SPACE;
    } else {
      fail(HttpViolation.CHUNK);
    }
  }

  /** RFC 9112 7.1.1: blanks before an extension are bad but allowed; before the line's end not. */
  private void expectExtension(byte b) {
    if (b == ';') {
      state = State.EXTENSION;
    } else if (b != ' ' && b != '\t' || ++extensions > MAX_EXTENSIONS) {
      fail(HttpViolation.CHUNK);
    }
  }

  private void extension(byte b) {
    if (b == '\r') {
      state = State.SIZE_LF;
    } else if (b != '\t' && (b >= 0 && b < 0x20 || b == 0x7F) || ++extensions > MAX_EXTENSIONS) {
      fail(HttpViolation.CHUNK);
    }
  }

  private void expect(byte b, byte wanted, State next) {
    if (b == wanted) {
      state = next;
    } else {
      fail(HttpViolation.CHUNK);
    }
  }

  private void fail(HttpViolation v) {
    state = State.FAILED;
    violation = v;
  }

  private void trailerByte(byte b) {
    state = State.TRAILERS;
    if (trailerLength == trailers.length) {
      if (trailerLength >= MAX_TRAILERS) {
        fail(HttpViolation.TRAILER);
        return;
      }
      trailers = Arrays.copyOf(trailers, Math.max(256, trailerLength * 2));
    }
    trailers[trailerLength++] = b;
    if (b == '\n') {
      checkTrailers();
    }
  }

  /** Looks at the line that has just ended; the empty one ends the message. */
  private void checkTrailers() {
    int lf = trailerLength - 1;
    int start = lf;
    while (start > 0 && trailers[start - 1] != '\n') {
      start--;
    }
    if (lf == start || trailers[lf - 1] != '\r') {
      fail(HttpViolation.TRAILER);
    } else if (lf - 1 == start) {
      state = State.DONE;
    } else if (!isTrailerField(start, lf - 1)) {
      fail(HttpViolation.TRAILER);
    }
  }

  private boolean isTrailerField(int start, int end) {
    int i = start;
    while (i < end && Ascii.token(trailers[i]) != 0) {
      i++;
    }
    if (i == start || i == end || trailers[i] != ':' || ++trailerFields > MAX_TRAILER_FIELDS) {
      return false;
    }
    // RFC 9110 6.5.1: what frames, routes or authenticates a message has no place behind it
    Field field = Field.of(trailers, start, i);
    if (field != Field.OTHER && field != Field.DATE || isForbidden(start, i)) {
      return false;
    }
    int c = i + 1;
    while ((c = Ascii.control(trailers, c, end)) < end) {
      if (trailers[c] != '\t') {
        return false;
      }
      c++;
    }
    return true;
  }

  private boolean isForbidden(int start, int end) {
    return FORBIDDEN_TRAILERS.contains(
        Ascii.text(trailers, start, end).toLowerCase(Locale.ROOT).replace('_', '-'));
  }

  /** Writes the checked trailer section with its final empty line, once. */
  public void takeTrailers(ByteBuf out) {
    out.writeBytes(trailers, 0, trailerLength);
    trailerLength = 0;
  }

  /** Size of what {@link #takeTrailers} writes. */
  public int trailerLength() {
    return trailerLength;
  }
}
