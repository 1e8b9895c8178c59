package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import io.sluice.http.ResponseHead;

/** Writes the head of an HTTP/1.1 answer as a header block (RFC 9113 8.3.2). */
final class AnswerFields {
  private AnswerFields() {}

  /** Fields of the connection were dropped when the head was read. */
  static void write(HpackEncoder encoder, ByteBuf out, ResponseHead head, int status) {
    encoder.status(out, status);
    byte[] bytes = head.bytes();
    int n = head.fieldCount();
    for (int i = 0; i < n; i++) {
      if (!head.isDropped(i)) {
        encoder.field(
            out,
            bytes,
            head.nameStart(i),
            head.nameEnd(i),
            bytes,
            head.valueStart(i),
            head.valueEnd(i));
      }
    }
  }
}
