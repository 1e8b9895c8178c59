package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a connection's bytes into frames (RFC 9113 4 and 6). DATA passes through as it comes, all
 * else is collected in one array, which no peer can make larger than a head may be. Errors are
 * values.
 */
final class FrameReader {
  private enum State {
    PREFACE,
    HEADER,
    PAYLOAD,
    PAD_LENGTH,
    DATA,
    PADDING,
    SKIP
  }

  private static final int SMALL = 4096;

  private final FrameSink sink;
  private final int mostBlockBytes;
  private final int mostContinuations;

  private State state;
  private boolean settingsSeen;
  private final byte[] header = new byte[Frame.HEADER_BYTES];
  private int headerFilled;
  private int type;
  private int flags;
  private int stream;
  private int length;

  /** Bytes of the payload that are still to come. */
  private int left;

  /** Bytes of padding that are still to come behind the data. */
  private int padding;

  private int padded;

  private byte[] payload = new byte[256];
  private int filled;

  /** Where the payload of the frame under way begins: behind what its head has already. */
  private int payloadStart;

  /** The stream whose head goes on in CONTINUATION; 0: none. */
  private int blockStream;

  private boolean blockEndsStream;
  private int blockDependency;
  private int continuations;

  /**
   * @param preface whether the peer begins with the client's preface
   * @param mostBlockBytes of one compressed head
   */
  FrameReader(FrameSink sink, boolean preface, int mostBlockBytes, int mostContinuations) {
    this.sink = sink;
    this.state = preface ? State.PREFACE : State.HEADER;
    this.mostBlockBytes = mostBlockBytes;
    this.mostContinuations = mostContinuations;
  }

  /** Whether a head has begun and not ended. */
  boolean isWithinHead() {
    return blockStream != 0 || state == State.PAYLOAD && type == Frame.HEADERS;
  }

  /** Whether the peer has begun as it must: with its preface and SETTINGS. */
  boolean hasBegun() {
    return settingsSeen;
  }

  /** Takes all bytes; what it returns ends the connection. */
  @Nullable Http2Error read(ByteBuf in) {
    Http2Error error = null;
    while (error == null && in.isReadable()) {
      error =
          switch (state) {
            case PREFACE -> preface(in);
            case HEADER -> header(in);
            case PAYLOAD -> payload(in);
            case PAD_LENGTH -> padLength(in);
            case DATA -> data(in);
            case PADDING, SKIP -> skip(in);
          };
    }
    return error;
  }

  private @Nullable Http2Error preface(ByteBuf in) {
    while (filled < Frame.PREFACE.length && in.isReadable()) {
      if (in.readByte() != Frame.PREFACE[filled++]) {
        return Http2Error.PROTOCOL_ERROR;
      }
    }
    if (filled == Frame.PREFACE.length) {
      filled = 0;
      state = State.HEADER;
    }
    return null;
  }

  // ---------------------------------------------------------------- how a frame begins

  private @Nullable Http2Error header(ByteBuf in) {
    if (headerFilled == 0 && in.readableBytes() >= Frame.HEADER_BYTES) {
      long eight = in.readLong();
      return begin(
          (int) (eight >>> 40), (int) eight << 8 | in.readByte() & 0xFF, (int) (eight >>> 24));
    }
    int n = Math.min(in.readableBytes(), Frame.HEADER_BYTES - headerFilled);
    in.readBytes(header, headerFilled, n);
    headerFilled += n;
    if (headerFilled < Frame.HEADER_BYTES) {
      return null;
    }
    headerFilled = 0;
    int size = (header[0] & 0xFF) << 16 | (header[1] & 0xFF) << 8 | header[2] & 0xFF;
    int id =
        (header[5] & 0xFF) << 24
            | (header[6] & 0xFF) << 16
            | (header[7] & 0xFF) << 8
            | header[8] & 0xFF;
    return begin(size, id, header[3] << 8 | header[4] & 0xFF);
  }

