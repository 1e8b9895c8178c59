package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.Await;
import io.sluice.testkit.Held;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.Http2Frame;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A drain loses no stream: its end is announced first, then fixed (RFC 9113 6.8). */
class Http2DrainIT {
  private final Held held = new Held();
  private ScriptedBackend backend;
  private RunningProxy proxy;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start().on("/held", held);
    proxy = RunningProxy.to(backend);
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    backend.close();
  }

  private static void awaitEnd(CompletableFuture<Void> drained) throws Exception {
    drained.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  private static void verifyGoAway(Http2Frame frame, int lastStream) {
    assertThat(frame.number(0)).isEqualTo(lastStream);
    assertThat(frame.number(4)).isZero();
  }

  @Test
  void streamsThatWereUnderWayToTheAnnouncementAreServed() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      int first = client.get("/held?1");
      held.awaitArrivals(1);
      CompletableFuture<Void> drained = proxy.drain();
      // it has not read the announcement, which says that no number is the last
      int second = client.get("/held?2");
      verifyGoAway(client.awaitFrame(Http2Frame.GOAWAY), Integer.MAX_VALUE);
      held.awaitArrivals(2);
      verifyGoAway(client.awaitFrame(Http2Frame.GOAWAY), second);
      int late = client.get("/late");
      client.ping();
      assertThat(drained.isDone()).isFalse();
      held.release("/held?1");
      held.release("/held?2");
      assertThat(client.await(first).body()).isEqualTo("/held?1");
      assertThat(client.await(second).body()).isEqualTo("/held?2");
      assertThat(client.awaitEnd()).as("nothing more is said").isNull();
      assertThat(client.answer(late).status()).isZero();
      client.close();
      awaitEnd(drained);
    }
    assertThat(backend.connections()).noneMatch(c -> c.received().contains("/late"));
  }

  @Test
  void anIdleConnectionIsToldAndClosed() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.get("/x");
      assertThat(client.await(stream).status()).isEqualTo(200);
      CompletableFuture<Void> drained = proxy.drain();
      verifyGoAway(client.awaitFrame(Http2Frame.GOAWAY), Integer.MAX_VALUE);
      verifyGoAway(Objects.requireNonNull(client.awaitEnd()), stream);
      client.close();
      awaitEnd(drained);
    }
  }

  @Test
  void aConnectionThatTurnsOutToBeHttp2InTheDrainIsServed() throws Exception {
    try (Http2Client client = Http2Client.bare(proxy.port())) {
      Await.until(() -> proxy.status().connections() == 1, "the connection is accepted");
      CompletableFuture<Void> drained = proxy.drain();
      client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").settings();
      int stream = client.get("/x");
      assertThat(client.await(stream).status()).isEqualTo(200);
      verifyGoAway(Objects.requireNonNull(client.awaitEnd()), stream);
      client.close();
      awaitEnd(drained);
    }
  }

  @Test
  void anUploadUnderWayIsSentToItsEnd() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      backend.on("/upload", c -> c.send(Wire.ok("got " + c.request().body().length())));
      int stream = client.post("/upload");
      client.data(stream, false, "begun").ping();
      CompletableFuture<Void> drained = proxy.drain();
      verifyGoAway(client.awaitFrame(Http2Frame.GOAWAY), Integer.MAX_VALUE);
      verifyGoAway(client.awaitFrame(Http2Frame.GOAWAY), stream);
      client.data(stream, true, "ended");
      assertThat(client.await(stream).body()).isEqualTo("got 10");
      assertThat(client.awaitEnd()).isNull();
      client.close();
      awaitEnd(drained);
    }
  }

  @Test
  void anAnswerUnderWayIsSentToItsEnd() throws Exception {
    int large = 4 << 20;
    backend.on(
        "/large",
        c -> {
          c.request();
          c.send(Wire.ok("z".repeat(large)));
        });
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      int stream = client.get("/large");
      client.awaitBytes(stream, 1);
      CompletableFuture<Void> drained = proxy.drain();
      verifyGoAway(client.awaitFrame(Http2Frame.GOAWAY), Integer.MAX_VALUE);
      verifyGoAway(client.awaitFrame(Http2Frame.GOAWAY), stream);
      client.windowUpdate(stream, large).windowUpdate(0, large);
      assertThat(client.await(stream).length()).isEqualTo(large);
      assertThat(client.awaitEnd()).isNull();
      client.close();
      awaitEnd(drained);
    }
  }

  @Test
  void streamsOfABackendThatIsCutOffEndAndTheOthersGoOn() throws Exception {
    try (Http2Client client = Http2Client.connect(proxy.port())) {
      backend.on(
          "/never",
          c -> {
            c.request();
            c.send(head("HTTP/1.1 200 OK", "Content-Length: 10") + "begun");
            c.awaitEnd();
          });
      int cut = client.get("/never");
      client.awaitBytes(cut, 5);
      backend.close();
      assertThat(client.await(cut).reset()).isPositive();
      assertThat(client.await(client.get("/x")).status()).isEqualTo(502);
    }
  }
}
