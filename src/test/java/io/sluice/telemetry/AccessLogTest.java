package io.sluice.telemetry;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.config.Configuration;
import io.sluice.config.Configuration.AccessLog.Format;
import io.sluice.control.DataPlaneException;
import io.sluice.proxy.ProxyObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class AccessLogTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-03-09T07:05:03.042Z"));

  @TempDir private Path directory;

  private static AccessLog open(Path file) {
    return AccessLog.open(new Configuration.AccessLog(Format.TEXT, file.toString()));
  }

  /** A target that is a pipe: real, small, and blocking when nobody reads. */
  private record PipeTarget(Pipe pipe) implements LogTarget {
    static PipeTarget create() throws IOException {
      return new PipeTarget(Pipe.open());
    }

    @Override
    public WritableByteChannel open() {
      return pipe.sink();
    }

    @Override
    public String name() {
      return "a pipe";
    }

    BufferedReader reader() {
      return new BufferedReader(Channels.newReader(pipe.source(), US_ASCII));
    }
  }

  @Test
  void aLineComesWithoutFurtherTraffic() throws Exception {
    PipeTarget target = PipeTarget.create();
    try (AccessLog log = AccessLog.open(Format.TEXT, target, CLOCK);
        BufferedReader reader = target.reader()) {
      log.forLoop(0, Runnable::run).requestEnded(Finished.get("/first"));
      assertThat(reader.readLine())
          .startsWith(
              "time=2026-03-09T07:05:03.042Z client=192.0.2.7 protocol=HTTP/1.1 method=GET ")
          .contains(" path=/first status=200 ");
    }
  }

  @Test
  void closingWritesTheLinesOfAllLoops() throws Exception {
    Path file = directory.resolve("access.log");
    int loops = 4;
    int requests = 20_000;
    AccessLog log = open(file);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < loops; i++) {
      ProxyObserver.Loop loop = log.forLoop(i, Runnable::run);
      String path = "/loop" + i + "/";
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int n = 0; n < requests; n++) {
                      loop.requestEnded(Finished.get(path + n));
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    log.close();
    List<String> lines = Files.readAllLines(file);
    assertThat(lines.size() + log.dropped()).isEqualTo((long) loops * requests);
    for (int i = 0; i < loops; i++) {
      String path = " path=/loop" + i + "/";
      List<Integer> numbers =
          lines.stream()
              .filter(line -> line.contains(path))
              .map(line -> Integer.valueOf(line.replaceAll(".*" + path + "(\\d+) .*", "$1")))
              .toList();
      assertThat(numbers).isNotEmpty().isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void aTargetThatTakesNothingCostsLinesThatAreCounted(CapturedOutput output) throws Exception {
    PipeTarget target = PipeTarget.create();
    AccessLog log = AccessLog.open(Format.JSON, target, CLOCK);
    ProxyObserver.Loop loop = log.forLoop(0, Runnable::run);
    int written = 0;
    while (log.dropped() < 1000 && written < 1_000_000) {
      loop.requestEnded(Finished.get("/" + written++));
    }
    assertThat(log.dropped()).isEqualTo(1000);

    CompletableFuture<Long> lines =
        CompletableFuture.supplyAsync(() -> target.reader().lines().count());
    log.close();
    assertThat(lines.get(10, TimeUnit.SECONDS)).isEqualTo(written - 1000);
    assertThat(log.dropped()).isEqualTo(1000);
    assertThat(output)
        .contains("access log: 1000 lines dropped, 1000 since the start: a pipe takes them more");
  }

  @Test
  void aClosedPipeCostsLinesThatAreCounted(CapturedOutput output) throws Exception {
    PipeTarget target = PipeTarget.create();
    AccessLog log = AccessLog.open(Format.JSON, target, CLOCK);
    ProxyObserver.Loop loop = log.forLoop(0, Runnable::run);
    target.pipe.source().close();
    for (int i = 0; i < 10; i++) {
      loop.requestEnded(Finished.get("/"));
    }
    log.close();
    assertThat(log.dropped()).isEqualTo(10);
    assertThat(output).containsOnlyOnce("access log: writing to a pipe fails: Broken pipe");
  }

  @Test
  void aFullDiskCostsLinesThatAreCounted(CapturedOutput output) {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "a device that is always full");
    AccessLog log = open(full);
    ProxyObserver.Loop loop = log.forLoop(0, Runnable::run);
    for (int i = 0; i < 30_000; i++) {
      loop.requestEnded(Finished.get("/"));
    }
    log.close();
    assertThat(log.dropped()).isEqualTo(30_000);
    assertThat(output)
        .containsOnlyOnce(
            "access log: writing to the file /dev/full fails: No space left on device");
  }

  /** A disk that is full after some bytes and later has room again. */
  private static final class SmallDisk implements LogTarget, WritableByteChannel {
    final StringBuilder content = new StringBuilder();
    final CountDownLatch failed = new CountDownLatch(1);
    volatile int room = 1001;

    @Override
    public WritableByteChannel open() {
      return this;
    }

    @Override
    public String name() {
      return "a small disk";
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int count = Math.min(Math.min(bytes.remaining(), 100), room - content.length());
      if (count == 0) {
        failed.countDown();
        throw new IOException("No space left on device");
      }
      for (int i = 0; i < count; i++) {
        content.append((char) bytes.get());
      }
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  void writingGoesOnAtTheVeryByteWhereTheDiskWasFull(CapturedOutput output) throws Exception {
    SmallDisk disk = new SmallDisk();
    AccessLog log = AccessLog.open(Format.TEXT, disk, CLOCK);
    ProxyObserver.Loop first = log.forLoop(0, Runnable::run);
    ProxyObserver.Loop second = log.forLoop(1, Runnable::run);
    for (int i = 0; i < 10; i++) {
      first.requestEnded(Finished.get("/a"));
      second.requestEnded(Finished.get("/b"));
    }
    assertThat(disk.failed.await(30, TimeUnit.SECONDS)).isTrue();
    first.requestEnded(Finished.get("/c"));
    disk.room = Integer.MAX_VALUE;
    log.close();
    assertThat(log.dropped()).isZero();
    assertThat(disk.content.toString().lines())
        .hasSize(21)
        .allMatch(line -> line.matches("time=\\S+ client=.* path=/[abc] .* requestId=\\w{32}"));
    assertThat(output).contains("access log: a small disk takes lines again");
  }

  @Test
  void aRotatedFileKeepsTheOldLinesAndTheNewOneGetsTheRest() throws Exception {
    Path file = directory.resolve("access.log");
    Path old = directory.resolve("access.log.1");
    try (AccessLog log = open(file)) {
      ProxyObserver.Loop loop = log.forLoop(0, Runnable::run);
      loop.requestEnded(Finished.get("/before"));
      Files.move(file, old);
      log.reopen().get(30, TimeUnit.SECONDS);
      loop.requestEnded(Finished.get("/after"));
    }
    assertThat(Files.readString(old)).contains("path=/before ").doesNotContain("/after");
    assertThat(Files.readString(file)).contains("path=/after ").doesNotContain("/before");
  }

  @Test
  void aFileThatCannotBeOpenedAgainIsWrittenOn(CapturedOutput output) throws Exception {
    Path sub = Files.createDirectory(directory.resolve("sub"));
    Path file = sub.resolve("access.log");
    Path moved = directory.resolve("moved");
    AccessLog log = open(file);
    ProxyObserver.Loop loop = log.forLoop(0, Runnable::run);
    Files.move(sub, moved);
    CompletableFuture<Void> reopened = log.reopen();
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> reopened.get(30, TimeUnit.SECONDS))
        .withMessageContaining("NoSuchFileException: " + file);
    loop.requestEnded(Finished.get("/on"));
    log.close();
    assertThat(Files.readString(moved.resolve("access.log"))).contains("path=/on ");
    assertThat(output).contains("cannot open the file " + file + " again");
    assertThat(log.reopen()).isCompletedExceptionally();
  }

  @Test
  void aFileIsAppendedToAndOnlyForOwnerAndGroup() throws Exception {
    Path file = directory.resolve("access.log");
    for (String path : List.of("/one", "/two")) {
      try (AccessLog log = open(file)) {
        log.forLoop(0, Runnable::run).requestEnded(Finished.get(path));
      }
    }
    assertThat(Files.readString(file)).contains("path=/one ").contains("path=/two ");
    assertThat(PosixFilePermissions.fromString("rw-r-----"))
        .containsAll(Files.getPosixFilePermissions(file));
  }

  @Test
  void aFileThatCannotBeOpenedSaysWhatToDo() {
    Path file = directory.resolve("none/access.log");
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataPlaneException.class)
        .hasMessage(
            "access log: cannot open the file %s for writing (NoSuchFileException: %s). Make its"
                + " directory and let Sluice's user write there, or set sluice.access-log.target to"
                + " stdout, stderr or off",
            file, file);
  }

  @Test
  void offLogsNothing() throws Exception {
    try (AccessLog log = AccessLog.open(new Configuration.AccessLog(Format.JSON, "off"))) {
      assertThat(log.forLoop(0, Runnable::run))
          .isSameAs(ProxyObserver.NONE.forLoop(0, Runnable::run));
      assertThat(log.reopen()).isCompleted();
      assertThat(log.dropped()).isZero();
    }
  }
}
