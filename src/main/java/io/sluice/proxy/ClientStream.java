package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.sluice.http.Ascii;
import io.sluice.http.HttpViolation;
import io.sluice.http2.Http2Error;
import io.sluice.http2.Http2Session;
import io.sluice.http2.Http2Stream;
import io.sluice.http2.RequestFields;
import org.jspecify.annotations.Nullable;

/**
 * One request over HTTP/2. What comes on the stream becomes the bytes of an HTTP/1.1 request and
 * takes the way of any other; {@link StreamOutput} turns the answer back. While the request is not
 * read, its data waits here, bounded by the stream's window. Bound to its loop.
 */
final class ClientStream extends Http2Stream {
  private static final byte[] CRLF = Ascii.bytes("\r\n");
  private static final byte[] LAST_CHUNK = Ascii.bytes("0\r\n");
  private static final byte[] HEX = Ascii.bytes("0123456789abcdef");

  /** CRLF of the chunk before, up to eight digits, CRLF. */
  private static final int CHUNK_HEAD = 12;

  /** Smaller pieces of data are put together. */
  private static final int SMALL = 1024;

  private enum Body {
    NONE,
    LENGTH,
    CHUNKED,
    TUNNEL
  }

  private final Http2Connection connection;
  private final StreamOutput output;
  private final FrontendHandler frontend;
  private Body body = Body.NONE;

  /** Announced bytes of a body that have not come. */
  private long missing;

  /** Whether the chunk before lacks its line end. */
  private boolean chunkOpen;

  /** Data that was not passed on yet, with room for a chunk's head in front; null: none. */
  private @Nullable ByteBuf held;

  /** What completes the request once the stream has ended; null: nothing, or it was passed on. */
  private @Nullable ByteBuf ending;

  /** Bytes that were passed on, and may not have been taken. */
  private int owed;

  private boolean started;
  private boolean touched;
  private boolean feeding;
  private boolean reading = true;
  private boolean over;

  /** Whether it was over already when it was last asked for its progress. */
  private boolean stalls;

  ClientStream(Http2Session session, Http2Connection connection, int id) {
    super(session, id);
    this.connection = connection;
    this.output = new StreamOutput(this, connection);
    this.frontend =
        new FrontendHandler(
            connection.loop(), connection.listener(), connection.identity(), output);
  }

  @Nullable Exchange exchange() {
    return over ? null : frontend.exchange();
  }

  private void touch() {
    if (!touched) {
      touched = true;
      output.readBegins();
      connection.touched(this);
    }
  }

  /** The connection's read is over. */
  void readEnds() {
    touched = false;
    feed();
    output.readEnds();
  }

  // ---------------------------------------------------------------- what comes

  @Override
  protected boolean head(boolean endStream) {
    RequestFields fields = connection.loop().streamFields();
    if (started) {
      return trailers(fields);
    }
    started = true;
    touch();
    HttpViolation refusal = fields.refusal();
    if (refusal != null) {
      frontend.refuse(refusal);
      return true;
    }
    String key = "";
    if (fields.isWebSocket()) {
      body = Body.TUNNEL;
      key = RequestFields.newKey();
    } else if (fields.isChunked()) {
      body = Body.CHUNKED;
    } else if (!endStream) {
      body = Body.LENGTH;
      missing = fields.contentLength();
    }
    output.start(fields.isHead(), key);
    ByteBuf head = fields.head(connection.alloc(), key);
    if (body == Body.LENGTH && missing == 0) {
      frontend.opened();
      ending = head; // it is whole only when nothing else has come
      return true;
    }
    pass(head);
    if (endStream && body == Body.TUNNEL) {
      frontend.inputEnded();
    }
    return true;
  }

  private boolean trailers(RequestFields fields) {
    if (body != Body.CHUNKED) {
      return dataEnded(); // trailers have no place behind a body of known length
    }
    ByteBuf last = connection.alloc().directBuffer(fields.trailerLength() + 16);
    if (chunkOpen()) {
      last.writeBytes(CRLF);
    }
    last.writeBytes(LAST_CHUNK);
    fields.trailers(last);
    end(last.writeBytes(CRLF));
    return true;
  }

  @Override
  protected boolean data(ByteBuf in, int n) {
    touch();
    if (over) {
      in.skipBytes(n);
      return true;
    }
    if (body == Body.NONE || body == Body.LENGTH && n > missing) {
      in.skipBytes(n);
      return false;
    }
    missing -= n;
    if (n < SMALL || !reading || feeding || isIncomplete()) {
      hold(in, n);
      return true;
    }
    feed();
    if (reading && held == null && !over) {
      if (body == Body.CHUNKED) {
        ByteBuf chunk = connection.alloc().directBuffer(CHUNK_HEAD).writerIndex(CHUNK_HEAD);
        passChunkHead(chunk.readerIndex(CHUNK_HEAD), n);
      }
      owed += n;
      pass(in.readRetainedSlice(n));
      settle();
    } else {
      hold(in, n);
    }
    return true;
  }

