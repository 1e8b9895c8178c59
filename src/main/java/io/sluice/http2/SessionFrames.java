package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** What each frame does to a session (RFC 9113 5 and 6). Belongs to its session. */
final class SessionFrames implements FrameSink {
  private final Http2Session session;
  private final Http2Limits limits;
  private final Calm calm;
  private final ClosedStreams closedStreams;
  private final HpackDecoder decoder = new HpackDecoder();

  /** The stream of the DATA frame under way; null: nobody takes it. */
  private @Nullable Http2Stream current;

  private boolean currentEnds;
  private boolean acknowledged;

  SessionFrames(Http2Session session, Http2Limits limits, Calm calm, ClosedStreams closedStreams) {
    this.session = session;
    this.limits = limits;
    this.calm = calm;
    this.closedStreams = closedStreams;
  }

  private boolean isIdle(int id) {
    return id > session.lastPeerStream() || (id & 1) == 0;
  }

  private @Nullable Http2Error chatter(int weight) {
    return calm.chatters(weight) ? null : Http2Error.ENHANCE_YOUR_CALM;
  }

  // ---------------------------------------------------------------- heads

  @Override
  public @Nullable Http2Error headers(
      int id, byte[] block, int from, int to, boolean endStream, int dependency) {
    Http2Stream stream = session.stream(id);
    boolean begins = stream == null && isIdle(id) && (id & 1) == 1;
    boolean wanted = stream != null ? !stream.remoteEnded : begins && !session.isBehindEnd(id);
    RequestFields fields = session.fields();
    fields.begin(stream != null, limits.headerBytes());
    boolean whole = decoder.decode(block, from, to, wanted ? fields : FieldSink.NOWHERE);
    decoder.trim();
    if (!whole) {
      return Http2Error.COMPRESSION_ERROR;
    }
    if (begins) {
      session.lastPeerStream(id);
      return begin(id, endStream, dependency, fields);
    }
    if (stream == null) {
      return late(id);
    }
    if (stream.remoteEnded) {
      return session.fault(stream, id, Http2Error.STREAM_CLOSED);
    }
    if (!fields.end(endStream) || dependency == id) {
      return session.fault(stream, id, Http2Error.PROTOCOL_ERROR);
    }
    stream.remoteEnded = true; // trailers
    return remoteEnded(stream, stream.head(true));
  }

  /** The peer has sent the last on a stream. */
  private @Nullable Http2Error remoteEnded(Http2Stream stream, boolean wellFormed) {
    if (!wellFormed) {
      return session.fault(stream, stream.id(), Http2Error.PROTOCOL_ERROR);
    }
    if (stream.localEnded && stream.isOpen()) {
      session.closed(stream, ClosedStreams.How.ENDED);
    }
    return null;
  }

  private @Nullable Http2Error begin(
      int id, boolean endStream, int dependency, RequestFields fields) {
    if (session.isBehindEnd(id)) {
      return null; // it was told that such a stream will not be served, and will try elsewhere
    }
    if (session.streams() >= limits.streams()) {
      if (acknowledged) {
        return session.fault(null, id, Http2Error.REFUSED_STREAM);
      }
      session.refuse(id, Http2Error.REFUSED_STREAM); // it could not know the limit yet
      return chatter(1);
    }
    if (!fields.end(endStream) || dependency == id) {
      return session.fault(null, id, Http2Error.PROTOCOL_ERROR);
    }
    session.open(id, endStream);
    return null;
  }

  /** Something for a stream that has ended (RFC 9113 5.1, "closed"). */
  private @Nullable Http2Error late(int id) {
    return switch (closedStreams.of(id)) {
      case ENDED -> Http2Error.STREAM_CLOSED;
      case RESET_BY_US -> chatter(1);
      case RESET_BY_PEER -> session.fault(null, id, Http2Error.STREAM_CLOSED);
      case UNKNOWN -> Http2Error.PROTOCOL_ERROR; // it was passed over, or ended long ago
    };
  }

  // ---------------------------------------------------------------- data

  @Override
  public @Nullable Http2Error dataBegins(int id, int length, boolean endStream) {
    if (!session.takeFromWindow(length)) {
      return Http2Error.FLOW_CONTROL_ERROR;
    }
    current = null;
    Http2Stream stream = session.stream(id);
    if (stream == null) {
      return isIdle(id) ? Http2Error.PROTOCOL_ERROR : lateData(id);
    }
    if (stream.remoteEnded) {
      return session.fault(stream, id, Http2Error.STREAM_CLOSED);
    }
    stream.receiveWindow -= length;
    if (stream.receiveWindow < 0) {
      return session.fault(stream, id, Http2Error.FLOW_CONTROL_ERROR);
    }
    current = stream;
    currentEnds = endStream;
    return length == 0 && !endStream ? chatter(1) : null;
  }

