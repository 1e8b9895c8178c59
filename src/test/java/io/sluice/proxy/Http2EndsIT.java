package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.Http2Client.Answer;
import io.sluice.testkit.Http2Frame;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.Reported;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream that ends before its time, from either side, ends alone and is known as cut. */
class Http2EndsIT {
  private static final int NO_ERROR = 0;
  private static final int INTERNAL_ERROR = 2;
  private static final int CANCEL = 8;

  private ScriptedBackend backend;
  private RunningProxy proxy;
  private Http2Client client;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
    proxy = RunningProxy.to(backend);
    client = Http2Client.connect(proxy.port());
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    proxy.close();
    backend.close();
  }

  /** The connection carries other streams as if nothing had happened. */
  private void goesOn() throws IOException {
    assertThat(client.await(client.get("/other")).status()).isEqualTo(200);
  }

  private BackendConnection connectionOf(String target) {
    return backend.connections().stream()
        .filter(c -> c.received().contains(target))
        .findFirst()
        .orElseThrow();
  }

  // ---------------------------------------------------------------- resets of the client

  @Test
  void aClientThatLeavesInMidAnswerTakesItsBackendConnectionAlong() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    backend.on(
        "/never",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Content-Length: 10") + "begun");
          c.awaitEnd();
          ended.countDown();
        });
    int stream = client.get("/never");
    client.awaitBytes(stream, 5).body();
    client.reset(stream, CANCEL);
    Await.latch(ended, "the backend's connection ends");
    Reported reported = proxy.awaitReport("/never");
    assertThat(reported.status()).isEqualTo(200);
    assertThat(reported.errorReason()).isEqualTo("client closed the connection");
    goesOn();
    assertThat(client.answer(stream).reset()).as("nothing is said to it").isEqualTo(-1);
  }

  @Test
  void aClientThatLeavesBeforeTheAnswerTakesItsBackendConnectionAlong() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    backend.on(
        "/never",
        c -> {
          c.request();
          asked.countDown();
          c.awaitEnd();
          ended.countDown();
        });
    int stream = client.get("/never");
    Await.latch(asked, "the backend is asked");
    client.reset(stream, CANCEL);
    Await.latch(ended, "the backend's connection ends");
    assertThat(proxy.awaitReport("/never").status()).isZero();
    goesOn();
  }

  @ParameterizedTest
  @ValueSource(strings = {"content-length: 10", "x-length: none"})
  void anUploadThatIsGivenUpNeverArrivesWhole(String field) throws Exception {
    int stream = client.post("/upload", field);
    client.data(stream, false, "begun").ping();
    Await.until(
        () -> backend.connections().stream().anyMatch(c -> c.received().contains("begun")),
        "the backend gets the beginning");
    client.reset(stream, CANCEL);
    BackendConnection connection = connectionOf("/upload");
    Await.until(connection::hasEnded, "the backend's connection ends");
    assertThat(connection.received()).endsWith("begun");
    goesOn();
  }

  @Test
  void aClientThatEndsItsConnectionEndsItsUploads() throws Exception {
    int stream = client.post("/upload");
    client.data(stream, false, "begun").ping();
    Await.until(
        () -> backend.connections().stream().anyMatch(c -> c.received().contains("begun")),
        "the backend gets the beginning");
    client.halfClose();
    BackendConnection connection = connectionOf("/upload");
    Await.until(connection::hasEnded, "the backend's connection ends");
    assertThat(connection.received()).endsWith("begun");
    assertThat(client.await(stream).reset()).isEqualTo(CANCEL);
  }

  @Test
  void aClientThatOnlyEndsItsDirectionStillGetsItsAnswers() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    backend.on(
        "/slow",
        c -> {
          c.request();
          Await.latch(go, "the client has ended its direction");
          c.send(Wire.ok("slow"));
        });
    int stream = client.get("/slow");
    client.ping().halfClose();
    go.countDown();
    assertThat(client.await(stream).body()).isEqualTo("slow");
    client.awaitEnd();
  }

  // ---------------------------------------------------------------- resets of the backend

  @Test
  void anAnswerThatIsCutResetsItsStreamOnly() throws Exception {
    backend.on(
        "/cut",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Content-Length: 10") + "begun");
          c.reset();
        });
    backend.on(
        "/cut-chunks",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + Wire.chunk("begun"));
          c.close();
        });
    for (String path : new String[] {"/cut", "/cut-chunks"}) {
      Answer answer = client.await(client.get(path));
      assertThat(answer.status()).as(path).isEqualTo(200);
      assertThat(answer.reset()).as(path).isEqualTo(INTERNAL_ERROR);
      assertThat(answer.hasEnded()).as(path).isFalse();
    }
    goesOn();
  }

  @Test
  void aBackendThatLeavesBeforeItsAnswerIsABadGateway() throws Exception {
    backend.on(
        "/none",
        c -> {
          c.request();
          c.reset();
        });
    int stream = client.post("/none", "content-length: 1");
    assertThat(client.data(stream, true, "x").await(stream).status()).isEqualTo(502);
    goesOn();
  }

  // ---------------------------------------------------------------- early answers

  @ParameterizedTest
  @ValueSource(strings = {"content-length: 1000000", "x-length: none"})
  void anAnswerBeforeTheUploadsEndEndsTheUploadWithoutAnError(String field) throws Exception {
    backend.on("/early", c -> c.send(refusal()).close());
    int stream = client.post("/early", field);
    client.data(stream, false, "begun");
    Http2Frame last = client.await(f -> f.type() == Http2Frame.RST_STREAM, "the upload's end");
    Answer answer = client.answer(stream);
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.body()).isEqualTo("no");
    assertThat(answer.hasEnded()).isTrue();
    assertThat(last.stream()).isEqualTo(stream);
    assertThat(last.error()).isEqualTo(NO_ERROR);
    // what was under way to us is no fault of the client's
    for (int i = 0; i < 3; i++) {
      client.data(stream, i == 2, new byte[16_384]);
    }
    goesOn();
  }

  private static String refusal() {
    return head("HTTP/1.1 413 Content Too Large", "Content-Length: 2", "Connection: close") + "no";
  }

  @Test
  void answersOfSluiceItselfEndTheUpload() throws Exception {
    int stream = client.post("/a/../b", "content-length: 1000000");
    Http2Frame last = client.await(f -> f.type() == Http2Frame.RST_STREAM, "the upload's end");
    assertThat(client.answer(stream).status()).isEqualTo(400);
    assertThat(client.answer(stream).hasEnded()).isTrue();
    assertThat(last.error()).isEqualTo(NO_ERROR);
    goesOn();
  }

  // ---------------------------------------------------------------- slow uploads

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void eachPieceOfASlowUploadPassesAtOnceAndSoDoesTheAnswer(boolean knownLength) throws Exception {
    AtomicReference<ReadRequest> seen = new AtomicReference<>();
    backend.on(
        "/echo",
        c -> {
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"));
          for (int b = c.body().read(); b >= 0; b = c.body().read()) {
            c.send(Wire.chunk(String.valueOf((char) b)));
          }
          seen.set(c.request());
          c.send(Wire.lines("0") + head("X-Sum: 5"));
        });
    int stream = client.post("/echo", knownLength ? "content-length: 5" : "x-length: none");
    assertThat(client.awaitHead(stream).status()).isEqualTo(200);
    for (int i = 0; i < 4; i++) {
      client.data(stream, false, String.valueOf("hello".charAt(i)));
      assertThat(client.awaitBytes(stream, i + 1).length()).isEqualTo(i + 1);
    }
    client.data(stream, false, "o");
    client.headers(stream, true, "x-check: 7");
    Answer answer = client.await(stream);
    assertThat(answer.body()).isEqualTo("hello");
    assertThat(answer.trailers()).extracting("name", "value").hasToString("[(\"x-sum\", \"5\")]");
    assertThat(answer.hasEnded()).isTrue();
    String trailers = Objects.requireNonNull(seen.get()).trailers().toString();
    if (knownLength) {
      assertThat(trailers).isEqualTo("[]");
    } else {
      assertThat(trailers).contains("x-check", "7");
    }
  }
}
