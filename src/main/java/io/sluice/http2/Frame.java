package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import io.sluice.http.Ascii;

/** The numbers of RFC 9113 4 and 6, and how a frame begins. */
final class Frame {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 0x1;
  static final int ACK = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int PRIORITY_FIELDS = 0x20;

  static final int HEADER_TABLE_SIZE = 1;
  static final int ENABLE_PUSH = 2;
  static final int MAX_CONCURRENT_STREAMS = 3;
  static final int INITIAL_WINDOW_SIZE = 4;
  static final int MAX_FRAME_SIZE = 5;
  static final int MAX_HEADER_LIST_SIZE = 6;
  static final int ENABLE_CONNECT_PROTOCOL = 8;

  /** Bytes in front of a payload. */
  static final int HEADER_BYTES = 9;

  /** The largest payload that need not be asked for, and that we take. */
  static final int PAYLOAD_BYTES = 16_384;

  /** The window of a connection, and of a stream until told otherwise. */
  static final int WINDOW = 65_535;

  /** The table of header compression that need not be asked for, and that we keep. */
  static final int TABLE_BYTES = 4096;

  /** What a client's connection begins with (RFC 9113 3.4). */
  static final byte[] PREFACE = Ascii.bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

  private Frame() {}

  /** Writes a frame's header. */
  static void begin(ByteBuf out, int length, int type, int flags, int stream) {
    out.writeLong((long) length << 40 | (long) type << 32 | (long) flags << 24 | stream >>> 8);
    out.writeByte(stream);
  }
}
