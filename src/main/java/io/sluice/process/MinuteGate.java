package io.sluice.process;

import io.sluice.store.History;
import io.sluice.telemetry.MinuteSink;
import java.util.List;

/**
 * Where figures by the minute go into the store. While the store is with another process they wait
 * here; once that is for good they are dropped.
 */
final class MinuteGate implements MinuteSink {
  private enum State {
    OPEN,
    SHUT,
    /** Nothing more is kept. */
    OVER
  }

  private final History history;

  // Guarded by this.
  private State state = State.OPEN;

  MinuteGate(History history) {
    this.history = history;
  }

  @Override
  public synchronized void minutes(List<Minute> minutes) {
    try {
      while (state == State.SHUT) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    if (state == State.OPEN) {
      history.minutes(
          minutes.stream()
              .map(m -> new History.Minute(m.minute(), m.series(), m.figures()))
              .toList());
    }
  }

  /** Whoever comes waits from now on; waits for who is writing. */
  synchronized void shut() {
    state = State.SHUT;
  }

  /** Lets all in again. */
  synchronized void open() {
    state = State.OPEN;
    notifyAll();
  }

  /** What waits and what comes is dropped, unless it is open. */
  synchronized void giveUp() {
    if (state == State.SHUT) {
      state = State.OVER;
      notifyAll();
    }
  }
}
