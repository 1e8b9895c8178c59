package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.testkit.Await;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.Http2Client.Answer;
import io.sluice.testkit.Http2Frame;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is thrown at an HTTP/2 server ends the connection it comes from, or its stream, and nothing
 * else: a client on another connection is served throughout, and no broken request reaches a
 * backend.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http2HostileIT {
  private static final int PROTOCOL_ERROR = 1;
  private static final int FLOW_CONTROL_ERROR = 3;
  private static final int REFUSED_STREAM = 7;
  private static final int CALM = 11;
  private static final long MOST_GROWTH = 64L << 20;

  private ScriptedBackend backend;
  private RunningProxy proxy;
  private Http2Client good;

  @BeforeAll
  void start() throws IOException {
    backend = ScriptedBackend.start();
    proxy = RunningProxy.to(backend);
    good = Http2Client.connect(proxy.port());
    backend.on(
        "/never",
        c -> {
          c.request();
          c.awaitEnd();
        });
  }

  @AfterEach
  void theGoodClientIsServed() throws IOException {
    Answer answer = good.await(good.get("/good"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(ScriptedBackend.saw("GET", "/good"));
  }

  @AfterAll
  void stop() throws IOException {
    good.close();
    proxy.close();
    backend.close();
  }

  private Http2Client attacker() throws IOException {
    Http2Client client = Http2Client.connect(proxy.port());
    client.awaitFrame(Http2Frame.SETTINGS);
    return client.silent();
  }

  private static void assertGoAway(@Nullable Http2Frame frame, int error) {
    assertThat(frame == null ? -1 : frame.error()).as("the GOAWAY before the end").isEqualTo(error);
  }

  private static long directMemory() {
    return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }

  // ---------------------------------------------------------------- floods

  @Test
  void rapidResetEndsBeforeTwoHundredAndOneRequests() throws Exception {
    int before = requestsOf("/reset");
    try (Http2Client client = attacker()) {
      byte[] block = client.block(Http2Client.lines("/reset", "GET"));
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int i = 0; i < 10_000; i++) {
        int stream = client.newStream();
        byte[] head = i == 0 ? block : client.block(Http2Client.lines("/reset", "GET"));
        all.writeBytes(new Http2Frame(Http2Frame.HEADERS, 5, stream, head).toBytes());
        all.writeBytes(
            new Http2Frame(Http2Frame.RST_STREAM, 0, stream, Http2Client.number(8)).toBytes());
      }
      offer(client, all.toByteArray());
      assertGoAway(client.awaitEnd(), CALM);
    }
    assertThat(requestsOf("/reset") - before).isLessThanOrEqualTo(201);
  }

  private int requestsOf(String path) {
    return (int)
        backend.connections().stream()
            .flatMap(c -> Stream.of(c.received().split("\r\n", -1)))
            .filter(line -> line.startsWith("GET " + path + " "))
            .count();
  }

  private static void offer(Http2Client client, byte[] bytes) {
    Thread.startVirtualThread(
        () -> {
          try {
            client.send(bytes);
          } catch (IOException e) {
            // it has had enough, which is what the test waits for
          }
        });
  }

  /** "MadeYouReset": the client never resets, but has us do it. */
  @Test
  void streamsThatItsFaultsEndCountAsItsOwnResets() throws Exception {
    try (Http2Client client = attacker()) {
      for (int i = 0; i < 1000; i++) {
        try {
          int stream = client.post("/never");
          client.frame(Http2Frame.WINDOW_UPDATE, 0, stream, Http2Client.number(0));
        } catch (IOException e) {
          break;
        }
      }
      assertGoAway(client.awaitEnd(), CALM);
    }
  }

  @Test
  void aHeadWithoutEndIsNotCollected() throws Exception {
    try (Http2Client client = attacker()) {
      client.frame(Http2Frame.HEADERS, 0, 1, client.block(Http2Client.lines("/", "GET")));
      client.flood(1000, new Http2Frame(Http2Frame.CONTINUATION, 0, 1, new byte[16_384]));
      assertGoAway(client.awaitEnd(), CALM);
    }
    try (Http2Client client = attacker()) {
      client.frame(Http2Frame.HEADERS, 0, 1, client.block(Http2Client.lines("/", "GET")));
      client.flood(100_000, new Http2Frame(Http2Frame.CONTINUATION, 0, 1));
      assertGoAway(client.awaitEnd(), CALM);
    }
  }

  static Stream<Http2Frame> chatter() {
    byte[] eight = new byte[8];
    return Stream.of(
        new Http2Frame(Http2Frame.SETTINGS, 0, 0),
        new Http2Frame(Http2Frame.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, (byte) 255, (byte) 255}),
        new Http2Frame(Http2Frame.SETTINGS, Http2Frame.ACK, 0),
        new Http2Frame(Http2Frame.PING, 0, 0, eight),
        new Http2Frame(Http2Frame.PING, Http2Frame.ACK, 0, eight),
        new Http2Frame(Http2Frame.PRIORITY, 0, 3, new byte[5]),
        new Http2Frame(Http2Frame.WINDOW_UPDATE, 0, 0, Http2Client.number(1)),
        new Http2Frame(0x77, 0, 0));
  }

  @ParameterizedTest
  @MethodSource("chatter")
  void framesThatMoveNothingEndTheConnection(Http2Frame frame) throws Exception {
    long before = directMemory();
    try (Http2Client client = attacker()) {
      Thread.startVirtualThread(() -> client.flood(100_000, frame));
      assertGoAway(client.awaitEnd(), CALM);
    }
    assertThat(directMemory() - before).isLessThan(MOST_GROWTH);
  }

  @Test
  void emptyDataEndsTheConnection() throws Exception {
    try (Http2Client client = attacker()) {
      int stream = client.post("/never");
      Thread.startVirtualThread(
          () -> client.flood(100_000, new Http2Frame(Http2Frame.DATA, 0, stream)));
      assertGoAway(client.awaitEnd(), CALM);
    }
  }

  /** A field of 4 KiB, kept by the decoder and named by one byte each time. */
  @Test
  void aHeadThatUnfoldsIsRefused() throws Exception {
    try (Http2Client client = attacker()) {
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      block.writeBytes(client.block(Http2Client.lines("/bomb", "GET")));
      block.writeBytes(new byte[] {0x40, 1, 'x', 0x7F, (byte) (3900 - 127 & 0x7F | 0x80)});
      block.write(3900 - 127 >> 7);
      block.writeBytes(new byte[3900].clone());
      byte[] filled = block.toByteArray();
      Arrays.fill(filled, filled.length - 3900, filled.length, (byte) 'v');
      byte[] bomb = Arrays.copyOf(filled, filled.length + 4000);
      Arrays.fill(bomb, filled.length, bomb.length, (byte) (0x80 | 62));
      int stream = client.newStream();
      client.frame(Http2Frame.HEADERS, 5, stream, bomb);
      assertThat(client.await(stream).status()).isEqualTo(431);
      int next = client.newStream();
      client.frame(
          Http2Frame.HEADERS,
          5,
          next,
          Http2Client.literal(
              ":method", "GET", ":scheme", "http", ":authority", "t", ":path", "/after-bomb"));
      assertThat(client.await(next).status()).isEqualTo(200);
    }
  }

  // ---------------------------------------------------------------- streams and windows

  @Test
  void theHundredAndFirstStreamIsRefused() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      client.ping(); // settings are acknowledged by now
      List<Integer> streams = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        streams.add(client.get("/never"));
      }
      Answer refused = client.await(client.get("/one-too-many"));
      assertThat(refused.reset()).isEqualTo(REFUSED_STREAM);
      client.reset(streams.getFirst(), 8);
      assertThat(client.await(client.get("/again")).status()).isEqualTo(200);
    }
    assertThat(requestsOf("/one-too-many")).isZero();
  }

  @Test
  void aHundredSlowStreamsKeepLittleHere() throws Exception {
    int large = 10 << 20;
    byte[] answer = Wire.bytes(Wire.ok("z".repeat(large)));
    backend.on(
        "/large",
        c -> {
          c.request();
          c.out().write(answer);
        });
    long before = directMemory();
    try (Http2Client client = Http2Client.connect(proxy.port(), 4, 1)) {
      client.ping();
      List<Integer> streams = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        streams.add(client.get("/large"));
      }
      for (int stream : streams) {
        client.awaitBytes(stream, 1);
      }
      long held = Await.rest(Http2HostileIT::directMemory) - before;
      assertThat(held).isLessThan(MOST_GROWTH);
      // one of them goes on, and none of the others holds it up
      int first = streams.getFirst();
      client.windowUpdate(0, 1 << 28).windowUpdate(first, 1 << 28);
      assertThat(client.await(first).length()).isEqualTo(large);
    }
  }

  @Test
  void moreThanTheWindowIsAnError() throws Exception {
    try (Http2Client client = attacker()) {
      int stream = client.post("/never");
      for (int i = 0; i < 40; i++) {
        client.data(stream, false, new byte[16_384]);
      }
      Answer answer = client.await(stream);
      assertThat(answer.reset()).isEqualTo(FLOW_CONTROL_ERROR);
    }
  }

  // ---------------------------------------------------------------- malformed requests

  private static String[] with(String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(":method", "GET", ":scheme", "http", ":authority", "t", ":path", "/bad"));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  static Stream<List<String>> malformed() {
    return Stream.of(
            with("x", "a\rb"),
            with("x", "a\nb"),
            with("x", "a\0b"),
            with("x", "a\r\nGET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"),
            with("x", " a"),
            with("x", "a\t"),
            with("x y", "a"),
            with("x:y", "a"),
            with("x\r\ny", "a"),
            with("X", "a"),
            with("", "a"),
            with("transfer-encoding", "chunked"),
            with("connection", "close"),
            with("keep-alive", "1"),
            with("proxy-connection", "close"),
            with("upgrade", "h2c"),
            with("te", "gzip"),
            with("host", "other"),
            with("host", "t", "host", "t"),
            with("content-length", "5"),
            with("content-length", "x"),
            with("content-length", "0", "content-length", "0"),
            with(":path", "/other"),
            with(":status", "200"),
            with(":x", "1"),
            with("x", "1", ":method", "GET"),
            new String[] {":method", "GET", ":scheme", "http", ":authority", "t", ":path", "/ x"},
            new String[] {
              ":method", "GET", ":scheme", "http", ":authority", "t", ":path", "/\r\nx"
            },
            new String[] {":method", "GET", ":scheme", "http", ":authority", "t", ":path", ""},
            new String[] {":method", "GET", ":scheme", "http", ":authority", "t", ":path", "x"},
            new String[] {":method", "GET", ":scheme", "http", ":authority", "t", ":path", "*"},
            new String[] {":method", "G T", ":scheme", "http", ":authority", "t", ":path", "/"},
            new String[] {":method", "", ":scheme", "http", ":authority", "t", ":path", "/"},
            new String[] {":method", "GET", ":authority", "t", ":path", "/"},
            new String[] {":method", "GET", ":scheme", "http", ":authority", "t t", ":path", "/"},
            new String[] {":scheme", "http", ":authority", "t", ":path", "/"},
            new String[] {":method", "GET", ":scheme", "http", ":authority", "t"},
            new String[] {":method", "CONNECT", ":scheme", "http", ":authority", "t", ":path", "/"},
            new String[] {
              ":method", "GET", ":scheme", "http", ":authority", "t", ":path", "/", ":protocol", "x"
            })
        .map(List::of);
  }

  @ParameterizedTest
  @MethodSource
  void malformed(List<String> fields) throws Exception {
    var mark = backend.mark();
    try (Http2Client client = attacker()) {
      int stream = client.newStream();
      byte[] block = Http2Client.literal(fields.toArray(String[]::new));
      client.frame(Http2Frame.HEADERS, 5, stream, block);
      assertThat(client.await(stream).reset()).isEqualTo(PROTOCOL_ERROR);
      assertThat(client.await(client.get("/fine")).status()).isEqualTo(200);
    }
    assertThat(backend.requestsSince(mark)).extracting("target").containsExactly("/fine");
  }

  static Stream<List<String>> malformedTrailers() {
    return Stream.of(
        List.of("x", "a\rb"),
        List.of("X", "a"),
        List.of(":path", "/"),
        List.of(":status", "200"),
        List.of("transfer-encoding", "chunked"),
        List.of("connection", "x"));
  }

  @ParameterizedTest
  @MethodSource("malformedTrailers")
  void malformedTrailersNeverCompleteARequest(List<String> fields) throws Exception {
    var mark = backend.mark();
    try (Http2Client client = attacker()) {
      int stream = client.post("/trailed");
      client.data(stream, false, "data");
      client.frame(
          Http2Frame.HEADERS, 5, stream, Http2Client.literal(fields.toArray(String[]::new)));
      assertThat(client.await(stream).reset()).isEqualTo(PROTOCOL_ERROR);
    }
    assertThat(backend.requestsSince(mark)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("wrongLengths")
  void aBodyThatIsNotAsLongAsAnnouncedNeverCompletes(int announced, List<String> pieces)
      throws Exception {
    var mark = backend.mark();
    try (Http2Client client = attacker()) {
      int stream = client.post("/length", "content-length: " + announced);
      for (int i = 0; i < pieces.size(); i++) {
        client.ping();
        client.data(stream, i == pieces.size() - 1, pieces.get(i));
      }
      assertThat(client.await(stream).reset()).isEqualTo(PROTOCOL_ERROR);
    }
    assertThat(backend.requestsSince(mark)).isEmpty();
  }

  static Stream<Arguments> wrongLengths() {
    String fifty = "x".repeat(50);
    return Stream.of(
        Arguments.of(5, List.of(fifty)),
        Arguments.of(5, List.of("12345", fifty)),
        Arguments.of(5, List.of("1234", "")),
        Arguments.of(0, List.of("1")),
        Arguments.of(0, List.of("", "1")),
        Arguments.of(4000, List.of("y".repeat(4000), "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")));
  }
}
