package io.sluice.telemetry;

import io.sluice.config.Configuration;
import io.sluice.config.Configuration.AccessLog.Format;
import io.sluice.control.DataPlaneException;
import io.sluice.proxy.FinishedRequest;
import io.sluice.proxy.ProxyObserver;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One line for each finished request, JSON or text; fields in {@code docs/reference/access-log.md}.
 * The event loop formats the line as bytes into its own bounded queue and goes on; one thread
 * writes the queues of all loops, within about 50 ms. A target that is slow or fails costs lines,
 * which are counted, never requests.
 *
 * <p>Lines of one event loop stand in the order in which its requests ended; those of different
 * loops may be swapped by some milliseconds.
 */
public final class AccessLog implements ProxyObserver, AutoCloseable {
  private static final String OFF = "off";
  private static final long CLOSE_MILLIS = 5_000;

  private final Format format;
  private final @Nullable LogWriter writer;
  private final InstantSource clock;

  private AccessLog(Format format, @Nullable LogWriter writer, InstantSource clock) {
    this.format = format;
    this.writer = writer;
    this.clock = clock;
  }

  /**
   * Opens the target and starts the writer; nothing of it when the target is {@code off}.
   *
   * @throws DataPlaneException when the file cannot be opened for writing
   */
  public static AccessLog open(Configuration.AccessLog settings) {
    if (settings.target().equals(OFF)) {
      return new AccessLog(settings.format(), null, InstantSource.system());
    }
    return open(settings.format(), LogTarget.of(settings.target()), InstantSource.system());
  }

  static AccessLog open(Format format, LogTarget target, InstantSource clock) {
    try {
      LogWriter writer = new LogWriter(target);
      writer.start();
      return new AccessLog(format, writer, clock);
    } catch (IOException e) {
      throw new DataPlaneException(
          "access log: cannot open "
              + target.name()
              + " for writing ("
              + LogWriter.describe(e)
              + "). Make its directory and let Sluice's user write there, or set"
              + " sluice.access-log.target to stdout, stderr or off",
          e);
    }
  }

  @Override
  public Loop forLoop(int loop, Executor tasks) {
    return writer == null
        ? NONE.forLoop(loop, tasks)
        : new LoopLog(writer.newQueue(), new LogLine(format), clock);
  }

  /** Lines not written since the start: without room in the queue, or given up at the end. */
  public long dropped() {
    return writer == null ? 0 : writer.dropped();
  }

  /**
   * Opens the file again by its name, for log rotation: lines of requests that ended before this
   * call go to the old file. A standard stream stays as it is.
   *
   * @return completes when lines go to the new file; exceptionally when it cannot be opened, and
   *     then the old one is written on
   */
  public CompletableFuture<Void> reopen() {
    return writer == null ? CompletableFuture.completedFuture(null) : writer.reopen();
  }

  /**
   * Writes the lines of all requests that have ended, waiting at most 5 s for a target that does
   * not take them, and closes the file. Requests that end later are not logged.
   */
  @Override
  public void close() {
    if (writer == null) {
      return;
    }
    try {
      writer.close(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One event loop's side. */
  static final class LoopLog implements Loop {
    private final LogQueue queue;
    private final LogLine line;
    private final InstantSource clock;

    LoopLog(LogQueue queue, LogLine line, InstantSource clock) {
      this.queue = queue;
      this.line = line;
      this.clock = clock;
    }

    @Override
    public void requestEnded(FinishedRequest request) {
      byte[] to = queue.room(LogLine.bound(request));
      if (to != null) {
        queue.publish(line.write(request, clock.millis(), to, queue.position()));
      }
    }
  }
}
