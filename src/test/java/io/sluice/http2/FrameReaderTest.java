package io.sluice.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.http.Ascii;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Frames are the same however a connection's bytes come (RFC 9113 4 and 6). */
class FrameReaderTest {
  private static final int MOST_BLOCK = 1000;
  private static final int MOST_CONTINUATIONS = 4;
  private static final String SETTINGS = "000000040000000000";

  /** Notes what comes; data of one frame together. */
  private static final class Noted implements FrameSink {
    final List<String> events = new ArrayList<>();
    private final StringBuilder data = new StringBuilder();

    private @Nullable Http2Error note(String event) {
      events.add(event);
      return null;
    }

    @Override
    public @Nullable Http2Error dataBegins(int stream, int length, boolean endStream) {
      data.setLength(0);
      return note("data %d of %d%s".formatted(stream, length, endStream ? " end" : ""));
    }

    @Override
    public @Nullable Http2Error dataBytes(ByteBuf in, int n) {
      assertThat(n).isPositive();
      byte[] bytes = new byte[n];
      in.readBytes(bytes);
      data.append(Ascii.text(bytes, 0, n));
      return null;
    }

    @Override
    public @Nullable Http2Error dataEnds(int padding) {
      return note("data <%s> padding %d".formatted(data, padding));
    }

    @Override
    public @Nullable Http2Error headers(
        int stream, byte[] block, int from, int to, boolean endStream, int dependency) {
      String text = Ascii.text(block, from, to);
      return note(
          "head %d <%s> on %d%s".formatted(stream, text, dependency, endStream ? " end" : ""));
    }

    @Override
    public @Nullable Http2Error priority(int stream, int dependency) {
      return note("priority %d %d".formatted(stream, dependency));
    }

    @Override
    public @Nullable Http2Error badPriority(int stream) {
      return note("bad priority %d".formatted(stream));
    }

    @Override
    public @Nullable Http2Error reset(int stream, Http2Error error) {
      return note("reset %d %s".formatted(stream, error));
    }

    @Override
    public @Nullable Http2Error settings(boolean ack, byte[] settings, int length) {
      return note("settings %s %s".formatted(ack, HexFormat.of().formatHex(settings, 0, length)));
    }

    @Override
    public @Nullable Http2Error ping(boolean ack, long data) {
      return note("ping %s %x".formatted(ack, data));
    }

    @Override
    public @Nullable Http2Error goAway(int lastStream, Http2Error error) {
      return note("goaway %d %s".formatted(lastStream, error));
    }

    @Override
    public @Nullable Http2Error windowUpdate(int stream, int increment) {
      return note("window %d %d".formatted(stream, increment));
    }

    @Override
    public @Nullable Http2Error unknown() {
      return note("unknown");
    }
  }

  private static void frame(ByteBuf out, int type, int flags, int stream, String hex) {
    byte[] payload = HexFormat.of().parseHex(hex);
    Frame.begin(out, payload.length, type, flags, stream);
    out.writeBytes(payload);
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(Ascii.bytes(text));
  }

