package io.sluice.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection under full control: sends exact frames, also such as no client should, and
 * reads what comes, one frame after another. Header compression is Netty's, so that ours is held
 * against another one. Waiting for a frame that does not come fails after {@link Await#DEADLINE}.
 */
public final class Http2Client implements AutoCloseable {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final Socket socket;
  private final DataInputStream in;
  private final Http2HeadersEncoder encoder =
      new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, true);
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
  private final Map<Integer, Answer> answers = new HashMap<>();
  private int nextStream = 1;
  private boolean acknowledges = true;
  private boolean leaving;

  /** What has come on one stream. */
  public static final class Answer {
    private final List<Integer> interim = new ArrayList<>();
    private final List<HeaderLine> fields = new ArrayList<>();
    private final List<HeaderLine> trailers = new ArrayList<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int status;
    private int reset = -1;
    private boolean ended;

    /** 0: there is no head yet. */
    public int status() {
      return status;
    }

    public List<Integer> interim() {
      return interim;
    }

    /** The value of a field that is there exactly once. */
    public String value(String name) {
      List<String> values = values(name);
      if (values.size() != 1) {
        throw new AssertionError(name + " is there " + values.size() + " times: " + fields);
      }
      return values.getFirst();
    }

    public List<String> values(String name) {
      return HeaderLine.values(fields, name);
    }

    public List<HeaderLine> fields() {
      return fields;
    }

    public List<HeaderLine> trailers() {
      return trailers;
    }

    public byte[] bytes() {
      return body.toByteArray();
    }

    public String body() {
      return Wire.text(bytes());
    }

    public int length() {
      return body.size();
    }

    /** The error that the stream was reset with; -1: it was not. */
    public int reset() {
      return reset;
    }

    /** Whether it came to its end in order. */
    public boolean hasEnded() {
      return ended;
    }

    private boolean isOver() {
      return ended || reset >= 0;
    }

    private void head(List<HeaderLine> lines, boolean end) {
      HeaderLine first = lines.isEmpty() ? null : lines.getFirst();
      if (first == null || !first.name().equals(":status")) {
        trailers.addAll(lines);
      } else if (first.value().startsWith("1")) {
        interim.add(Integer.valueOf(first.value()));
      } else {
        status = Integer.parseInt(first.value());
        fields.addAll(lines.subList(1, lines.size()));
      }
      ended |= end;
    }

    @Override
    public String toString() {
      return "%s%d %s, %d bytes, trailers %s, %s"
          .formatted(
              interim.isEmpty() ? "" : interim + " ",
              status,
              fields,
              length(),
              trailers,
              reset >= 0 ? "reset with " + reset : ended ? "ended" : "open");
    }
  }

  private Http2Client(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 * 1024));
  }

  /** Connects and sends the preface with these settings, each a number and its value. */
  public static Http2Client connect(int port, int... settings) throws IOException {
    return bare(port).send(PREFACE).settings(settings);
  }

  /** Connects and says nothing. */
  public static Http2Client bare(int port) throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) Await.DEADLINE.toMillis());
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return new Http2Client(socket);
  }

  /** On a connection that stands, for instance behind a TLS handshake. */
  public static Http2Client on(Socket socket, int... settings) throws IOException {
    return new Http2Client(socket).send(PREFACE).settings(settings);
  }

  // ---------------------------------------------------------------- sending

  /** Does not acknowledge settings and pings from here on. */
  public Http2Client silent() {
    acknowledges = false;
    return this;
  }

  /** Sends bytes as they are. */
  public Http2Client send(String bytes) throws IOException {
    return send(Wire.bytes(bytes));
  }

  public Http2Client send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  public Http2Client frame(int type, int flags, int stream, byte... payload) throws IOException {
    return send(new Http2Frame(type, flags, stream, payload).toBytes());
  }

  /**
   * Sends a frame many times, as long as the other side takes it.
   *
   * @return how many were taken
   */
  public int flood(int times, Http2Frame frame) {
    byte[] one = frame.toBytes();
    int batch = Math.max(1, 16 * 1024 / one.length);
    byte[] many = new byte[batch * one.length];
    for (int i = 0; i < batch; i++) {
      System.arraycopy(one, 0, many, i * one.length, one.length);
    }
    int sent = 0;
    try {
      for (; sent < times; sent += batch) {
        send(many);
      }
    } catch (IOException e) {
      return sent; // it has had enough
    }
    return sent;
  }

  public Http2Client settings(int... settings) throws IOException {
    ByteBuf payload = Unpooled.buffer();
    for (int i = 0; i < settings.length; i += 2) {
      payload.writeShort(settings[i]).writeInt(settings[i + 1]);
    }
    return frame(Http2Frame.SETTINGS, 0, 0, ByteBufUtil.getBytes(payload));
  }

  public Http2Client windowUpdate(int stream, int increment) throws IOException {
    return frame(Http2Frame.WINDOW_UPDATE, 0, stream, number(increment));
  }

  public Http2Client reset(int stream, int error) throws IOException {
    return frame(Http2Frame.RST_STREAM, 0, stream, number(error));
  }

  public Http2Client data(int stream, boolean end, byte[] bytes) throws IOException {
    return frame(Http2Frame.DATA, end ? Http2Frame.END_STREAM : 0, stream, bytes);
  }

  public Http2Client data(int stream, boolean end, String text) throws IOException {
    return data(stream, end, Wire.bytes(text));
  }

  /** A number's four bytes. */
  public static byte[] number(int n) {
    return new byte[] {(byte) (n >>> 24), (byte) (n >>> 16), (byte) (n >>> 8), (byte) n};
  }

  /** The number of a stream that was not used yet. */
  public int newStream() {
    int stream = nextStream;
    nextStream += 2;
    return stream;
  }

  /** Begins a request with a head of its own, each line {@code name: value}. */
  public int request(boolean end, String... lines) throws IOException {
    int stream = newStream();
    headers(stream, end, lines);
    return stream;
  }

  /** Sends a GET. */
  public int get(String path, String... lines) throws IOException {
    return request(true, lines(path, "GET", lines));
  }

  /** Begins a POST. */
  public int post(String path, String... lines) throws IOException {
    return request(false, lines(path, "POST", lines));
  }

  /** A request's usual head. */
  public static String[] lines(String path, String method, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(":method: " + method, ":scheme: http", ":authority: t", ":path: " + path));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /** Sends a head, or trailers. */
  public Http2Client headers(int stream, boolean end, String... lines) throws IOException {
    int flags = Http2Frame.END_HEADERS | (end ? Http2Frame.END_STREAM : 0);
    return frame(Http2Frame.HEADERS, flags, stream, block(lines));
  }

  /** The header block of these lines, whatever they are; the next one must follow it. */
  public byte[] block(String... lines) {
    Http2Headers headers = new DefaultHttp2Headers(false);
    for (String line : lines) {
      int colon = line.indexOf(": ", 1);
      headers.add(line.substring(0, colon), line.substring(colon + 2));
    }
    ByteBuf block = Unpooled.buffer();
    try {
      encoder.encodeHeaders(1, headers, block);
    } catch (Http2Exception e) {
      throw new IllegalArgumentException(e);
    }
    return ByteBufUtil.getBytes(block);
  }

  /** Header fields as literals without any compression. */
  public static byte[] literal(String... namesAndValues) {
    ByteBuf block = Unpooled.buffer();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      block.writeByte(0);
      for (String text : List.of(namesAndValues[i], namesAndValues[i + 1])) {
        if (text.length() >= 127) {
          throw new IllegalArgumentException("too long: " + text);
        }
        block.writeByte(text.length());
        block.writeCharSequence(text, StandardCharsets.ISO_8859_1);
      }
    }
    return ByteBufUtil.getBytes(block);
  }

  // ---------------------------------------------------------------- receiving

  /** The next frame; null: the other side has ended the connection. */
  public @Nullable Http2Frame next() throws IOException {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt() & Integer.MAX_VALUE;
      byte[] payload = new byte[length];
      in.readFully(payload);
      Http2Frame frame = new Http2Frame(type, flags, stream, payload);
      note(frame);
      return frame;
    } catch (EOFException | SocketException e) {
      return null;
    }
  }

  private void note(Http2Frame frame) throws IOException {
    Answer answer = answer(frame.stream());
    switch (frame.type()) {
      case Http2Frame.SETTINGS -> {
        if (acknowledges && !frame.has(Http2Frame.ACK)) {
          frame(Http2Frame.SETTINGS, Http2Frame.ACK, 0);
        }
      }
      case Http2Frame.PING -> {
        if (acknowledges && !frame.has(Http2Frame.ACK)) {
          frame(Http2Frame.PING, Http2Frame.ACK, 0, frame.payload());
        }
      }
      case Http2Frame.HEADERS -> {
        if (!frame.has(Http2Frame.END_HEADERS)) {
          throw new AssertionError("this client reads no head in several frames");
        }
        answer.head(decode(frame.payload()), frame.has(Http2Frame.END_STREAM));
      }
      case Http2Frame.DATA -> {
        answer.body.writeBytes(frame.payload());
        answer.ended |= frame.has(Http2Frame.END_STREAM);
      }
      case Http2Frame.GOAWAY -> leaving = true;
      case Http2Frame.RST_STREAM -> answer.reset = frame.error();
      default -> {
        // nothing to remember
      }
    }
  }

  private List<HeaderLine> decode(byte[] block) {
    try {
      List<HeaderLine> lines = new ArrayList<>();
      for (Map.Entry<CharSequence, CharSequence> e :
          decoder.decodeHeaders(1, Unpooled.wrappedBuffer(block))) {
        lines.add(new HeaderLine(e.getKey().toString(), e.getValue().toString()));
      }
      return lines;
    } catch (Http2Exception e) {
      throw new AssertionError("the head cannot be decoded", e);
    }
  }

  /** Whether the other side has asked for no more streams, as far as was read. */
  public boolean isLeaving() {
    return leaving;
  }

  /** What has come on a stream so far. */
  public Answer answer(int stream) {
    return answers.computeIfAbsent(stream, id -> new Answer());
  }

  /** Reads until a stream is over, in order or not. */
  public Answer await(int stream) throws IOException {
    Answer answer = answer(stream);
    while (!answer.isOver()) {
      read("the end of stream " + stream + ": " + answer);
    }
    return answer;
  }

  /** Reads until a stream's answer has a head. */
  public Answer awaitHead(int stream) throws IOException {
    Answer answer = answer(stream);
    while (answer.status == 0 && !answer.isOver()) {
      read("the head of stream " + stream);
    }
    return answer;
  }

  /** Reads until so many bytes of data have come on a stream. */
  public Answer awaitBytes(int stream, int bytes) throws IOException {
    Answer answer = answer(stream);
    while (answer.length() < bytes && !answer.isOver()) {
      read(bytes + " bytes of stream " + stream);
    }
    return answer;
  }

  /** Reads until such a frame comes. */
  public Http2Frame await(Predicate<Http2Frame> wanted, String description) throws IOException {
    Http2Frame frame = read(description);
    while (!wanted.test(frame)) {
      frame = read(description);
    }
    return frame;
  }

  public Http2Frame awaitFrame(int type) throws IOException {
    return await(f -> f.type() == type, "a frame of type " + type);
  }

  /** Sends a ping and reads until its answer: everything sent before has been seen by then. */
  public Http2Client ping() throws IOException {
    frame(Http2Frame.PING, 0, 0, Wire.bytes("pingpong"));
    await(f -> f.type() == Http2Frame.PING && f.has(Http2Frame.ACK), "a ping's answer");
    return this;
  }

  /** The GOAWAY after which the connection ends; null: it ended without one. */
  public @Nullable Http2Frame awaitEnd() throws IOException {
    Http2Frame last = null;
    for (Http2Frame frame = next(); frame != null; frame = next()) {
      if (frame.type() == Http2Frame.GOAWAY) {
        last = frame;
      }
    }
    return last;
  }

  private Http2Frame read(String waitedFor) throws IOException {
    Http2Frame frame = next();
    if (frame == null) {
      throw new AssertionError("the connection ended before " + waitedFor);
    }
    return frame;
  }

  /** Sends the end of this direction. */
  public Http2Client halfClose() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
