package io.sluice.process;

import io.sluice.control.BackendChange;
import io.sluice.control.DataPlane;
import io.sluice.store.History;
import io.sluice.store.History.Transition;
import io.sluice.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what is observed of backends into the store, a second's worth at once, and forgets what is
 * too old. When the store fails or does not keep up, history is lost and nothing else.
 */
final class HistoryKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HistoryKeeper.class);

  private static final Duration TRANSITIONS_KEPT = Duration.ofDays(30);
  private static final Duration MINUTES_KEPT = Duration.ofHours(24);

  /** Beyond what one second of a whole fleet going up and down brings. */
  private static final int MOST_WAITING = 100_000;

  private final History history;
  private final BlockingQueue<Transition> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("sluice-history").daemon().unstarted(task));

  // The thread's only.
  private boolean failing;

  private HistoryKeeper(History history) {
    this.history = history;
  }

  /** Begins. */
  static HistoryKeeper of(DataPlane dataPlane, History history) {
    HistoryKeeper keeper = new HistoryKeeper(history);
    dataPlane.onBackendChange(keeper::observed);
    keeper.thread.scheduleWithFixedDelay(
        () -> keeper.guarded(keeper::write), 1, 1, TimeUnit.SECONDS);
    keeper.thread.scheduleWithFixedDelay(
        () -> keeper.guarded(keeper::forget), 0, 1, TimeUnit.HOURS);
    return keeper;
  }

  private void observed(BackendChange change) {
    if (!waiting.offer(
        new Transition(
            change.at(),
            change.pool(),
            change.backend(),
            change.before(),
            change.after(),
            change.cause()))) {
      log.debug("history: no room for {}", change);
    }
  }

  private void write() {
    List<Transition> batch = new ArrayList<>();
    waiting.drainTo(batch);
    if (!batch.isEmpty()) {
      history.transitions(batch);
    }
  }

  private void forget() {
    Instant now = Instant.now();
    history.forget(now.minus(TRANSITIONS_KEPT), now.minus(MINUTES_KEPT));
  }

  private void guarded(Runnable task) {
    try {
      task.run();
      failing = false;
    } catch (StoreException e) {
      if (!failing) {
        log.warn("the history of backends is not written: {}", e.getMessage());
        failing = true;
      }
    } catch (RuntimeException e) {
      log.error("keeping the history of backends fails", e);
    }
  }

  /** Writes what still waits. */
  @Override
  public void close() {
    thread.shutdown();
    guarded(this::write);
  }
}
