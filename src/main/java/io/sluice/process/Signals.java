package io.sluice.process;

import io.sluice.os.SignalFd.Signal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What signals mean. SIGTERM: stop in order, exit 0. SIGINT: end at once, exit 130. SIGQUIT, and
 * SIGUSR2 where the JVM keeps SIGQUIT for itself: hand over to a successor. SIGHUP: read the
 * configuration file again, open logs again.
 *
 * <p>What comes during the start waits for its end: nothing is lost, and nothing is left half
 * started. Only SIGINT does not wait, and SIGTERM no longer than {@value #START_SECONDS} s.
 */
final class Signals {
  private static final Logger log = LoggerFactory.getLogger(Signals.class);

  /** A start that hangs on something must not outlive a SIGTERM. */
  private static final int START_SECONDS = 5;

  /** What an end at once may take to write out. */
  private static final Duration AT_ONCE = Duration.ofSeconds(1);

  /** What a serving process does. */
  interface Actions {
    /** Ends in order; everything is closed when this returns. Called once. */
    void orderly();

    /** Saves what would be lost; the process ends when this returns, or after a second. */
    void atOnce();

    /**
     * Gets ready to hand over to a successor; must return soon.
     *
     * @param sender who asks for it
     */
    void handOver(String sender);

    /**
     * Reads the configuration file and opens the logs again.
     *
     * @param sender who asks for it
     */
    void reload(String sender);
  }

  /** The ways in which a process ends. */
  record Ends(IntConsumer exit, IntConsumer halt) {}

  private final Ends ends;
  private final CompletableFuture<Actions> serving = new CompletableFuture<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private final List<Runnable> cleanups = new CopyOnWriteArrayList<>();
  private final AtomicBoolean reloadWaits = new AtomicBoolean();
  private final ExecutorService work =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().name("sluice-signal-work").daemon().unstarted(task));

  // Guarded by this.
  private boolean stopping;
  private boolean withdrawn;
  private boolean interrupted;

  Signals(Ends ends) {
    this.ends = ends;
  }

  /** Takes over the process's signals. Called once, early in a start that is to serve. */
  static Signals open() {
    Signals signals = new Signals(new Ends(Signals::exit, Runtime.getRuntime()::halt));
    SignalSource source = SignalSource.open(signals::received);
    signals.atExit(source::close);
    Runtime.getRuntime().addShutdownHook(new Thread(signals::exiting, "sluice-exit"));
    return signals;
  }

  private static void exit(int code) {
    Logs.stop();
    System.exit(code);
  }

  /** Run at the very end, however that comes about; must be quick. */
  void atExit(Runnable cleanup) {
    cleanups.add(cleanup);
  }

  /** From now on these are done, also for what has come before. */
  void serve(Actions actions) {
    serving.complete(actions);
  }

  /**
   * For a start that fails after all and ends the process itself.
   *
   * @return false: a stop is under way and closes everything, before the process can end
   */
  synchronized boolean withdraw() {
    withdrawn = !stopping;
    serving.cancel(false);
    return withdrawn;
  }

  /** Everything is finished and closed without a signal: ends the process. */
  void ended() {
    if (begin()) {
      stopped.complete(null);
      ends.exit.accept(ExitCode.OK.value());
    }
  }

  void received(Signal signal, Sender sender) {
    switch (signal) {
      case TERM -> terminate(sender);
      case INT -> interrupt(sender);
      case QUIT, USR2 -> handOver(signal, sender);
      case HUP -> reload(sender);
    }
  }

  /**
   * The thread that ends the process. While it runs the JVM must not end by itself, as it does with
   * exit code 0 when everything is closed and no other thread is left.
   */
  private static Thread.Builder ending(String name) {
    return Thread.ofPlatform().name(name).daemon(false);
  }

  // ---------------------------------------------------------------- SIGTERM

  private void terminate(Sender sender) {
    boolean first = begin();
    // On a thread of its own: to find out who it was may take long, and SIGINT must be heard.
    ending("sluice-stop")
        .start(
            () -> {
              if (first) {
                log.info("SIGTERM from {}", sender.text());
                stop();
              } else {
                log.info(
                    "SIGTERM from {}: the stop is under way already; SIGINT ends it at once",
                    sender.text());
              }
            });
  }

  /** Whether the caller is the one who stops. */
  private synchronized boolean begin() {
    if (stopping || withdrawn) {
      return false;
    }
    stopping = true;
    return true;
  }

  private void stop() {
    ExitCode code = ExitCode.FAILED;
    try {
      orderly(serving.get(START_SECONDS, TimeUnit.SECONDS));
      code = ExitCode.OK;
    } catch (TimeoutException e) {
      log.warn(
          "the start has not come to its end {} s after SIGTERM: ended before anything was served",
          START_SECONDS);
      code = ExitCode.OK;
    } catch (CancellationException e) {
      log.debug("the start has failed and ends the process", e);
      return;
    } catch (ExecutionException | RuntimeException e) {
      log.error("the stop failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ends.exit.accept(code.value());
  }

  private void orderly(Actions actions) {
    try {
      actions.orderly();
    } finally {
      stopped.complete(null);
    }
  }

  /** What the JVM does at every end but a violent one. */
  void exiting() {
    finish();
    cleanups.forEach(Runnable::run);
  }

  /** When somebody else, an extension perhaps, has called exit, what is running still finishes. */
  private void finish() {
    boolean first = begin();
    Actions actions = isInterrupted() ? null : served();
    if (actions == null) {
      return;
    }
    if (first) {
      log.warn("the process was told to exit from inside");
      orderly(actions);
    } else {
      stopped.join();
    }
  }

  private synchronized @Nullable Actions served() {
    return withdrawn || !serving.isDone() || serving.isCompletedExceptionally()
        ? null
        : serving.join();
  }

  // ---------------------------------------------------------------- SIGINT

  private void interrupt(Sender sender) {
    if (interruptedAgain()) {
      ends.halt.accept(ExitCode.INTERRUPTED.value());
      return;
    }
    Thread end = ending("sluice-end").start(() -> endAtOnce(sender));
    try {
      end.join(AT_ONCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ends.halt.accept(ExitCode.INTERRUPTED.value());
  }

  private void endAtOnce(Sender sender) {
    log.info("SIGINT from {}", sender.text());
    Actions actions = served();
    if (actions != null) {
      actions.atOnce();
    }
    ends.exit.accept(ExitCode.INTERRUPTED.value());
  }

  private synchronized boolean interruptedAgain() {
    boolean before = interrupted;
    interrupted = true;
    return before;
  }

  private synchronized boolean isInterrupted() {
    return interrupted;
  }

  // ---------------------------------------------------------------- the others

  private void handOver(Signal signal, Sender sender) {
    if (signal == Signal.USR2 && FlightRecording.isOn()) {
      log.warn(
          "SIGUSR2 is ignored while Flight Recorder runs, which sends it to this process itself;"
              + " start Sluice by bin/sluice and use SIGQUIT");
      return;
    }
    whenServing(
        actions -> {
          String text = sender.text();
          log.info("SIG{} from {}", signal, text);
          actions.handOver(text);
        });
  }

  private void reload(Sender sender) {
    if (!reloadWaits.compareAndSet(false, true)) {
      return; // the one that waits has not read anything yet
    }
    whenServing(
        actions -> {
          reloadWaits.set(false);
          String text = sender.text();
          log.info("SIGHUP from {}", text);
          actions.reload(text);
        });
  }

  private interface Action {
    void on(Actions actions);
  }

  private void whenServing(Action action) {
    serving.thenAcceptAsync(
        actions -> {
          if (isStopping()) {
            return;
          }
          try {
            action.on(actions);
          } catch (RuntimeException e) {
            log.error("a signal could not be obeyed", e);
          }
        },
        work);
  }

  private synchronized boolean isStopping() {
    return stopping;
  }
}
