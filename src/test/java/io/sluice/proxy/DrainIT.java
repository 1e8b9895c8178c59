package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.Await;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.ResponseReader;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A drain takes nothing new, finishes what runs, and ends with the last connection. */
class DrainIT {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);
  private ScriptedBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
    backend.on(
        "/slow",
        c -> {
          c.request();
          asked.countDown();
          Await.latch(go, "the test lets go");
          c.send(Wire.ok("slow"));
        });
  }

  @AfterEach
  void stop() throws IOException {
    go.countDown();
    backend.close();
  }

  private static String get(String target) {
    return head("GET " + target + " HTTP/1.1", "Host: t");
  }

  private static void awaitEnd(CompletableFuture<Void> drained) throws Exception {
    drained.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  private static boolean isRefused(RunningProxy proxy) {
    try (RawClient client = proxy.connect()) {
      return client.localPort() < 0;
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      throw new AssertionError("neither accepted nor refused", e);
    }
  }

  @Test
  void withoutConnectionsADrainIsDoneAtOnce() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend)) {
      awaitEnd(proxy.drain());
      assertThat(isRefused(proxy)).isTrue();
    }
  }

  @Test
  void aRequestInFlightIsFinishedAndSaysClose() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend);
        RawClient client = proxy.connect()) {
      client.send(get("/slow"));
      Await.latch(asked, "the backend is asked");
      CompletableFuture<Void> drained = proxy.drain();
      assertThat(isRefused(proxy)).isTrue();
      assertThat(drained.isDone()).isFalse();
      go.countDown();
      Response response = client.read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("slow");
      assertThat(response.saysClose()).isTrue();
      assertThat(client.readToEnd()).isEmpty();
      awaitEnd(drained);
    }
  }

  @Test
  void anIdleConnectionIsClosed() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend);
        RawClient client = proxy.connect()) {
      assertThat(client.exchange(get("/x")).saysClose()).isFalse();
      CompletableFuture<Void> drained = proxy.drain();
      assertThat(client.readToEnd()).isEmpty();
      awaitEnd(drained);
    }
  }

  @Test
  void aRequestThatWasUnderWayToAnIdleConnectionIsServed() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend);
        RawClient client = proxy.connect()) {
      client.exchange(get("/x"));
      CompletableFuture<Void> drained = proxy.drain();
      Response response = client.exchange(get("/last"));
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.saysClose()).isTrue();
      awaitEnd(drained);
    }
  }

  @Test
  void aBodyUnderWayIsSentToItsEnd() throws Exception {
    backend.on(
        "/stream",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + Wire.chunk("first"));
          Await.latch(go, "the test lets go");
          c.send(Wire.chunk("last") + "0\r\n\r\n");
        });
    try (RunningProxy proxy = RunningProxy.to(backend);
        RawClient client = proxy.connect()) {
      client.send(get("/stream"));
      ResponseReader.Open open = client.readHead("GET");
      assertThat(Wire.text(open.body().readNBytes(5))).isEqualTo("first");
      CompletableFuture<Void> drained = proxy.drain();
      assertThat(drained.isDone()).isFalse();
      go.countDown();
      assertThat(Wire.text(open.body().readAllBytes())).isEqualTo("last");
      assertThat(client.readToEnd()).isEmpty();
      awaitEnd(drained);
    }
  }

  @Test
  void aTunnelLivesUntilItEnds() throws Exception {
    backend.on(
        "/tunnel",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 101 Switching", "Connection: Upgrade", "Upgrade: x"));
          c.in().transferTo(c.out());
          c.close();
        });
    try (RunningProxy proxy = RunningProxy.to(backend);
        RawClient client = proxy.connect()) {
      client.send(head("GET /tunnel HTTP/1.1", "Host: t", "Connection: Upgrade", "Upgrade: x"));
      assertThat(client.read().status()).isEqualTo(101);
      CompletableFuture<Void> drained = proxy.drain();
      client.send("still here");
      assertThat(Wire.text(client.in().readNBytes(10))).isEqualTo("still here");
      assertThat(drained.isDone()).isFalse();
      client.halfClose();
      assertThat(client.readToEnd()).isEmpty();
      awaitEnd(drained);
    }
  }

  @Test
  void closingCutsWhatIsStillRunning() throws Exception {
    try (RunningProxy proxy = RunningProxy.to(backend);
        RawClient client = proxy.connect()) {
      client.send(get("/slow"));
      Await.latch(asked, "the backend is asked");
      CompletableFuture<Void> drained = proxy.drain();
      proxy.close();
      awaitEnd(drained);
      assertThat(client.readToEnd()).isEmpty();
    }
  }
}