  /** Every type of frame, in every shape. */
  private static byte[] conversation() {
    ByteBuf out = Unpooled.buffer().writeBytes(Frame.PREFACE);
    frame(out, Frame.SETTINGS, 0, 0, "000400010000000300000064");
    frame(out, Frame.SETTINGS, Frame.ACK, 0, "");
    frame(out, Frame.HEADERS, Frame.END_HEADERS | Frame.END_STREAM, 1, hex("block"));
    frame(out, Frame.HEADERS, 0x8 | 0x20, 3, "02" + "80000001" + "ff" + hex("on") + "0000");
    frame(out, Frame.CONTINUATION, 0, 3, hex(" and "));
    frame(out, Frame.CONTINUATION, 0, 3, "");
    frame(out, Frame.CONTINUATION, Frame.END_HEADERS, 3, hex("on"));
    frame(out, Frame.DATA, 0, 3, hex("plain"));
    frame(out, Frame.DATA, 0, 3, "");
    frame(out, Frame.DATA, Frame.PADDED, 3, "03" + hex("padded") + "000000");
    frame(out, Frame.DATA, Frame.PADDED, 3, "02" + "0000");
    frame(out, Frame.DATA, Frame.PADDED | Frame.END_STREAM, 3, "00");
    frame(out, Frame.PRIORITY, 0, 5, "00000001" + "10");
    frame(out, Frame.PRIORITY, 0, 5, "00000001");
    frame(out, Frame.RST_STREAM, 0, 3, "00000008");
    frame(out, Frame.PING, 0, 0, "0102030405060708");
    frame(out, Frame.PING, Frame.ACK, 0, "ffffffffffffffff");
    frame(out, Frame.WINDOW_UPDATE, 0, 0, "80000001");
    frame(out, Frame.WINDOW_UPDATE, 0, 3, "7fffffff");
    frame(out, 0x42, 0xFF, 0x7FFFFFFF, hex("whatever"));
    frame(out, 0x43, 0, 0, "");
    frame(out, Frame.GOAWAY, 0, 0, "00000003" + "00000063" + hex("bye"));
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  private static final List<String> EVENTS =
      List.of(
          "settings false 000400010000000300000064",
          "settings true ",
          "head 1 <block> on -1 end",
          "head 3 <on and on> on 1",
          "data 3 of 5",
          "data <plain> padding 0",
          "data 3 of 0",
          "data <> padding 0",
          "data 3 of 10",
          "data <padded> padding 4",
          "data 3 of 3",
          "data <> padding 3",
          "data 3 of 1 end",
          "data <> padding 1",
          "priority 5 1",
          "bad priority 5",
          "reset 3 CANCEL",
          "ping false 102030405060708",
          "ping true ffffffffffffffff",
          "window 0 1",
          "window 3 2147483647",
          "unknown",
          "unknown",
          "goaway 3 INTERNAL_ERROR");

  private static FrameReader reader(FrameSink sink, boolean preface) {
    return new FrameReader(sink, preface, MOST_BLOCK, MOST_CONTINUATIONS);
  }

  @Test
  void framesAreTheSameAtEverySplit() {
    byte[] all = conversation();
    for (int split = 0; split <= all.length; split++) {
      Noted noted = new Noted();
      FrameReader reader = reader(noted, true);
      assertThat(reader.read(Unpooled.wrappedBuffer(all, 0, split))).isNull();
      assertThat(reader.read(Unpooled.wrappedBuffer(all, split, all.length - split))).isNull();
      assertThat(noted.events).as("split at %d", split).isEqualTo(EVENTS);
    }
  }

  @Test
  void framesAreTheSameByteByByteAndInAnyPieces() {
    byte[] all = conversation();
    Random random = new Random(9113);
    for (int round = 0; round < 300; round++) {
      Noted noted = new Noted();
      FrameReader reader = reader(noted, true);
      int most = round == 0 ? 1 : 1 + random.nextInt(30);
      for (int at = 0; at < all.length; ) {
        int n = Math.min(all.length - at, 1 + random.nextInt(most));
        assertThat(reader.read(Unpooled.wrappedBuffer(all, at, n))).isNull();
        at += n;
      }
      assertThat(noted.events).isEqualTo(EVENTS);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "000005 00 00 00000000 0000000000, PROTOCOL_ERROR", // DATA on the connection
    "000000 00 08 00000001, FRAME_SIZE_ERROR", // padded, and no place for the padding's length
    "000003 00 08 00000001 030000, PROTOCOL_ERROR", // more padding than payload
    "000001 01 04 00000000 82, PROTOCOL_ERROR", // HEADERS on the connection
    "000000 01 0c 00000001, FRAME_SIZE_ERROR", // padded, and no place for the padding's length
    "000003 01 0c 00000001 038282, PROTOCOL_ERROR", // more padding than payload
    "000004 01 24 00000001 00000000, FRAME_SIZE_ERROR", // half a priority
    "000005 02 00 00000000 0000000110, PROTOCOL_ERROR", // PRIORITY of the connection
    "000004 03 00 00000000 00000008, PROTOCOL_ERROR", // RST_STREAM of the connection
    "000003 03 00 00000001 000008, FRAME_SIZE_ERROR",
    "000006 04 00 00000001 000400010000, PROTOCOL_ERROR", // SETTINGS of a stream
    "000005 04 00 00000000 0004000100, FRAME_SIZE_ERROR",
    "000006 04 01 00000000 000400010000, FRAME_SIZE_ERROR", // an ACK that says something
    "000004 05 04 00000001 00000002, PROTOCOL_ERROR", // PUSH_PROMISE of a client
    "000008 06 00 00000001 0000000000000000, PROTOCOL_ERROR", // PING of a stream
    "000007 06 00 00000000 00000000000000, FRAME_SIZE_ERROR",
    "000008 07 00 00000001 0000000000000000, PROTOCOL_ERROR", // GOAWAY of a stream
    "000007 07 00 00000000 00000000000000, FRAME_SIZE_ERROR",
    "000003 08 00 00000000 000001, FRAME_SIZE_ERROR",
    "000001 09 04 00000001 82, PROTOCOL_ERROR", // CONTINUATION of nothing
    "004001 42 00 00000000, FRAME_SIZE_ERROR", // larger than we have allowed
    "000001 01 00 00000001 82 000000 09 04 00000003, PROTOCOL_ERROR", // of another stream
    "000001 01 00 00000001 82 000000 42 00 00000001, PROTOCOL_ERROR", // something in between
    "000001 01 00 00000001 82 000384 09 00 00000001 *900 000064 09 00 00000001, ENHANCE_YOUR_CALM"
  })
  void whatIsMalformedEndsTheConnection(String frames, Http2Error error) {
    byte[] bytes = bytes(frames);
    for (int split = 0; split < bytes.length; split++) {
      FrameReader reader = reader(new Noted(), false);
      assertThat(reader.read(Unpooled.wrappedBuffer(bytes(SETTINGS)))).isNull();
      Http2Error first = reader.read(Unpooled.wrappedBuffer(bytes, 0, split));
      Http2Error found =
          first != null
              ? first
              : reader.read(Unpooled.wrappedBuffer(bytes, split, bytes.length - split));
      assertThat(found).as("split at %d", split).isEqualTo(error);
    }
  }

  /** Hexadecimal digits; {@code *n} stands for n bytes. */
  private static byte[] bytes(String frames) {
    StringBuilder hex = new StringBuilder();
    for (String part : frames.split(" ", -1)) {
      hex.append(part.startsWith("*") ? "82".repeat(Integer.parseInt(part.substring(1))) : part);
    }
    return HexFormat.of().parseHex(hex);
  }

  @Test
  void aHeadGoesOnForSoLongOnly() {
    Noted noted = new Noted();
    FrameReader reader = reader(noted, false);
    reader.read(Unpooled.wrappedBuffer(bytes(SETTINGS + "000000010000000001")));
    byte[] empty = bytes("000000090000000001");
    for (int i = 0; i < MOST_CONTINUATIONS; i++) {
      assertThat(reader.read(Unpooled.wrappedBuffer(empty))).isNull();
      assertThat(reader.isWithinHead()).isTrue();
    }
    assertThat(reader.read(Unpooled.wrappedBuffer(empty))).isEqualTo(Http2Error.ENHANCE_YOUR_CALM);
  }

  @Test
  void aClientBeginsWithItsPrefaceAndSettings() {
    byte[] almost = Arrays.copyOf(Frame.PREFACE, Frame.PREFACE.length);
    almost[almost.length - 1] = '\r';
    assertThat(reader(new Noted(), true).read(Unpooled.wrappedBuffer(almost)))
        .isEqualTo(Http2Error.PROTOCOL_ERROR);
    for (String other : List.of("000008060000000000", "000000040100000000", "000000420000000000")) {
      FrameReader reader = reader(new Noted(), true);
      assertThat(reader.read(Unpooled.wrappedBuffer(Frame.PREFACE))).isNull();
      assertThat(reader.hasBegun()).isFalse();
      assertThat(reader.read(Unpooled.wrappedBuffer(bytes(other))))
          .as(other)
          .isEqualTo(Http2Error.PROTOCOL_ERROR);
    }
    FrameReader reader = reader(new Noted(), true);
    reader.read(Unpooled.wrappedBuffer(Frame.PREFACE));
    reader.read(Unpooled.wrappedBuffer(bytes(SETTINGS)));
    assertThat(reader.hasBegun()).isTrue();
  }
}
