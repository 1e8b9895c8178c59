package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Takes frames that are well formed by themselves. What a method returns ends the connection; null:
 * all is well.
 */
interface FrameSink {
  /**
   * A DATA frame begins; {@link #dataBytes} brings its bytes, {@link #dataEnds} says when it is
   * over.
   *
   * @param length of the payload with its padding: what flow control counts
   */
  @Nullable Http2Error dataBegins(int stream, int length, boolean endStream);

  /** Takes exactly {@code n} bytes out of the buffer. */
  @Nullable Http2Error dataBytes(ByteBuf in, int n);

  /**
   * The DATA frame is over.
   *
   * @param padding bytes of the payload that were no data
   */
  @Nullable Http2Error dataEnds(int padding);

  /**
   * A whole header block.
   *
   * @param dependency the stream that this one depends on; -1: it says nothing
   */
  @Nullable Http2Error headers(
      int stream, byte[] block, int from, int to, boolean endStream, int dependency);

  @Nullable Http2Error priority(int stream, int dependency);

  /** A PRIORITY frame of a wrong size ends its stream only. */
  @Nullable Http2Error badPriority(int stream);

  @Nullable Http2Error reset(int stream, Http2Error error);

  /**
   * Settings of the peer, or its word that it has ours.
   *
   * @param settings six bytes for each; not looked at in an acknowledgement
   */
  @Nullable Http2Error settings(boolean ack, byte[] settings, int length);

  @Nullable Http2Error ping(boolean ack, long data);

  @Nullable Http2Error goAway(int lastStream, Http2Error error);

  @Nullable Http2Error windowUpdate(int stream, int increment);

  /** A frame of a type that nobody knows; it is skipped. */
  @Nullable Http2Error unknown();
}