  private @Nullable Http2Error begin(int size, int id, int typeAndFlags) {
    type = typeAndFlags >>> 8 & 0xFF;
    flags = typeAndFlags & 0xFF;
    stream = id & Integer.MAX_VALUE;
    length = size;
    left = size;
    padding = 0;
    padded = 0;
    Http2Error error = check();
    if (error != null) {
      return error;
    }
    if (type == Frame.DATA) {
      return beginData();
    }
    if (type > Frame.CONTINUATION) {
      state = State.SKIP;
      error = sink.unknown();
    } else {
      state = State.PAYLOAD;
      payloadStart = type == Frame.CONTINUATION ? filled : 0;
      filled = payloadStart;
    }
    if (error == null && left == 0) {
      error = ended();
    }
    return error;
  }

  /** What the header alone can tell. */
  private @Nullable Http2Error check() {
    if (!settingsSeen && (type != Frame.SETTINGS || (flags & Frame.ACK) != 0)) {
      return Http2Error.PROTOCOL_ERROR;
    }
    if (length > Frame.PAYLOAD_BYTES) {
      return Http2Error.FRAME_SIZE_ERROR;
    }
    if (blockStream != 0 && (type != Frame.CONTINUATION || stream != blockStream)) {
      return Http2Error.PROTOCOL_ERROR;
    }
    return switch (type) {
      case Frame.DATA, Frame.HEADERS, Frame.PRIORITY ->
          stream == 0 ? Http2Error.PROTOCOL_ERROR : null;
      case Frame.RST_STREAM -> onStream(4);
      case Frame.SETTINGS -> checkSettings();
      case Frame.PUSH_PROMISE -> Http2Error.PROTOCOL_ERROR; // nobody has allowed it
      case Frame.PING -> onConnection(length == 8);
      case Frame.GOAWAY -> onConnection(length >= 8);
      case Frame.WINDOW_UPDATE -> length == 4 ? null : Http2Error.FRAME_SIZE_ERROR;
      case Frame.CONTINUATION -> checkContinuation();
      default -> null;
    };
  }

  private @Nullable Http2Error onStream(int size) {
    if (stream == 0) {
      return Http2Error.PROTOCOL_ERROR;
    }
    return length == size ? null : Http2Error.FRAME_SIZE_ERROR;
  }

  private @Nullable Http2Error onConnection(boolean rightSize) {
    if (stream != 0) {
      return Http2Error.PROTOCOL_ERROR;
    }
    return rightSize ? null : Http2Error.FRAME_SIZE_ERROR;
  }

  private @Nullable Http2Error checkSettings() {
    settingsSeen = true;
    boolean ack = (flags & Frame.ACK) != 0;
    return onConnection(ack ? length == 0 : length % 6 == 0);
  }

  private @Nullable Http2Error checkContinuation() {
    if (blockStream == 0) {
      return Http2Error.PROTOCOL_ERROR;
    }
    boolean tooMuch = ++continuations > mostContinuations || filled + length > mostBlockBytes;
    return tooMuch ? Http2Error.ENHANCE_YOUR_CALM : null;
  }

  // ---------------------------------------------------------------- what is collected

  private @Nullable Http2Error payload(ByteBuf in) {
    int n = Math.min(left, in.readableBytes());
    if (filled + n > payload.length) {
      payload = Arrays.copyOf(payload, Math.max(filled + left, payload.length * 2));
    }
    in.readBytes(payload, filled, n);
    filled += n;
    left -= n;
    return left == 0 ? ended() : null;
  }

