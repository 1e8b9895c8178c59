package io.sluice.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;

/**
 * A message's body as a stream of its data, by length, in chunks or until the connection's end.
 * Ends only behind a whole body: a connection that ends before throws {@link EOFException}, bytes
 * that are no body {@link ProtocolException}.
 */
public final class BodyStream extends InputStream {
  private final InputStream in;
  private final boolean chunked;
  private final boolean untilClose;
  private long remaining;
  private boolean firstChunk = true;
  private boolean done;
  private final List<HeaderLine> trailers = new ArrayList<>();

  private BodyStream(InputStream in, boolean chunked, boolean untilClose, long length) {
    this.in = in;
    this.chunked = chunked;
    this.untilClose = untilClose;
    this.remaining = length;
    this.done = !chunked && !untilClose && length == 0;
  }

  /** A body of this many bytes. */
  public static BodyStream ofLength(InputStream in, long length) {
    return new BodyStream(in, false, false, length);
  }

  /** A chunked body. */
  public static BodyStream chunked(InputStream in) {
    return new BodyStream(in, true, false, 0);
  }

  /** A body that the connection's end ends. */
  public static BodyStream untilClose(InputStream in) {
    return new BodyStream(in, false, true, 0);
  }

  /** Trailer fields, known behind the end. */
  public List<HeaderLine> trailers() {
    return List.copyOf(trailers);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (untilClose) {
      return in.read(to, offset, length);
    }
    if (chunked && remaining == 0 && !done) {
      nextChunk();
    }
    if (done) {
      return -1;
    }
    int n = in.read(to, offset, (int) Math.min(length, remaining));
    if (n < 0) {
      throw new EOFException("the connection ended " + remaining + " bytes early");
    }
    remaining -= n;
    done = !chunked && remaining == 0;
    return n;
  }

  private void nextChunk() throws IOException {
    if (!firstChunk && !line(in).isEmpty()) {
      throw new ProtocolException("a chunk's data is not followed by CRLF");
    }
    firstChunk = false;
    String size = line(in);
    if (!size.matches("[0-9A-Fa-f]{1,15}([ \\t]*;[\\t\\x20-\\x7e\\x80-\\xff]*)?")) {
      throw new ProtocolException("chunk size " + Wire.show(size));
    }
    remaining = Long.parseLong(size.replaceAll("[ \\t]*;.*", ""), 16);
    if (remaining > 0) {
      return;
    }
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      HeaderLine field = StrictReader.field(line);
      if (field == null) {
        throw new ProtocolException("trailer " + Wire.show(line));
      }
      trailers.add(field);
    }
    done = true;
  }

  /** One line, which must end with CRLF, without it. */
  static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("the connection ended in the line " + Wire.show(line.toString()));
      }
      if (c == '\n') {
        int last = line.length() - 1;
        if (last < 0 || line.charAt(last) != '\r') {
          throw new ProtocolException("bare LF behind " + Wire.show(line.toString()));
        }
        line.setLength(last);
        return line.toString();
      }
      line.append((char) c);
    }
  }
}
