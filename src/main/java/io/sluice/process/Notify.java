package io.sluice.process;

import io.sluice.os.Datagram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What systemd is told of a service's state (sd_notify(3)): at the socket that {@code
 * NOTIFY_SOCKET} names, and nothing where there is none. A message that cannot be sent is logged
 * once and changes nothing else. Thread-safe.
 */
final class Notify {
  private static final Logger log = LoggerFactory.getLogger(Notify.class);
  private static final long NANOS_OF_MICRO = 1000;

  /** Two may be late before the third would be too late. */
  private static final int BEATS_IN_LIMIT = 3;

  private final @Nullable String socket;

  /** How long the process may seem dead; null: nobody looks. */
  private final @Nullable Duration watchdog;

  private final AtomicBoolean complained = new AtomicBoolean();

  /** Written when a successor has taken over. */
  private volatile boolean silent;

  private Notify(@Nullable String socket, @Nullable Duration watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /** For a process that no service manager has started. */
  static Notify nobody() {
    return new Notify(null, null);
  }

  /**
   * Reads what a service manager has put into the environment.
   *
   * @param pid of this process
   */
  static Notify of(Map<String, String> environment, long pid) {
    String socket = environment.get("NOTIFY_SOCKET");
    if (socket == null || socket.isEmpty()) {
      return nobody();
    }
    if (!socket.startsWith("/") && !socket.startsWith("@")) {
      log.warn("NOTIFY_SOCKET={} is neither a path nor an abstract name; it is ignored", socket);
      return nobody();
    }
    return new Notify(socket, watchdog(environment, pid));
  }

  private static @Nullable Duration watchdog(Map<String, String> environment, long pid) {
    String micros = environment.get("WATCHDOG_USEC");
    String meant = environment.get("WATCHDOG_PID");
    if (micros == null || (meant != null && !meant.equals(Long.toString(pid)))) {
      return null;
    }
    if (!micros.matches("[1-9]\\d{0,17}")) {
      log.warn("WATCHDOG_USEC={} is no number of microseconds; it is ignored", micros);
      return null;
    }
    return Duration.ofNanos(Math.multiplyExact(Long.parseLong(micros), NANOS_OF_MICRO));
  }

  /**
   * The service serves, after its start, a reload or an upgrade. This process is its main one from
   * now on.
   */
  void ready(String status) {
    send(List.of("READY=1", "MAINPID=" + ProcessHandle.current().pid(), status(status)));
  }

  /** A reload has begun; {@link #ready} ends it. */
  void reloading() {
    send(
        List.of(
            "RELOADING=1",
            "MONOTONIC_USEC=" + System.nanoTime() / NANOS_OF_MICRO,
            status("reloading")));
  }

  /**
   * The service stops.
   *
   * @param most how long that may take; the manager's own limit holds where it is longer
   */
  void stopping(String status, Duration most) {
    List<String> lines = new ArrayList<>(List.of("STOPPING=1", status(status)));
    lines.add("EXTEND_TIMEOUT_USEC=" + TimeUnit.NANOSECONDS.toMicros(most.toNanos()));
    send(lines);
  }

  private static String status(String text) {
    return "STATUS=" + text.replace('\n', ' ');
  }

  /**
   * Says nothing any more: another process is the service now, and what this one does would be
   * taken for its.
   */
  void silence() {
    silent = true;
  }

  private void send(List<String> lines) {
    String to = socket;
    if (to == null || silent) {
      return;
    }
    try {
      Datagram.send(to, String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    } catch (IOException | RuntimeException e) {
      if (complained.compareAndSet(false, true)) {
        log.warn("systemd cannot be told at NOTIFY_SOCKET={}: {}", to, e.getMessage());
      }
    }
  }

  // ---------------------------------------------------------------- the watchdog

  /**
   * Shows systemd regularly that the process is alive, when it wants to see that ({@code
   * WatchdogSec}).
   *
   * @param turn asks everything that must move for a turn; a sign is given once it has completed
   */
  void watch(Supplier<CompletableFuture<?>> turn) {
    Duration limit = watchdog;
    if (limit == null) {
      return;
    }
    ScheduledExecutorService beats =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().name("sluice-watchdog").daemon().unstarted(task));
    AtomicBoolean asked = new AtomicBoolean();
    long pause = Math.max(1, limit.toNanos() / BEATS_IN_LIMIT);
    beats.scheduleAtFixedRate(() -> beat(turn, asked), 0, pause, TimeUnit.NANOSECONDS);
  }

  private void beat(Supplier<CompletableFuture<?>> turn, AtomicBoolean asked) {
    if (!asked.compareAndSet(false, true)) {
      return; // the last turn is not over yet
    }
    try {
      turn.get()
          .whenComplete(
              (done, failure) -> {
                asked.set(false);
                if (failure == null) {
                  send(List.of("WATCHDOG=1"));
                }
              });
    } catch (RuntimeException e) {
      log.debug("no turn is to be had: everything is closing", e);
    }
  }
}
