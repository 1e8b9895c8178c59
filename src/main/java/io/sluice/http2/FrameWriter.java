package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import io.sluice.http.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * Writes a session's frames. Small ones are put together in one buffer; data of some size passes by
 * reference. Each asks the session to flush soon. Belongs to its session.
 */
final class FrameWriter {
  /** Data up to this size is copied beside its frame's header. */
  private static final int SMALL_DATA = 1024;

  /** The buffer goes out when it has reached this size. */
  private static final int FULL = 16 * 1024;

  private static final int FIRST_SIZE = 1024;

  private final Http2Session session;
  private final HpackEncoder encoder = new HpackEncoder();
  private @Nullable ByteBuf out;

  FrameWriter(Http2Session session) {
    this.session = session;
  }

  /** The peer keeps a table of this size at most. */
  void tableSize(long bytes) {
    encoder.tableSize(bytes);
  }

  private ByteBuf out() {
    ByteBuf b = out;
    if (b != null && b.writerIndex() >= FULL) {
      handOver();
      b = null;
    }
    if (b == null) {
      b = session.alloc().directBuffer(FIRST_SIZE);
      out = b;
    }
    session.flushSoon();
    return b;
  }

  /** Gives the session what was put together. */
  void handOver() {
    ByteBuf b = out;
    if (b != null) {
      out = null;
      session.write(b);
    }
  }

  /** Throws away what was put together. */
  void drop() {
    if (out != null) {
      out.release();
      out = null;
    }
  }

  // ---------------------------------------------------------------- of the connection

  void settings(Http2Limits limits) {
    ByteBuf b = out();
    Frame.begin(b, 18, Frame.SETTINGS, 0, 0);
    setting(b, Frame.MAX_CONCURRENT_STREAMS, limits.streams());
    setting(b, Frame.MAX_HEADER_LIST_SIZE, limits.headerBytes());
    setting(b, Frame.ENABLE_CONNECT_PROTOCOL, 1);
  }

  private static void setting(ByteBuf b, int id, int value) {
    b.writeShort(id).writeInt(value);
  }

  void acknowledgeSettings() {
    Frame.begin(out(), 0, Frame.SETTINGS, Frame.ACK, 0);
  }

  void acknowledgePing(long data) {
    ByteBuf b = out();
    Frame.begin(b, 8, Frame.PING, Frame.ACK, 0);
    b.writeLong(data);
  }

  void goAway(int lastStream, Http2Error error) {
    ByteBuf b = out();
    Frame.begin(b, 8, Frame.GOAWAY, 0, 0);
    b.writeInt(lastStream).writeInt(error.code());
  }

  /**
   * Allows the peer more data.
   *
   * @param stream 0: on the connection
   */
  void windowUpdate(int stream, int increment) {
    ByteBuf b = out();
    Frame.begin(b, 4, Frame.WINDOW_UPDATE, 0, stream);
    b.writeInt(increment);
  }

  // ---------------------------------------------------------------- of a stream

  void reset(int stream, Http2Error error) {
    ByteBuf b = out();
    Frame.begin(b, 4, Frame.RST_STREAM, 0, stream);
    b.writeInt(error.code());
  }

  void head(int stream, ResponseHead head, int status, boolean end) {
    ByteBuf b = out();
    int start = beginHead(b, stream);
    AnswerFields.write(encoder, b, head, status);
    endHead(b, start, stream, end);
  }

  void trailers(int stream, ByteBuf section) {
    ByteBuf b = out();
    int start = beginHead(b, stream);
    TrailerFields.write(encoder, b, section);
    endHead(b, start, stream, true);
  }

  private int beginHead(ByteBuf b, int stream) {
    int start = b.writerIndex();
    Frame.begin(b, 0, Frame.HEADERS, Frame.END_HEADERS, stream);
    encoder.begin(b);
    return start;
  }

  private static void endHead(ByteBuf b, int start, int stream, boolean end) {
    int length = b.writerIndex() - start - Frame.HEADER_BYTES;
    int flags = end ? Frame.END_STREAM : 0;
    if (length <= Frame.PAYLOAD_BYTES) {
      b.setMedium(start, length);
      b.setByte(start + 4, Frame.END_HEADERS | flags);
    } else {
      byte[] block = new byte[length];
      b.getBytes(start + Frame.HEADER_BYTES, block);
      b.writerIndex(start);
      split(b, block, flags, stream);
    }
  }

  /** A head that is too large for one frame goes on in others. */
  private static void split(ByteBuf b, byte[] block, int flags, int stream) {
    for (int at = 0; at < block.length; at += Frame.PAYLOAD_BYTES) {
      int n = Math.min(Frame.PAYLOAD_BYTES, block.length - at);
      int last = at + n == block.length ? Frame.END_HEADERS : 0;
      int type = at == 0 ? Frame.HEADERS : Frame.CONTINUATION;
      Frame.begin(b, n, type, at == 0 ? flags | last : last, stream);
      b.writeBytes(block, at, n);
    }
  }

  /** Takes {@code n} bytes of the data. */
  void data(int stream, ByteBuf data, int n, boolean end) {
    ByteBuf b = out();
    Frame.begin(b, n, Frame.DATA, end ? Frame.END_STREAM : 0, stream);
    if (n <= SMALL_DATA) {
      b.writeBytes(data, n);
    } else {
      handOver();
      session.write(data.readRetainedSlice(n));
    }
  }

  void end(int stream) {
    Frame.begin(out(), 0, Frame.DATA, Frame.END_STREAM, stream);
  }
}
