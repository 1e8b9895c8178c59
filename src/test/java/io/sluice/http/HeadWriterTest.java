package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadWriterTest {
  private final HeadWriter writer = new HeadWriter();

  private String take() {
    ByteBuf buffer = writer.take(UnpooledByteBufAllocator.DEFAULT, 0);
    try {
      return buffer.toString(StandardCharsets.ISO_8859_1);
    } finally {
      buffer.release();
    }
  }

  @Test
  void putsPiecesTogether() {
    writer.start().put(Ascii.bytes("HTTP")).put('/').put(Ascii.bytes("x1.1y"), 1, 4).crlf();
    assertThat(take()).isEqualTo("HTTP/1.1\r\n");
    writer.start().put('a');
    assertThat(take()).as("a new head starts empty").isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 7, 9, 10, 99, 100, 12345, 999_999_999_999L, Long.MAX_VALUE})
  void writesNumbersInDecimal(long number) {
    writer.start().put('<').put(number).put('>');
    assertThat(take()).isEqualTo("<" + number + ">");
  }

  @Test
  void growsWithItsContent() {
    writer.start();
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 5000; i++) {
      writer.put(Ascii.bytes("ab")).put((long) i).crlf();
      expected.append("ab").append(i).append("\r\n");
    }
    byte[] big = Ascii.bytes("x".repeat(100_000));
    writer.put(big);
    assertThat(take()).isEqualTo(expected + "x".repeat(100_000));
  }

  @Test
  void leavesTheRoomThatIsAskedFor() {
    ByteBuf buffer = writer.start().put('a').take(UnpooledByteBufAllocator.DEFAULT, 100);
    try {
      assertThat(buffer.writableBytes()).isGreaterThanOrEqualTo(100);
    } finally {
      buffer.release();
    }
  }

  @Test
  void everyChoiceOfDroppedFieldsIsLeftOutAndNothingElse() {
    RequestHead head = new RequestHead();
    for (int dropped = 0; dropped < 64; dropped++) {
      head.reset();
      head.feed(
          Unpooled.wrappedBuffer(
              Ascii.bytes("GET / HTTP/1.0\r\nA:1\r\nB: 2\r\nC:  3 \r\nD:\r\nE: 5\r\nF: 6\r\n\r\n")),
          new HeadLimits(8192, 32768, 100));
      String[] lines = {"A:1\r\n", "B: 2\r\n", "C:  3 \r\n", "D:\r\n", "E: 5\r\n", "F: 6\r\n"};
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < 6; i++) {
        if ((dropped >> i & 1) != 0) {
          head.drop(i);
        } else {
          expected.append(lines[i]);
        }
      }
      writer.start().fields(head, new HeadEdits());
      assertThat(take()).isEqualTo(expected.toString());
    }
  }
}
