package io.sluice.process;

import io.sluice.config.Configuration.Shutdown;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a process that serves: readiness down, a pause in which whoever is in front turns
 * away, no more connections, requests in flight finish, everything closed. It ends with the last
 * request and waits for nothing else.
 */
final class OrderlyStop {
  private static final Logger log = LoggerFactory.getLogger(OrderlyStop.class);

  private static final int MOST_FRAMES = 12;

  /** What is stopped. */
  interface Planes {
    /** Turns readiness down. */
    void refuseTraffic();

    /** Stops accepting; completes when the last connection has ended. */
    CompletableFuture<Void> drain();

    /** Requests in flight, tunnels included. */
    int requests();

    /** Closes all that is left; requests still in flight are cut. */
    void close();
  }

  private final Planes planes;
  private final Shutdown shutdown;
  private final Duration closing;
  private final IntConsumer halt;

  /**
   * One stop.
   *
   * @param closing how long closing may take, once requests have ended or were cut
   * @param halt ends the process when closing takes longer, with this exit code
   */
  OrderlyStop(Planes planes, Shutdown shutdown, Duration closing, IntConsumer halt) {
    this.planes = planes;
    this.shutdown = shutdown;
    this.closing = closing;
    this.halt = halt;
  }

  /** Stops; returns when everything is closed. Called once. */
  void run() {
    long start = System.nanoTime();
    planes.refuseTraffic();
    log.info("stopping: {}", requests(" in flight"));
    boolean interrupted = !pause(shutdown.lameDuck());
    String end = interrupted ? requests(" cut because the pause was interrupted") : drain();
    log.info("stopped after {}: {}", since(start), end);
    watch(Thread.currentThread());
    planes.close();
  }

  /** The end of a process whose successor accepts already; returns when everything is closed. */
  void finish() {
    long start = System.nanoTime();
    log.info("finishing: {}", requests(" in flight"));
    String end = drain();
    log.info("finished after {}: {}", since(start), end);
    watch(Thread.currentThread());
    planes.close();
  }

  /** Waits for the JVM's own end, too: nothing that hangs there may keep the process. */
  private void watch(Thread closer) {
    Thread.ofPlatform()
        .name("sluice-closing")
        .daemon()
        .start(
            () -> {
              pause(closing);
              // The log may be closed by now.
              System.err.println(
                  "sluice: closing has taken longer than graceful_shutdown_timeout_seconds ("
                      + text(closing)
                      + "): ended without. It was at "
                      + Arrays.stream(closer.getStackTrace())
                          .limit(MOST_FRAMES)
                          .map(StackTraceElement::toString)
                          .collect(Collectors.joining(", ")));
              halt.accept(ExitCode.FAILED.value());
            });
  }

  /** Returns how the drain ended, for the log. */
  private String drain() {
    try {
      planes.drain().get(shutdown.grace().toNanos(), TimeUnit.NANOSECONDS);
      return "every request was finished";
    } catch (TimeoutException e) {
      return requests(" cut at the end of the grace of " + text(shutdown.grace()));
    } catch (ExecutionException e) {
      log.error("draining failed", e.getCause());
      return requests(" cut because draining failed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return requests(" cut because the wait was interrupted");
    }
  }

  private String requests(String what) {
    int requests = planes.requests();
    return (requests == 1 ? "1 request" : requests + " requests") + what;
  }

  /** Returns false when interrupted. */
  private static boolean pause(Duration duration) {
    try {
      Thread.sleep(duration);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static String since(long start) {
    return text(Duration.ofNanos(System.nanoTime() - start));
  }

  private static String text(Duration duration) {
    return duration.toMillis() < 1000
        ? duration.toMillis() + " ms"
        : String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }
}
