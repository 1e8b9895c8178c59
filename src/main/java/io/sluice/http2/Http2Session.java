package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.collection.IntObjectHashMap;
import io.sluice.http.ResponseHead;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection without its channel: takes bytes, gives bytes, and knows its streams. Small
 * frames are put together in one buffer, which goes out with {@link #flushed}. Bound to its loop.
 */
public abstract class Http2Session {
  /** Bytes of all streams together from which on each may keep only few. */
  static final int MOST_QUEUED = 1 << 20;

  /** The window of a stream that moves. */
  static final int LARGE_WINDOW = 256 * 1024;

  /**
   * The connection's window: no limit by itself, because what waits here is bounded by the streams'
   * windows, and a slow one must not hold up the others.
   */
  static final int CONNECTION_WINDOW = 16 << 20;

  private final Http2Limits limits;
  private final IntObjectHashMap<Http2Stream> streams = new IntObjectHashMap<>(16);
  private final ClosedStreams closedStreams = new ClosedStreams();
  private final FrameReader reader;
  private final Calm calm;
  private final FrameWriter frames = new FrameWriter(this);

  /** Streams that have something to send, in the order of their turns. */
  private final ArrayDeque<Http2Stream> line = new ArrayDeque<>();

  private final List<Http2Stream> unblocked = new ArrayList<>();
  private int queued;
  private int sendWindow = Frame.WINDOW;
  private int receiveWindow = Frame.WINDOW;
  private int peerWindow = Frame.WINDOW;
  private int peerFrame = Frame.PAYLOAD_BYTES;
  private int lastPeerStream;
  private int announcedLast = Integer.MAX_VALUE;
  private boolean over;

  /** A server's side of a connection. */
  protected Http2Session(Http2Limits limits) {
    this.limits = limits;
    this.calm = new Calm(limits);
    this.reader =
        new FrameReader(
            new SessionFrames(this, limits, calm, closedStreams),
            true,
            2 * limits.headerBytes(),
            limits.continuations());
  }

  /** Whether a connection's first bytes are HTTP/2's. */
  public enum Preface {
    NO,
    PERHAPS,
    YES
  }

  /** Looks at a connection's first bytes and leaves them alone. */
  public static Preface preface(ByteBuf in) {
    int from = in.readerIndex();
    int n = Math.min(in.readableBytes(), Frame.PREFACE.length);
    for (int i = 0; i < n; i++) {
      if (in.getByte(from + i) != Frame.PREFACE[i]) {
        return Preface.NO;
      }
    }
    return n == Frame.PREFACE.length ? Preface.YES : Preface.PERHAPS;
  }

  // ---------------------------------------------------------------- what it stands on

  protected abstract ByteBufAllocator alloc();

  /** Queues bytes for the peer. */
  protected abstract void write(ByteBuf bytes);

  /** Whether the peer takes bytes fast enough. */
  protected abstract boolean isWritable();

  /** Has {@link #flushed} called soon. */
  protected abstract void flushSoon();

  /** The connection is to be closed once everything is sent; the session has ended. */
  protected abstract void failed(Http2Error error);

  // ---------------------------------------------------------------- what the peer begins

  /** Takes the fields of a head that comes now. */
  protected abstract RequestFields fields();

  /** The peer has begun a stream; {@link Http2Stream#head} follows. */
  protected abstract Http2Stream newStream(int id);

  /** The last stream has ended. */
  protected abstract void idle();

  // ---------------------------------------------------------------- bytes in

  /** Begins with our settings. */
  public final void begin() {
    frames.settings(limits);
    creditConnection(CONNECTION_WINDOW - receiveWindow);
  }

  /** Takes bytes of the peer, all of them; they are the caller's. */
  public final void received(ByteBuf in) {
    if (over) {
      in.skipBytes(in.readableBytes());
      return;
    }
    Http2Error error = reader.read(in);
    if (error != null) {
      fail(error);
    }
  }

  /** Whether the peer has begun a head and not ended it. */
  public final boolean isWithinHead() {
    return reader.isWithinHead();
  }

  /** Whether the peer has begun as it must. */
  public final boolean hasBegun() {
    return reader.hasBegun();
  }

  /** Whether it has failed or was closed. */
  public final boolean isOver() {
    return over;
  }

  /** Streams that have not ended. */
  public final int streams() {
    return streams.size();
  }

  /** Looks at every stream, which may end by that. */
  public final void eachStream(Consumer<Http2Stream> looker) {
    if (!streams.isEmpty()) {
      new ArrayList<>(streams.values()).forEach(looker);
    }
  }

  // ---------------------------------------------------------------- ends

  /** Ends the connection with an error: says so, and gives every stream up. */
  public final void fail(Http2Error error) {
    if (over) {
      return;
    }
    frames.goAway(lastPeerStream, error);
    end(error);
    failed(error);
  }

  /** The connection has ended: nothing can be sent any more. */
  public final void closed() {
    if (!over) {
      end(Http2Error.CANCEL);
    }
    frames.drop();
  }

  private void end(Http2Error error) {
    over = true;
    line.clear();
    eachStream(
        stream -> {
          streams.remove(stream.id());
          stream.drop();
          stream.aborted(error);
        });
  }

  /** Says that the connection will end; streams that the peer begins meanwhile are served. */
  public final void announceEnd() {
    if (!over) {
      frames.goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR);
    }
  }

  /** Says that no stream behind the last one will be served. */
  public final void refuseNew() {
    if (!over && announcedLast == Integer.MAX_VALUE) {
      announcedLast = lastPeerStream;
      frames.goAway(announcedLast, Http2Error.NO_ERROR);
    }
  }

  /** Refuses a stream that was never begun. */
  final void refuse(int stream, Http2Error error) {
    closedStreams.add(stream, ClosedStreams.How.RESET_BY_US);
    frames.reset(stream, error);
  }

  /** Ends a stream on both sides. */
  final void reset(Http2Stream stream, Http2Error error) {
    if (!stream.closed) {
      refuse(stream.id(), error);
      leave(stream);
    }
  }

  /** A stream has ended in order or was reset by the peer. */
  final void closed(Http2Stream stream, ClosedStreams.How how) {
    closedStreams.add(stream.id(), how);
    leave(stream);
  }

  private void leave(Http2Stream stream) {
    streams.remove(stream.id());
    stream.drop();
    if (streams.isEmpty() && !over) {
      idle();
    }
  }

  /**
   * The peer has broken a stream's rules.
   *
   * @param stream null: it is not there any more
   * @return what ends the connection, when that has happened too often
   */
  final @Nullable Http2Error fault(@Nullable Http2Stream stream, int id, Http2Error error) {
    if (stream == null) {
      refuse(id, error);
    } else {
      reset(stream, error);
      stream.aborted(error);
    }
    return calm.resets() ? null : Http2Error.ENHANCE_YOUR_CALM;
  }

  // ---------------------------------------------------------------- for its frames

  @Nullable Http2Stream stream(int id) {
    return streams.get(id);
  }

  int lastPeerStream() {
    return lastPeerStream;
  }

  /** Whether a new stream of the peer comes too late to be served. */
  boolean isBehindEnd(int id) {
    return id > announcedLast;
  }

  void open(int id, boolean endStream) {
    Http2Stream stream = newStream(id);
    streams.put(id, stream);
    stream.remoteEnded = endStream;
    stream.head(endStream);
  }

  void lastPeerStream(int id) {
    lastPeerStream = id;
  }

  int peerWindow() {
    return peerWindow;
  }

  /** Notes bytes of DATA, which count also when nobody takes them; false: too many. */
  boolean takeFromWindow(int n) {
    receiveWindow -= n;
    if (receiveWindow < 0) {
      return false;
    }
    if (receiveWindow < CONNECTION_WINDOW / 2) {
      creditConnection(CONNECTION_WINDOW - receiveWindow);
    }
    return true;
  }

  private void creditConnection(int n) {
    receiveWindow += n;
    frames.windowUpdate(0, n);
  }

  @Nullable Http2Error widen(int increment) {
    if (increment == 0) {
      return Http2Error.PROTOCOL_ERROR;
    }
    if (increment > Integer.MAX_VALUE - sendWindow) {
      return Http2Error.FLOW_CONTROL_ERROR;
    }
    sendWindow += increment;
    writableAgain();
    return null;
  }

  @Nullable Http2Error apply(int setting, int value) {
    switch (setting) {
      case Frame.HEADER_TABLE_SIZE -> frames.tableSize(value & 0xFFFFFFFFL);
      case Frame.ENABLE_PUSH -> {
        if (value != 0 && value != 1) {
          return Http2Error.PROTOCOL_ERROR;
        }
      }
      case Frame.INITIAL_WINDOW_SIZE -> {
        return value < 0 ? Http2Error.FLOW_CONTROL_ERROR : applyWindow(value);
      }
      case Frame.MAX_FRAME_SIZE -> {
        if (value < Frame.PAYLOAD_BYTES || value > 0xFFFFFF) {
          return Http2Error.PROTOCOL_ERROR;
        }
        peerFrame = value;
      }
      default -> {
        // what we send stays within every other setting, or nobody knows it
      }
    }
    return null;
  }

  private @Nullable Http2Error applyWindow(int value) {
    int difference = value - peerWindow;
    peerWindow = value;
    for (Http2Stream stream : streams.values()) {
      long window = (long) stream.sendWindow + difference;
      if (window > Integer.MAX_VALUE) {
        return Http2Error.FLOW_CONTROL_ERROR;
      }
      stream.sendWindow = (int) window;
      if (stream.queued() > 0) {
        lineUp(stream);
      }
    }
    return null;
  }

  /** The peer's settings hold: what they allow comes behind the word that they do. */
  void acknowledgeSettings() {
    frames.acknowledgeSettings();
    writableAgain();
  }

  void acknowledgePing(long data) {
    frames.acknowledgePing(data);
  }

  // ---------------------------------------------------------------- for its streams

  /** How many bytes a stream may send in one frame now. */
  int allowed(Http2Stream stream) {
    if (over || !isWritable()) {
      return 0;
    }
    int window = Math.min(sendWindow, stream.sendWindow);
    return Math.max(0, Math.min(window, Math.min(peerFrame, Frame.PAYLOAD_BYTES)));
  }

  /** Whether no other stream waits for its turn. */
  boolean isFree() {
    return line.isEmpty();
  }

  int queued() {
    return queued;
  }

  void queued(int difference) {
    queued += difference;
  }

  void lineUp(Http2Stream stream) {
    if (!stream.lined && stream.sendWindow > 0) {
      stream.lined = true;
      line.addLast(stream);
    }
  }

  void writeHead(Http2Stream stream, ResponseHead head, int status, boolean end) {
    frames.head(stream.id(), head, status, end);
  }

  void writeTrailers(Http2Stream stream, ByteBuf section) {
    frames.trailers(stream.id(), section);
  }

  void writeData(Http2Stream stream, ByteBuf data, int n, boolean end) {
    sendWindow -= n;
    calm.dataSent();
    frames.data(stream.id(), data, n, end);
  }

  void writeEnd(Http2Stream stream) {
    frames.end(stream.id());
  }

  void writeWindowUpdate(int stream, int increment) {
    frames.windowUpdate(stream, increment);
  }

  // ---------------------------------------------------------------- bytes out

  /** Hands everything over that was put together; whoever calls it flushes the channel. */
  public final void flushed() {
    frames.handOver();
  }

  /** A window or the connection has opened: streams that wait take turns. */
  public final void writableAgain() {
    Http2Stream stream;
    while (isWritable() && sendWindow > 0 && (stream = line.pollFirst()) != null) {
      stream.lined = false;
      if (stream.isOpen()) {
        stream.sendQueued();
        if (stream.queued() > 0) {
          lineUp(stream);
        }
        unblocked.add(stream);
      }
    }
    if (!unblocked.isEmpty()) {
      List<Http2Stream> told = new ArrayList<>(unblocked);
      unblocked.clear();
      told.forEach(Http2Stream::unblock);
    }
  }
}
