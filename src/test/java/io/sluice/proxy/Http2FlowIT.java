package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.ListenerSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testing.Until;
import io.sluice.testkit.Await;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.Http2Client.Answer;
import io.sluice.testkit.Http2Frame;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slow stream stalls nobody, and one that stands still ends alone. */
class Http2FlowIT {
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int INTERNAL_ERROR = 2;
  private static final int CANCEL = 8;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final int LARGE = 3_000_000;
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofMinutes(1);

  private ScriptedBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
    String large = Wire.ok("z".repeat(LARGE));
    backend.on(
        "/large",
        c -> {
          c.request();
          c.send(large);
        });
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private static ListenerSpec.Limits limits(
      Duration header, Duration body, int rate, Duration keepAlive) {
    return new ListenerSpec.Limits(
        0, 0, 8 * 1024, 32 * 1024, 100, header, body, rate, keepAlive, LONG);
  }

  private RunningProxy with(ListenerSpec.Limits limits) {
    return new ProxySetup().limits(limits).pool("p", backend.port()).start();
  }

  // ---------------------------------------------------------------- slow streams

  @Test
  void anAnswerThatIsNotTakenHoldsUpNoOther() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend);
        Http2Client client = Http2Client.connect(proxy.port())) {
      client.windowUpdate(0, 1 << 30);
      List<Integer> slow = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        slow.add(client.get("/large"));
      }
      for (int stream : slow) {
        client.awaitBytes(stream, 65_535);
      }
      for (int i = 0; i < 5; i++) {
        int quick = client.get("/large");
        client.windowUpdate(quick, LARGE);
        assertThat(client.await(quick).length()).isEqualTo(LARGE);
      }
      for (int stream : slow) {
        assertThat(client.answer(stream).length()).isEqualTo(65_535);
        client.windowUpdate(stream, LARGE);
      }
      for (int stream : slow) {
        assertThat(client.await(stream).length()).isEqualTo(LARGE);
      }
    }
  }

  @Test
  void aConnectionsWindowIsSharedInTurns() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend);
        Http2Client client =
            Http2Client.connect(proxy.port(), INITIAL_WINDOW_SIZE, Integer.MAX_VALUE)) {
      List<Integer> streams = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        streams.add(client.get("/large"));
      }
      int taken = 65_535;
      for (int most = 0; most < 400_000; most = most(client, streams)) {
        client.windowUpdate(0, 65_535).ping();
        taken += 65_535;
      }
      for (int stream : streams) {
        assertThat(client.answer(stream).length()).as("of %d", taken).isGreaterThan(100_000);
      }
      client.windowUpdate(0, 1 << 30);
      for (int stream : streams) {
        assertThat(client.await(stream).length()).isEqualTo(LARGE);
      }
    }
  }

  private static int most(Http2Client client, List<Integer> streams) {
    return streams.stream().mapToInt(s -> client.answer(s).length()).max().orElseThrow();
  }

  @Test
  void anUploadThatIsNotTakenHoldsUpNoOther() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    backend.on(
        "/asleep",
        c -> {
          Await.latch(go, "the test lets it read");
          c.send(Wire.ok("got " + c.request().body().length()));
        });
    backend.on("/awake", c -> c.send(Wire.ok("got " + c.request().body().length())));
    try (RunningProxy proxy = RunningProxy.to(backend);
        Http2Client client = Http2Client.connect(proxy.port())) {
      client.ping();
      int slow = client.post("/asleep");
      int sent = pushUntilFull(client, slow);
      for (int i = 0; i < 3; i++) {
        int quick = client.post("/awake");
        Bodies.send(client, quick, "y".repeat(LARGE), true);
        assertThat(client.await(quick).body()).isEqualTo("got " + LARGE);
      }
      go.countDown();
      client.data(slow, true, "");
      assertThat(client.await(slow).body()).isEqualTo("got " + sent);
    } finally {
      go.countDown();
    }
  }

  /** Sends as long as there is room: what waits, waits at the client. */
  private static int pushUntilFull(Http2Client client, int stream) throws IOException {
    int window = 65_535;
    int sent = 0;
    int quiet = 0;
    while (quiet < 20) {
      int n = Math.min(window, 16_384);
      if (n > 0) {
        client.data(stream, false, new byte[n]);
        window -= n;
        sent += n;
      }
      client.frame(Http2Frame.PING, 0, 0, new byte[8]);
      int more = 0;
      Http2Frame frame = Objects.requireNonNull(client.next());
      while (frame.type() != Http2Frame.PING) {
        if (frame.type() == Http2Frame.WINDOW_UPDATE && frame.stream() == stream) {
          more += frame.number(0);
        }
        frame = Objects.requireNonNull(client.next());
      }
      window += more;
      quiet = n == 0 && more == 0 ? quiet + 1 : 0;
      assertThat(sent).isLessThan(64 << 20);
    }
    return sent;
  }

  @Test
  void whatNewSettingsAllowComesBehindTheirAcknowledgement() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend);
        Http2Client client = Http2Client.connect(proxy.port(), INITIAL_WINDOW_SIZE, 0)) {
      int stream = client.ping().get("/x");
      client.awaitHead(stream);
      proxy.awaitReport("/x"); // so that it waits
      client.settings(INITIAL_WINDOW_SIZE, 1);
      Http2Frame first =
          client.await(
              f -> f.type() == Http2Frame.SETTINGS || f.type() == Http2Frame.DATA, "an answer");
      assertThat(first.type()).isEqualTo(Http2Frame.SETTINGS);
      assertThat(first.has(Http2Frame.ACK)).isTrue();
      assertThat(client.awaitBytes(stream, 1).length()).isEqualTo(1);
    }
  }

  @Test
  void aSmallerWindowInMidAnswerIsKept() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend);
        Http2Client client = Http2Client.connect(proxy.port(), INITIAL_WINDOW_SIZE, 100_000)) {
      client.windowUpdate(0, 1 << 30);
      int stream = client.get("/large");
      client.awaitBytes(stream, 100_000);
      client.settings(INITIAL_WINDOW_SIZE, 10).ping();
      client.windowUpdate(stream, 99_990).ping();
      assertThat(client.answer(stream).length()).isEqualTo(100_000);
      client.windowUpdate(stream, 7);
      assertThat(client.awaitBytes(stream, 100_007).length()).isEqualTo(100_007);
      client.settings(INITIAL_WINDOW_SIZE, LARGE);
      assertThat(client.await(stream).length()).isEqualTo(LARGE);
    }
  }

  // ---------------------------------------------------------------- streams that stand still

  @ParameterizedTest
  @ValueSource(strings = {"content-length: 10", "x-length: none"})
  void anUploadThatStopsIsATimeoutOfItsOwn(String field) throws Exception {
    try (RunningProxy proxy = with(limits(LONG, SHORT, 0, LONG));
        Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.post("/upload", field);
      client.data(stream, false, "begun");
      client.await(f -> f.type() == Http2Frame.RST_STREAM, "the upload's end");
      Answer answer = client.answer(stream);
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.hasEnded()).isTrue();
      assertThat(answer.reset()).isZero();
      assertThat(client.await(client.get("/other")).status()).isEqualTo(200);
    }
  }

  @Test
  void anUploadOfFullLengthWithoutItsEndIsATimeout() throws Exception {
    try (RunningProxy proxy = with(limits(LONG, SHORT, 0, LONG));
        Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.post("/upload", "content-length: 5");
      client.data(stream, false, "whole");
      client.await(f -> f.type() == Http2Frame.RST_STREAM, "the upload's end");
      assertThat(client.answer(stream).status()).isEqualTo(408);
    }
    assertThat(backend.connections()).noneMatch(c -> c.received().contains("whole"));
  }

  @Test
  void anUploadOfNothingWithoutItsEndIsReset() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 0, LONG));
        Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.post("/upload", "content-length: 0");
      assertThat(client.await(stream).reset()).isEqualTo(CANCEL);
      assertThat(client.await(client.get("/other")).status()).isEqualTo(200);
    }
  }

  @Test
  void anUploadThatDripsIsATimeout() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 1000, LONG));
        Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.post("/upload");
      Until.holds(
          "the upload's timeout",
          () -> {
            client.data(stream, false, "x").ping();
            return client.answer(stream).status() != 0;
          });
      assertThat(client.answer(stream).status()).isEqualTo(408);
    }
  }

  @Test
  void anAnswerThatNobodyTakesEndsAlone() throws Exception {
    PoolSpec.Timeouts timeouts = new PoolSpec.Timeouts(LONG, LONG, LONG, SHORT, Duration.ZERO);
    try (RunningProxy proxy =
            new ProxySetup().timeouts(timeouts).pool("p", backend.port()).start();
        Http2Client client = Http2Client.connect(proxy.port())) {
      client.windowUpdate(0, 1 << 30);
      int stream = client.get("/large");
      assertThat(client.await(stream).reset()).isEqualTo(INTERNAL_ERROR);
      assertThat(client.answer(stream).length()).isEqualTo(65_535);
      assertThat(proxy.awaitReport("/large").errorReason()).isEqualTo("client stopped reading");
      assertThat(client.await(client.get("/other")).status()).isEqualTo(200);
    }
  }

  @Test
  void theRestOfAnAnswerThatNobodyTakesEndsAlone() throws Exception {
    try (RunningProxy proxy = with(limits(LONG, SHORT, 0, LONG));
        Http2Client client = Http2Client.connect(proxy.port(), INITIAL_WINDOW_SIZE, 3)) {
      int stream = client.get("/rest");
      client.awaitBytes(stream, 3);
      assertThat(proxy.awaitReport("/rest").errorReason()).as("for Sluice it is over").isNull();
      Answer answer = client.await(stream);
      assertThat(answer.reset()).isEqualTo(CANCEL);
      assertThat(answer.length()).isEqualTo(3);
      int other = client.request(true, Http2Client.lines("/head", "HEAD"));
      assertThat(client.await(other).status()).isEqualTo(200);
    }
  }

  // ---------------------------------------------------------------- connections

  @Test
  void anIdleConnectionEndsInOrder() throws Exception {
    try (RunningProxy proxy = with(limits(LONG, LONG, 0, SHORT));
        Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.get("/x");
      assertThat(client.await(stream).status()).isEqualTo(200);
      verifyEnd(client.awaitEnd(), stream, 0);
    }
  }

  @Test
  void aConnectionWithAStreamIsNotIdle() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    backend.on(
        "/slow",
        c -> {
          c.request();
          Await.latch(go, "the idle time is over");
          c.send(Wire.ok("slow"));
        });
    try (RunningProxy proxy = with(limits(LONG, LONG, 0, SHORT));
        Http2Client client = Http2Client.connect(proxy.port());
        Http2Client idle = Http2Client.connect(proxy.port())) {
      int stream = client.get("/slow");
      client.ping();
      int last = idle.get("/x"); // later, so that it is idle later
      idle.await(last);
      verifyEnd(idle.awaitEnd(), last, 0);
      go.countDown();
      assertThat(client.await(stream).body()).isEqualTo("slow");
    }
  }

  @Test
  void aConnectionThatDoesNotBeginEnds() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 0, LONG));
        Http2Client client = Http2Client.bare(proxy.port())) {
      client.silent().send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      verifyEnd(client.awaitEnd(), 0, ENHANCE_YOUR_CALM);
    }
  }

  @Test
  void aHeadThatDoesNotEndEndsTheConnection() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 0, LONG));
        Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.ping().newStream();
      client.frame(Http2Frame.HEADERS, 1, stream, client.block(Http2Client.lines("/x", "GET")));
      verifyEnd(client.awaitEnd(), 0, ENHANCE_YOUR_CALM);
    }
  }

  private static void verifyEnd(@Nullable Http2Frame frame, int lastStream, int error) {
    Http2Frame goAway = Objects.requireNonNull(frame);
    assertThat(goAway.number(0)).isEqualTo(lastStream);
    assertThat(goAway.error()).isEqualTo(error);
  }

  @Test
  void halfAPrefaceIsAHeadOfHttp1ThatDoesNotEnd() throws Exception {
    try (RunningProxy proxy = with(limits(SHORT, LONG, 0, LONG));
        var client = proxy.connect()) {
      client.send("PRI * HTTP/2.0\r\n");
      assertThat(client.readToEnd()).doesNotContain("HTTP/1.1 2");
    }
  }
}
