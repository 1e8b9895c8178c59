package io.sluice.health;

import io.sluice.balance.Health.State;

/**
 * Turns the results of single checks into health: {@code rise} passed checks in a row bring a
 * backend up, {@code fall} failed ones bring it down, whatever it was before. A single result in
 * between starts the count of the other kind anew, so a backend that alternates stays what it is.
 * Nothing but results changes it; time, sockets and threads are its caller's business.
 */
final class HealthState {
  private int rise;
  private int fall;
  private State state = State.UNKNOWN;
  private int inARow;
  private boolean lastPassed;

  /**
   * A backend that was not checked yet.
   *
   * @param rise 1 or more
   * @param fall 1 or more
   */
  HealthState(int rise, int fall) {
    this.rise = rise;
    this.fall = fall;
  }

  /** Goes on from what was counted elsewhere. */
  void resume(State known, int results, boolean passed) {
    state = known;
    inARow = results;
    lastPassed = passed;
  }

  /** Other numbers from the next result on; what was counted stays. */
  void thresholds(int newRise, int newFall) {
    rise = newRise;
    fall = newFall;
  }

  /**
   * Takes a check's result.
   *
   * @return whether the state has changed
   */
  boolean record(boolean passed) {
    inARow = passed == lastPassed && inARow < Integer.MAX_VALUE ? inARow + 1 : 1;
    lastPassed = passed;
    State wanted = passed ? State.UP : State.DOWN;
    if (state == wanted || inARow < (passed ? rise : fall)) {
      return false;
    }
    state = wanted;
    return true;
  }

  State state() {
    return state;
  }

  /** Whether the last result was good; false before the first one. */
  boolean lastPassed() {
    return lastPassed;
  }

  /** Results of the last one's kind in a row; 0 before the first one. */
  int inARow() {
    return inARow;
  }
}