  private void hold(ByteBuf in, int n) {
    if (held == null) {
      held = connection.alloc().directBuffer(CHUNK_HEAD + Math.max(n, SMALL));
      held.setIndex(CHUNK_HEAD, CHUNK_HEAD);
    }
    held.writeBytes(in, n);
  }

  @Override
  protected boolean dataEnded() {
    touch();
    switch (body) {
      case CHUNKED -> {
        ByteBuf last = connection.alloc().directBuffer(16);
        if (chunkOpen()) {
          last.writeBytes(CRLF);
        }
        end(last.writeBytes(LAST_CHUNK).writeBytes(CRLF));
      }
      case LENGTH -> {
        feed();
        return missing == 0;
      }
      case TUNNEL -> {
        feed();
        if (held == null && !over) {
          frontend.inputEnded();
        }
      }
      case NONE -> {
        // it had none
      }
    }
    return true;
  }

  /** Whether a chunk will be open when everything that waits was passed on. */
  private boolean chunkOpen() {
    return chunkOpen || held != null;
  }

  private void end(ByteBuf last) {
    if (over) {
      last.release();
    } else {
      ending = last;
      feed();
    }
  }

  // ---------------------------------------------------------------- passing it on

  /** Whether the request's bytes are wanted. */
  void setReading(boolean on) {
    reading = on;
    if (on && !feeding) {
      settle();
      feed();
    }
  }

  /** Passes on what waits, as far as it is wanted. */
  private void feed() {
    ByteBuf waiting;
    while (reading && !over && !feeding && !isIncomplete() && (waiting = held) != null) {
      held = null;
      int n = waiting.readableBytes();
      if (body == Body.CHUNKED) {
        chunkHead(waiting, n);
      }
      owed += n;
      pass(waiting);
      settle();
    }
    ByteBuf last = ending;
    if (reading && !over && !feeding && !isIncomplete() && last != null) {
      ending = null;
      pass(last);
    }
    if (body == Body.TUNNEL && hasRemoteEnded() && held == null && !over && !feeding) {
      frontend.inputEnded();
    }
  }

  /**
   * Whether a body has its announced length and may turn out to have more: the backend must not see
   * a whole request before it is one.
   */
  private boolean isIncomplete() {
    return body == Body.LENGTH && missing == 0 && !hasRemoteEnded();
  }

  private void pass(ByteBuf bytes) {
    feeding = true;
    frontend.received(bytes);
    feeding = false;
  }

  private void passChunkHead(ByteBuf chunk, int n) {
    chunkHead(chunk, n);
    pass(chunk);
  }

  /** Puts a chunk's head in front of what a buffer holds. */
  private void chunkHead(ByteBuf bytes, int n) {
    int at = bytes.readerIndex();
    bytes.setByte(--at, '\n').setByte(--at, '\r');
    int rest = n;
    do {
      bytes.setByte(--at, HEX[rest & 0xF]);
      rest >>>= 4;
    } while (rest > 0);
    if (chunkOpen) {
      bytes.setByte(--at, '\n').setByte(--at, '\r');
    }
    chunkOpen = true;
    bytes.readerIndex(at);
  }

  /** What is taken may come again. */
  private void settle() {
    if (reading && owed > 0) {
      int n = owed;
      owed = 0;
      consumed(n);
    }
  }

  // ---------------------------------------------------------------- ends

  /** The request has ended; what it has sent still goes out. */
  void over() {
    over = true;
    letGo();
  }

  private void letGo() {
    if (held != null) {
      held.release();
      held = null;
    }
    if (ending != null) {
      ending.release();
      ending = null;
    }
  }

  @Override
  protected void aborted(Http2Error error) {
    if (!over) {
      over = true;
      letGo();
      frontend.gone();
    }
    letGo();
  }

  /** The client's connection brings nothing more: a request that is not whole never will be. */
  void inputCut() {
    if (!hasRemoteEnded()) {
      reset(Http2Error.CANCEL);
      aborted(Http2Error.CANCEL);
    }
  }

  /** Gives up what nobody takes: the request has ended long ago, its answer waits for a window. */
  void endStalled() {
    if (over && !output.hasProgressed() && stalls) {
      reset(Http2Error.CANCEL);
    }
    stalls = over;
  }

  @Override
  protected void writable() {
    if (!over) {
      frontend.writabilityChanged(true);
    }
  }
}
