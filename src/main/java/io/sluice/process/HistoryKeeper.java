package io.sluice.process;

import io.sluice.control.BackendChange;
import io.sluice.control.DataPlane;
import io.sluice.store.History;
import io.sluice.store.History.Transition;
import io.sluice.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 *
 * <p>While the store is with another process it only observes. Both see the same backends then:
 * what the other one has stored is not stored again.
 */
final class HistoryKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HistoryKeeper.class);

  private static final Duration TRANSITIONS_KEPT = Duration.ofDays(30);
  private static final Duration MINUTES_KEPT = Duration.ofHours(24);

  /** Beyond what one second of a whole fleet going up and down brings. */
  private static final int MOST_WAITING = 100_000;

  /** Soon after the start, and then every hour. */
  private static final long FIRST_FORGET = 10;

  private static final long FORGET = TimeUnit.HOURS.toSeconds(1);

  /** Changes of a backend among which the last one of either fact is looked for. */
  private static final int LOOKED_BACK = 20;

  private final History history;
  private final BlockingQueue<Transition> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("sluice-history").daemon().unstarted(task));

  // Guarded by this.
  private boolean failing;
  private boolean suspended = true;

  private HistoryKeeper(History history) {
    this.history = history;
  }

  /** Observes from now on, and writes once {@link #resume} was called. */
  static HistoryKeeper of(DataPlane dataPlane, History history) {
    HistoryKeeper keeper = new HistoryKeeper(history);
    dataPlane.onBackendChange(keeper::observed);
    keeper.thread.scheduleWithFixedDelay(
        () -> keeper.guarded(keeper::write), 1, 1, TimeUnit.SECONDS);
    keeper.thread.scheduleWithFixedDelay(
        () -> keeper.guarded(keeper::forget), FIRST_FORGET, FORGET, TimeUnit.SECONDS);
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

  /** Writes what waits, and nothing from then on. */
  synchronized void suspend() {
    guarded(this::write);
    suspended = true;
  }

  /** Writes again, and first what has been observed meanwhile. */
  synchronized void resume() {
    suspended = false;
    guarded(this::writeWhatIsNew);
  }

  private void writeWhatIsNew() {
    List<Transition> observed = new ArrayList<>();
    waiting.drainTo(observed);
    Map<List<Object>, String> stored = new HashMap<>();
    List<Transition> fresh = new ArrayList<>();
    for (Transition each : observed) {
      String before =
          stored.computeIfAbsent(
              List.of(each.pool(), each.backend(), isEjection(each)), key -> lastStored(each));
      if (!before.equals(each.to())) {
        fresh.add(each);
        stored.put(List.of(each.pool(), each.backend(), isEjection(each)), each.to());
      }
    }
    if (!fresh.isEmpty()) {
      history.transitions(fresh);
    }
  }

  /** What the store says that the same fact has become last; empty: nothing. */
  private String lastStored(Transition like) {
    return history.transitions(like.pool(), like.backend(), LOOKED_BACK).stream()
        .filter(each -> isEjection(each) == isEjection(like))
        .map(Transition::to)
        .findFirst()
        .orElse("");
  }

  private static boolean isEjection(Transition transition) {
    return transition.to().equals("ejected") || transition.from().equals("ejected");
  }

  private void forget() {
    Instant now = Instant.now();
    history.forget(now.minus(TRANSITIONS_KEPT), now.minus(MINUTES_KEPT));
  }

  private synchronized void guarded(Runnable task) {
    if (suspended) {
      return;
    }
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

  /** Writes what still waits, unless the store is with another process. */
  @Override
  public void close() {
    thread.shutdown();
    guarded(this::write);
  }
}
