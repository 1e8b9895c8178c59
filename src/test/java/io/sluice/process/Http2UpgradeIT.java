package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Until;
import io.sluice.testkit.Http2Client;
import io.sluice.testkit.Http2Client.Answer;
import io.sluice.testkit.Http2Frame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No stream is lost when a new process takes over, nor when the last one stops. */
class Http2UpgradeIT {
  private static final int UPGRADES = 3;
  private static final int STREAMS = 20;
  private static final byte[] PIECE = new byte[1000];

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong done = new AtomicLong();
  private volatile boolean stopped;

  @TempDir private Path directory;

  /** Asks again and again with many streams; goes on with a new connection when it is told to. */
  private Thread streams(int port) {
    return Thread.ofPlatform()
        .daemon()
        .name("streams")
        .start(
            () -> {
              try {
                while (!stopped) {
                  untilToldToLeave(port);
                }
              } catch (IOException | RuntimeException | AssertionError e) {
                failures.add(e.toString());
              }
            });
  }

  private void untilToldToLeave(int port) throws IOException {
    try (Http2Client client = Http2Client.connect(port)) {
      while (!stopped && !client.isLeaving()) {
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
          streams.add(client.get("/small"));
        }
        for (int stream : streams) {
          Answer answer = client.await(stream);
          if (answer.status() != 200 || !answer.hasEnded()) {
            failures.add("stream " + stream + ": " + answer);
          }
          done.incrementAndGet();
        }
      }
    }
  }

  /** A body that is sent over the change of processes. */
  private record Upload(Http2Client client, int stream) {
    static Upload begin(int port) throws IOException {
      Http2Client client = Http2Client.connect(port);
      int stream = client.post("/crc", "content-length: " + 2 * PIECE.length);
      client.data(stream, false, PIECE).ping();
      return new Upload(client, stream);
    }

    void finish() throws IOException {
      client.await(f -> f.type() == Http2Frame.GOAWAY, "the announcement of the end");
      client.data(stream, true, PIECE);
      CRC32 sum = new CRC32();
      sum.update(PIECE);
      sum.update(PIECE);
      Answer answer = client.await(stream);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(Long.toHexString(sum.getValue()));
      client.close();
    }
  }

  @Test
  void noStreamIsLost() throws Exception {
    try (UpgradeScene scene = new UpgradeScene(directory)) {
      SluiceProcess current = scene.start().awaitServing();
      int port = current.proxy().getPort();
      Thread streams = streams(port);
      for (int i = 0; i < UPGRADES; i++) {
        Upload upload = Upload.begin(port);
        SluiceProcess old = current;
        current = scene.start("-u").awaitServing();
        upload.finish();
        assertThat(old.exitCode()).as(old.stderr()).isZero();
        long before = done.get();
        Until.holds(
            "answers of the new process",
            () -> done.get() > before + STREAMS || !failures.isEmpty());
        assertThat(failures).isEmpty();
      }
      stopped = true;
      streams.join();
      assertThat(failures).isEmpty();
      Upload upload = Upload.begin(port);
      current.kill("TERM");
      upload.finish();
      assertThat(current.exitCode()).as(current.stderr()).isZero();
    }
  }
}
