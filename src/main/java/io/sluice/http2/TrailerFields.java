package io.sluice.http2;

import io.netty.buffer.ByteBuf;

/** Writes the trailers of an HTTP/1.1 message as a header block. */
final class TrailerFields {
  private TrailerFields() {}

  /**
   * @param section field lines that were checked, each with CRLF, and an empty line
   */
  static void write(HpackEncoder encoder, ByteBuf out, ByteBuf section) {
    byte[] bytes = new byte[section.readableBytes()];
    section.readBytes(bytes);
    int at = 0;
    while (at < bytes.length && bytes[at] != '\r') {
      int colon = at;
      while (bytes[colon] != ':') {
        colon++;
      }
      int end = colon + 1;
      while (bytes[end] != '\r' || bytes[end + 1] != '\n') {
        end++;
      }
      int from = colon + 1;
      while (from < end && isBlank(bytes[from])) {
        from++;
      }
      int to = end;
      while (to > from && isBlank(bytes[to - 1])) {
        to--;
      }
      encoder.field(out, bytes, at, colon, bytes, from, to);
      at = end + 2;
    }
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }
}