  /** The frame under way is whole. */
  private @Nullable Http2Error ended() {
    State ending = state;
    state = State.HEADER;
    if (ending != State.PAYLOAD) {
      return null;
    }
    Http2Error error =
        switch (type) {
          case Frame.HEADERS -> head();
          case Frame.CONTINUATION -> headGoesOn();
          case Frame.PRIORITY ->
              length == 5 ? sink.priority(stream, number(0)) : sink.badPriority(stream);
          case Frame.RST_STREAM -> sink.reset(stream, Http2Error.of(number(0) & 0xFFFFFFFFL));
          case Frame.SETTINGS -> sink.settings((flags & Frame.ACK) != 0, payload, length);
          case Frame.PING ->
              sink.ping((flags & Frame.ACK) != 0, (long) number(0) << 32 | number(4) & 0xFFFFFFFFL);
          case Frame.GOAWAY ->
              sink.goAway(number(0) & Integer.MAX_VALUE, Http2Error.of(number(4) & 0xFFFFFFFFL));
          case Frame.WINDOW_UPDATE -> sink.windowUpdate(stream, number(0) & Integer.MAX_VALUE);
          default -> null;
        };
    if (blockStream == 0) {
      filled = 0;
      if (payload.length > SMALL) {
        payload = new byte[SMALL];
      }
    }
    return error;
  }

  private int number(int at) {
    return (payload[at] & 0xFF) << 24
        | (payload[at + 1] & 0xFF) << 16
        | (payload[at + 2] & 0xFF) << 8
        | payload[at + 3] & 0xFF;
  }

  private @Nullable Http2Error head() {
    int from = 0;
    int to = length;
    if ((flags & Frame.PADDED) != 0) {
      if (length == 0) {
        return Http2Error.FRAME_SIZE_ERROR;
      }
      from = 1;
      to -= payload[0] & 0xFF;
    }
    blockDependency = -1;
    if ((flags & Frame.PRIORITY_FIELDS) != 0) {
      if (from + 5 > length) {
        return Http2Error.FRAME_SIZE_ERROR;
      }
      blockDependency = number(from) & Integer.MAX_VALUE;
      from += 5;
    }
    if (to < from) {
      return Http2Error.PROTOCOL_ERROR; // more padding than payload
    }
    blockEndsStream = (flags & Frame.END_STREAM) != 0;
    if ((flags & Frame.END_HEADERS) != 0) {
      return sink.headers(stream, payload, from, to, blockEndsStream, blockDependency);
    }
    System.arraycopy(payload, from, payload, 0, to - from);
    filled = to - from;
    blockStream = stream;
    continuations = 0;
    return null;
  }

  private @Nullable Http2Error headGoesOn() {
    if ((flags & Frame.END_HEADERS) == 0) {
      return null;
    }
    blockStream = 0;
    return sink.headers(stream, payload, 0, filled, blockEndsStream, blockDependency);
  }

  // ---------------------------------------------------------------- what passes through

  private @Nullable Http2Error beginData() {
    boolean isPadded = (flags & Frame.PADDED) != 0;
    if (isPadded && length == 0) {
      return Http2Error.FRAME_SIZE_ERROR;
    }
    Http2Error error = sink.dataBegins(stream, length, (flags & Frame.END_STREAM) != 0);
    state = isPadded ? State.PAD_LENGTH : State.DATA;
    return error == null && left == 0 ? endData() : error;
  }

  private @Nullable Http2Error padLength(ByteBuf in) {
    padding = in.readByte() & 0xFF;
    left--;
    if (padding > left) {
      return Http2Error.PROTOCOL_ERROR;
    }
    padded = padding + 1;
    left -= padding;
    return endOfDataPart();
  }

  private @Nullable Http2Error data(ByteBuf in) {
    int n = Math.min(left, in.readableBytes());
    left -= n;
    Http2Error error = sink.dataBytes(in, n);
    return error == null ? endOfDataPart() : error;
  }

  private @Nullable Http2Error endOfDataPart() {
    if (left > 0) {
      state = State.DATA;
    } else if (padding > 0) {
      left = padding;
      padding = 0;
      state = State.PADDING;
    } else {
      return endData();
    }
    return null;
  }

  private @Nullable Http2Error endData() {
    state = State.HEADER;
    return sink.dataEnds(padded);
  }

  private @Nullable Http2Error skip(ByteBuf in) {
    int n = Math.min(left, in.readableBytes());
    in.skipBytes(n);
    left -= n;
    if (left > 0) {
      return null;
    }
    return state == State.PADDING ? endData() : ended();
  }
}
