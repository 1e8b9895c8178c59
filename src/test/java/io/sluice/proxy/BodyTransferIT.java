package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.testkit.Await;
import io.sluice.testkit.Pattern;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Reported;
import io.sluice.testkit.Response;
import io.sluice.testkit.ResponseReader;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of any size pass unchanged, as fast as the slower side takes them, or not at all. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BodyTransferIT {
  private static final long GIB = 1L << 30;
  private static final long MIB = 1L << 20;

  private ScriptedBackend backend;
  private RunningProxy proxy;
  private ExecutorService threads;

  /** What the backend got of uploads. */
  private final BlockingQueue<Pattern.Sum> uploads = new LinkedBlockingQueue<>();

  @BeforeAll
  void start() throws IOException {
    threads = Executors.newVirtualThreadPerTaskExecutor();
    backend = ScriptedBackend.start();
    proxy = RunningProxy.to(backend);
    backend.on(
        "/upload",
        c -> {
          uploads.add(Pattern.read(c.body()));
          c.send(Wire.ok("done"));
        });
  }

  @AfterAll
  void stop() throws IOException {
    proxy.close();
    backend.close();
    threads.close();
  }

  private Pattern.Sum nextUpload() throws InterruptedException {
    Pattern.@Nullable Sum sum = uploads.poll(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    if (sum == null) {
      throw new AssertionError("no upload has come");
    }
    return sum;
  }

  private static String post(String target, String framing) {
    return head("POST " + target + " HTTP/1.1", "Host: t", framing);
  }

  private static String get(String target) {
    return head("GET " + target + " HTTP/1.1", "Host: t");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1000, 65_536, 300_001, 3_000_000, GIB})
  void anUploadOfKnownLengthArrivesUnchanged(long length) throws Exception {
    try (RawClient client = proxy.connect()) {
      client.send(post("/upload", "Content-Length: " + length));
      Pattern.write(client.out(), length);
      assertThat(client.read("POST").body()).isEqualTo("done");
      assertThat(nextUpload()).isEqualTo(Pattern.sum(length));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1000, 65_536, 300_001, 3_000_000, 50_000_000})
  void aChunkedUploadArrivesUnchanged(long length) throws Exception {
    try (RawClient client = proxy.connect()) {
      client.send(post("/upload", "Transfer-Encoding: chunked"));
      Pattern.writeChunks(client.out(), length);
      assertThat(client.read("POST").body()).isEqualTo("done");
      assertThat(nextUpload()).isEqualTo(Pattern.sum(length));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1000, 65_536, 300_001, 3_000_000, GIB})
  void aDownloadOfKnownLengthArrivesUnchanged(long length) throws Exception {
    backend.on(
        "/download",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Content-Length: " + length));
          Pattern.write(c.out(), length);
        });
    verifyDownload("/download", length);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1000, 65_536, 300_001, 3_000_000, 50_000_000})
  void aChunkedDownloadArrivesUnchanged(long length) throws Exception {
    backend.on(
        "/chunks",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"));
          Pattern.writeChunks(c.out(), length);
        });
    verifyDownload("/chunks", length);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1000, 65_536, 300_001, 3_000_000, 50_000_000})
  void aDownloadUntilCloseArrivesUnchangedAndFramed(long length) throws Exception {
    backend.on(
        "/until-close",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK"));
          Pattern.write(c.out(), length);
          c.close();
        });
    verifyDownload("/until-close", length);
  }

  private void verifyDownload(String target, long length) throws IOException {
    try (RawClient client = proxy.connect()) {
      client.send(get(target));
      ResponseReader.Open open = client.readHead("GET");
      assertThat(open.untilClose()).isFalse();
      assertThat(Pattern.read(open.body())).isEqualTo(Pattern.sum(length));
      assertThat(client.exchange(get("/next")).body()).isEqualTo("saw GET /next");
    }
  }

  @Test
  void bodiesPassInBothDirectionsAtOnce() throws Exception {
    backend.on(
        "/echo",
        c -> {
          c.send(head("HTTP/1.1 200 OK", "Content-Length: " + 20 * MIB));
          c.body().transferTo(c.out());
        });
    try (RawClient client = proxy.connect()) {
      client.send(post("/echo", "Content-Length: " + 20 * MIB));
      Future<?> upload =
          threads.submit(
              () -> {
                Pattern.write(client.out(), 20 * MIB);
                return null;
              });
      assertThat(Pattern.read(client.readHead("POST").body())).isEqualTo(Pattern.sum(20 * MIB));
      upload.get();
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsItsBackendBack() throws Exception {
    long length = 256 * MIB;
    AtomicLong written = new AtomicLong();
    backend.on(
        "/held",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Content-Length: " + length));
          Pattern.write(c.out(), length, written);
        });
    long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    try (RawClient client = RawClient.connect(proxy.port(), 64 * 1024)) {
      client.send(get("/held"));
      long stopped = Await.rest(written::get);
      assertThat(stopped).as("the kernels' buffers and little more").isBetween(1L, 64 * MIB);
      long used = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before;
      assertThat(used).as("memory of the proxy").isLessThan(32 * MIB);
      assertThat(Pattern.read(client.readHead("GET").body())).isEqualTo(Pattern.sum(length));
    }
  }

  @Test
  void aBackendThatDoesNotReadHoldsItsClientBack() throws Exception {
    long length = 256 * MIB;
    CountDownLatch go = new CountDownLatch(1);
    backend.on(
        "/unread",
        c -> {
          Await.latch(go, "the test lets go");
          uploads.add(Pattern.read(c.body()));
          c.send(Wire.ok("done"));
        });
    AtomicLong written = new AtomicLong();
    long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    try (RawClient client = proxy.connect()) {
      client.send(post("/unread", "Content-Length: " + length));
      Future<?> upload =
          threads.submit(
              () -> {
                Pattern.write(client.out(), length, written);
                return null;
              });
      assertThat(Await.rest(written::get)).isBetween(1L, 64 * MIB);
      long used = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before;
      assertThat(used).as("memory of the proxy").isLessThan(32 * MIB);
      go.countDown();
      upload.get();
      assertThat(client.read("POST").body()).isEqualTo("done");
      assertThat(nextUpload()).isEqualTo(Pattern.sum(length));
    }
  }

  /** The backend has ended its connection long before a slow client takes the answer's rest. */
  @ParameterizedTest
  @CsvSource({"Content-Length: 8388608", "X: until close"})
  void aSlowClientGetsTheRestOfABackendThatHasGone(String field) throws Exception {
    long length = 8 * MIB;
    CountDownLatch closed = new CountDownLatch(1);
    backend.on(
        "/gone",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Connection: close", field));
          Pattern.write(c.out(), length);
          c.close();
          closed.countDown();
        });
    try (RawClient client = RawClient.connect(proxy.port(), 64 * 1024)) {
      client.send(get("/gone"));
      ResponseReader.Open open = client.readHead("GET");
      Await.rest(closed::getCount);
      assertThat(Pattern.read(open.body())).isEqualTo(Pattern.sum(length));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Content-Length: 50000000, false",
    "Content-Length: 50000000, true",
    "Transfer-Encoding: chunked, false",
    "Transfer-Encoding: chunked, true"
  })
  void aClientThatAbortsItsUploadIsNeverTakenForDone(String framing, boolean reset)
      throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    AtomicLong whole = new AtomicLong();
    backend.on(
        "/aborted",
        c -> {
          c.body().readNBytes(1000);
          begun.countDown();
          try {
            Pattern.read(c.body());
            whole.incrementAndGet();
          } finally {
            ended.countDown();
          }
        });
    int reports = proxy.reported().size();
    RawClient client = proxy.connect();
    client.send(post("/aborted", framing) + Wire.chunk("x".repeat(2000)));
    Await.latch(begun, "the backend gets the body");
    if (reset) {
      client.reset();
    } else {
      client.close();
    }
    Await.latch(ended, "the backend sees the end");
    assertThat(whole.get()).as("uploads that looked whole").isZero();
    Await.until(() -> proxy.reported().size() > reports, "the request's end is reported");
    assertThat(proxy.reported().getLast().errorReason()).isNotNull();
  }

  @Test
  void aClientThatAbortsItsDownloadFreesTheBackend() throws Exception {
    CountDownLatch failed = new CountDownLatch(1);
    backend.on(
        "/endless",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"));
          try {
            Pattern.writeChunks(c.out(), Long.MAX_VALUE);
          } catch (IOException e) {
            failed.countDown();
            throw e;
          }
        });
    RawClient client = proxy.connect();
    client.send(get("/endless"));
    client.readHead("GET").body().readNBytes(100_000);
    client.reset();
    Await.latch(failed, "the backend cannot write any longer");
    Reported reported = proxy.awaitReport("/endless");
    assertThat(reported.status()).isEqualTo(200);
    assertThat(reported.errorReason()).isNotNull();
  }

  @Test
  void aBackendThatResetsAnUploadGivesABadGateway() throws Exception {
    backend.on(
        "/resetting",
        c -> {
          c.body().readNBytes(1000);
          c.reset();
        });
    try (RawClient client = proxy.connect()) {
      client.offer(post("/resetting", "Content-Length: 100000") + "x".repeat(100_000));
      Response response = client.read("POST");
      assertThat(response.status()).isEqualTo(502);
    }
    assertThat(proxy.awaitReport("/resetting").tries())
        .as("a POST is not tried again")
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {200_000, 20_000_000})
  void anAnswerBeforeTheBodyReachesTheClient(int length) throws Exception {
    backend.on(
        "/early",
        c -> {
          c.send(head("HTTP/1.1 413 Too Large", "Connection: close", "Content-Length: 3") + "big");
          c.halfClose();
          c.awaitEnd();
        });
    try (RawClient client = proxy.connect()) {
      client.offer(post("/early", "Content-Length: " + length) + "x".repeat(length));
      Response response = client.read("POST");
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.body()).isEqualTo("big");
      if (length > 10_000_000) { // more than can have come before the answer
        assertThat(response.saysClose()).isTrue();
      }
    }
  }

  @Test
  void anAnswerBeforeTheBodyReachesAClientThatIsReset() throws Exception {
    backend.on(
        "/early-close",
        c -> {
          c.send(head("HTTP/1.1 413 Too Large", "Connection: close", "Content-Length: 3") + "big");
          c.close();
        });
    try (RawClient client = proxy.connect()) {
      client.offer(post("/early-close", "Content-Length: 200000") + "x".repeat(200_000));
      Response response = client.read("POST");
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.body()).isEqualTo("big");
    }
  }

  @Test
  void anEarlyAnswerWithoutHasteLetsTheUploadFinish() throws Exception {
    backend.on(
        "/slowly",
        c -> {
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + Wire.chunk("begun"));
          uploads.add(Pattern.read(c.body()));
          c.send(Wire.chunk("done") + "0\r\n\r\n");
        });
    try (RawClient client = proxy.connect()) {
      client.send(post("/slowly", "Content-Length: 1000000"));
      ResponseReader.Open open = client.readHead("POST");
      assertThat(Wire.text(open.body().readNBytes(5))).isEqualTo("begun");
      Pattern.write(client.out(), 1_000_000);
      assertThat(Wire.text(open.body().readAllBytes())).isEqualTo("done");
      assertThat(nextUpload()).isEqualTo(Pattern.sum(1_000_000));
      assertThat(client.exchange(get("/next")).body()).isEqualTo("saw GET /next");
    }
  }

  @Test
  void whatABackendSendsArrivesAtOnceAndNotWithTheNextPiece() throws Exception {
    BlockingQueue<String> pieces = new LinkedBlockingQueue<>();
    backend.on(
        "/events",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"));
          for (int i = 0; i < 20; i++) {
            c.send(Wire.chunk("event-" + (char) ('a' + i)));
            Await.until(() -> !pieces.isEmpty(), "the client has got the event");
            pieces.clear();
          }
          c.send("0\r\n\r\n");
        });
    try (RawClient client = proxy.connect()) {
      client.send(get("/events"));
      ResponseReader.Open open = client.readHead("GET");
      for (int i = 0; i < 20; i++) {
        assertThat(Wire.text(open.body().readNBytes(7))).isEqualTo("event-" + (char) ('a' + i));
        pieces.add("got");
      }
      assertThat(open.body().read()).isNegative();
    }
  }

  @Test
  void countsWhatPassed() throws Exception {
    backend.on(
        "/counted",
        c -> {
          c.request();
          c.send(head("HTTP/1.1 200 OK", "Content-Length: 5000"));
          Pattern.write(c.out(), 5000);
        });
    try (RawClient client = proxy.connect()) {
      client.send(post("/counted", "Content-Length: 3000"));
      Pattern.write(client.out(), 3000);
      client.read("POST");
    }
    Reported reported = proxy.awaitReport("/counted");
    assertThat(reported.bytesIn()).isEqualTo(3000);
    assertThat(reported.bytesOut()).isBetween(5000L, 5500L);
    assertThat(reported.status()).isEqualTo(200);
    assertThat(reported.backendId()).isEqualTo("b1");
    assertThat(reported.firstByteNanos()).isBetween(0L, reported.totalNanos());
  }
}