  private @Nullable Http2Error lateData(int id) {
    return switch (closedStreams.of(id)) {
      case ENDED -> Http2Error.STREAM_CLOSED;
      case RESET_BY_US -> null;
      case RESET_BY_PEER, UNKNOWN -> session.fault(null, id, Http2Error.STREAM_CLOSED);
    };
  }

  @Override
  public @Nullable Http2Error dataBytes(ByteBuf in, int n) {
    Http2Stream stream = current;
    if (stream == null || !stream.isOpen()) {
      in.skipBytes(n);
      return null;
    }
    return stream.data(in, n)
        ? null
        : session.fault(stream, stream.id(), Http2Error.PROTOCOL_ERROR);
  }

  @Override
  public @Nullable Http2Error dataEnds(int padding) {
    Http2Stream stream = current;
    current = null;
    if (stream == null || !stream.isOpen()) {
      return null;
    }
    if (padding > 0) {
      stream.consumed(padding);
    }
    if (!currentEnds) {
      return null;
    }
    stream.remoteEnded = true;
    return remoteEnded(stream, stream.dataEnded());
  }

  // ---------------------------------------------------------------- streams

  @Override
  public @Nullable Http2Error priority(int id, int dependency) {
    return (dependency & Integer.MAX_VALUE) == id
        ? priorityFault(id, Http2Error.PROTOCOL_ERROR)
        : chatter(1);
  }

  @Override
  public @Nullable Http2Error badPriority(int id) {
    return priorityFault(id, Http2Error.FRAME_SIZE_ERROR);
  }

  /** A stream that was not begun cannot be reset: then the connection ends. */
  private @Nullable Http2Error priorityFault(int id, Http2Error error) {
    Http2Stream stream = session.stream(id);
    return stream == null ? error : session.fault(stream, id, error);
  }

  @Override
  public @Nullable Http2Error reset(int id, Http2Error error) {
    Http2Stream stream = session.stream(id);
    if (stream == null) {
      return isIdle(id) ? Http2Error.PROTOCOL_ERROR : chatter(1);
    }
    session.closed(stream, ClosedStreams.How.RESET_BY_PEER);
    stream.aborted(error);
    return calm.resets() ? null : Http2Error.ENHANCE_YOUR_CALM;
  }

  @Override
  public @Nullable Http2Error windowUpdate(int id, int increment) {
    Http2Error tooMany = chatter(1);
    if (id == 0 || tooMany != null) {
      return tooMany == null ? session.widen(increment) : tooMany;
    }
    Http2Stream stream = session.stream(id);
    if (stream == null) {
      return isIdle(id) ? Http2Error.PROTOCOL_ERROR : null;
    }
    if (increment == 0) {
      return session.fault(stream, id, Http2Error.PROTOCOL_ERROR);
    }
    if (stream.sendWindow > Integer.MAX_VALUE - increment) {
      return session.fault(stream, id, Http2Error.FLOW_CONTROL_ERROR);
    }
    stream.sendWindow += increment;
    if (stream.queued() > 0) {
      session.lineUp(stream);
      session.writableAgain();
    }
    return null;
  }

  // ---------------------------------------------------------------- the connection

  @Override
  public @Nullable Http2Error settings(boolean ack, byte[] settings, int length) {
    if (ack) {
      acknowledged = true;
      return chatter(1);
    }
    for (int i = 0; i < length; i += 6) {
      int id = (settings[i] & 0xFF) << 8 | settings[i + 1] & 0xFF;
      int value =
          (settings[i + 2] & 0xFF) << 24
              | (settings[i + 3] & 0xFF) << 16
              | (settings[i + 4] & 0xFF) << 8
              | settings[i + 5] & 0xFF;
      Http2Error error = session.apply(id, value);
      if (error != null) {
        return error;
      }
    }
    session.acknowledgeSettings();
    return chatter(Calm.SETTINGS_WEIGHT);
  }

  @Override
  public @Nullable Http2Error ping(boolean ack, long data) {
    if (!ack) {
      session.acknowledgePing(data);
    }
    return chatter(1);
  }

  @Override
  public @Nullable Http2Error goAway(int lastStream, Http2Error error) {
    return chatter(1);
  }

  @Override
  public @Nullable Http2Error unknown() {
    return chatter(1);
  }
}
