package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import io.sluice.http.ResponseHead;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a session: its state, its windows, and what waits for them. What is sent goes out
 * in order; what the windows do not allow yet is kept, and {@link #isWritable} tells when to stop.
 * Bound to the session's loop.
 */
public abstract class Http2Stream {
  /** Bytes that may wait on a stream before its source is read no more. */
  private static final int HIGH_WATER = 64 * 1024;

  /** Bytes from which on the source is read again. */
  private static final int LOW_WATER = 16 * 1024;

  private final Http2Session session;
  private final int id;

  int sendWindow;
  int receiveWindow = Frame.WINDOW;
  private int receiveTarget = Frame.WINDOW;
  private int uncredited;
  private long received;

  private @Nullable ArrayDeque<ByteBuf> queue;
  private @Nullable ByteBuf trailers;
  private int queued;
  private long sent;
  private boolean endQueued;
  private boolean blocked;

  /** Whether it waits for its turn in the session's line. */
  boolean lined;

  /** Whether the peer sends nothing more. */
  boolean remoteEnded;

  /** Whether END_STREAM was sent. */
  boolean localEnded;

  boolean closed;

  /** Whether it is reset without an error as soon as everything is sent. */
  private boolean resetAfterEnd;

  protected Http2Stream(Http2Session session, int id) {
    this.session = session;
    this.id = id;
    this.sendWindow = session.peerWindow();
  }

  public final int id() {
    return id;
  }

  /** Whether it is in the session, with at least one direction open. */
  public final boolean isOpen() {
    return !closed;
  }

  public final boolean hasRemoteEnded() {
    return remoteEnded;
  }

  /** Whether nothing more can be sent, because the end is on its way or was sent. */
  public final boolean hasEnded() {
    return endQueued || closed;
  }

  /** Bytes that wait for a window or for the connection. */
  public final int queued() {
    return queued;
  }

  /** Bytes of DATA that were handed to the connection so far. */
  public final long sent() {
    return sent;
  }

  // ---------------------------------------------------------------- what happens on it

  /**
   * A head has come, the first or trailers; the session holds its fields.
   *
   * @return false: what came is malformed, and the stream is to be reset
   */
  protected abstract boolean head(boolean endStream);

  /**
   * Takes exactly {@code n} bytes of data out of the buffer.
   *
   * @return false: they are malformed, and the stream is to be reset
   */
  protected abstract boolean data(ByteBuf in, int n);

  /**
   * The data was the last that the peer sends.
   *
   * @return false: more was announced, and the stream is to be reset
   */
  protected abstract boolean dataEnded();

  /** It has ended before its time; nothing can be sent any more. */
  protected abstract void aborted(Http2Error error);

  /** It can take bytes again, after {@link #isWritable} said no. */
  protected abstract void writable();

  // ---------------------------------------------------------------- sending

  /**
   * Sends an answer's head.
   *
   * @param status instead of the head's own
   */
  public final void sendHead(ResponseHead head, int status, boolean end) {
    if (!closed) {
      session.writeHead(this, head, status, end);
      if (end) {
        ended();
      }
    }
  }

  /** Sends data, of which it becomes the owner. */
  public final void send(ByteBuf data, boolean end) {
    if (closed || endQueued) {
      data.release();
      return;
    }
    endQueued = end;
    if (queued > 0 || !session.isFree()) {
      enqueue(data);
      return;
    }
    while (data.isReadable() && session.allowed(this) > 0) {
      writeFrame(data, Math.min(data.readableBytes(), session.allowed(this)));
    }
    if (data.isReadable()) {
      enqueue(data);
    } else {
      data.release();
      if (end && !localEnded) {
        session.writeEnd(this);
        ended();
      }
    }
  }

  /** Ends this direction behind everything that was sent. */
  public final void sendEnd() {
    if (closed || endQueued) {
      return;
    }
    endQueued = true;
    if (queued == 0) {
      session.writeEnd(this);
      ended();
    }
  }

  /**
   * Ends this direction with trailers.
   *
   * @param section checked field lines with their final empty line; it becomes the owner
   */
  public final void sendTrailers(ByteBuf section) {
    if (closed || endQueued) {
      section.release();
      return;
    }
    endQueued = true;
    trailers = section;
    if (queued == 0) {
      writeTrailers(section);
    }
  }

  /** Whether whatever gives it bytes should go on; after a no {@link #writable} follows. */
  public final boolean isWritable() {
    boolean room =
        queued < LOW_WATER || queued < HIGH_WATER && session.queued() < Http2Session.MOST_QUEUED;
    blocked |= !room;
    return room;
  }

  /** Ends it at once, both ways. */
  public final void reset(Http2Error error) {
    session.reset(this, error);
  }

  /** Nothing more that the peer sends is wanted: once everything is sent, it is told so. */
  public final void finish() {
    if (closed || remoteEnded) {
      return;
    }
    if (localEnded) {
      session.reset(this, Http2Error.NO_ERROR);
    } else {
      resetAfterEnd = true;
    }
  }

  private void enqueue(ByteBuf data) {
    if (queue == null) {
      queue = new ArrayDeque<>(8);
    }
    queue.addLast(data);
    queued += data.readableBytes();
    session.queued(data.readableBytes());
    session.lineUp(this);
  }

  /** Sends one frame of what waits, when the windows allow it. */
  final void sendQueued() {
    ByteBuf data = queue == null ? null : queue.peekFirst();
    if (data == null || session.allowed(this) == 0) {
      return;
    }
    int n = Math.min(data.readableBytes(), session.allowed(this));
    boolean whole = n == data.readableBytes();
    if (whole && queue != null) {
      queue.removeFirst();
    }
    queued -= n;
    session.queued(-n);
    writeFrame(data, n);
    if (whole) {
      data.release();
    }
    if (queued == 0 && !closed) {
      endQueue();
    }
  }

  private void endQueue() {
    ByteBuf section = trailers;
    if (section != null) {
      writeTrailers(section);
    } else if (endQueued && !localEnded) {
      session.writeEnd(this);
      ended();
    }
  }

  private void writeTrailers(ByteBuf section) {
    trailers = null;
    session.writeTrailers(this, section);
    section.release();
    ended();
  }

  private void writeFrame(ByteBuf data, int n) {
    boolean last = endQueued && trailers == null && n == data.readableBytes() && queued == 0;
    sendWindow -= n;
    sent += n;
    session.writeData(this, data, n, last);
    if (last) {
      ended();
    }
  }

  private void ended() {
    endQueued = true;
    localEnded = true;
    if (remoteEnded) {
      session.closed(this, ClosedStreams.How.ENDED);
    } else if (resetAfterEnd) {
      session.reset(this, Http2Error.NO_ERROR);
    }
  }

  /** Tells whoever was held back that there is room again. */
  final void unblock() {
    if (blocked && queued < LOW_WATER && !closed) {
      blocked = false;
      writable();
    }
  }

  /** It has left the session: nothing waits any more. */
  final void drop() {
    closed = true;
    if (queue != null) {
      queue.forEach(ByteBuf::release);
      queue.clear();
    }
    session.queued(-queued);
    queued = 0;
    if (trailers != null) {
      trailers.release();
      trailers = null;
    }
  }

  // ---------------------------------------------------------------- receiving

  /**
   * Bytes of data have been passed on: the peer may send as many again. A stream that moves gets a
   * larger window; one whose other side is slow keeps the small one, so that little waits here.
   */
  public final void consumed(int n) {
    if (closed || remoteEnded) {
      return;
    }
    uncredited += n;
    received += n;
    if (uncredited < receiveTarget / 2) {
      return;
    }
    int credit = uncredited;
    if (received >= receiveTarget && receiveTarget < Http2Session.LARGE_WINDOW) {
      credit += Http2Session.LARGE_WINDOW - receiveTarget;
      receiveTarget = Http2Session.LARGE_WINDOW;
    }
    uncredited = 0;
    receiveWindow += credit;
    session.writeWindowUpdate(id, credit);
  }
}
