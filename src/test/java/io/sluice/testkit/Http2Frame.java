package io.sluice.testkit;

/** An HTTP/2 frame as it was on the wire (RFC 9113 4.1). */
public final class Http2Frame {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;

  private final int type;
  private final int flags;
  private final int stream;
  private final byte[] payload;

  /** A frame of a type, which one of the constants names. */
  public Http2Frame(int type, int flags, int stream, byte... payload) {
    this.type = type;
    this.flags = flags;
    this.stream = stream;
    this.payload = payload;
  }

  public int type() {
    return type;
  }

  public int flags() {
    return flags;
  }

  public int stream() {
    return stream;
  }

  public byte[] payload() {
    return payload;
  }

  /** Whether it has this flag. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** The four bytes from here as a number. */
  public int number(int at) {
    return (payload[at] & 0xFF) << 24
        | (payload[at + 1] & 0xFF) << 16
        | (payload[at + 2] & 0xFF) << 8
        | payload[at + 3] & 0xFF;
  }

  /** The error of a RST_STREAM or a GOAWAY. */
  public int error() {
    return number(type == GOAWAY ? 4 : 0);
  }

  /** As it is on the wire. */
  public byte[] toBytes() {
    byte[] all = new byte[9 + payload.length];
    all[0] = (byte) (payload.length >>> 16);
    all[1] = (byte) (payload.length >>> 8);
    all[2] = (byte) payload.length;
    all[3] = (byte) type;
    all[4] = (byte) flags;
    all[5] = (byte) (stream >>> 24);
    all[6] = (byte) (stream >>> 16);
    all[7] = (byte) (stream >>> 8);
    all[8] = (byte) stream;
    System.arraycopy(payload, 0, all, 9, payload.length);
    return all;
  }

  @Override
  public String toString() {
    return "frame of type %d, flags %x, stream %d, %d bytes"
        .formatted(type, flags, stream, payload.length);
  }
}
