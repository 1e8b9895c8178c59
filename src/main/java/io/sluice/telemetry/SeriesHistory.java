package io.sluice.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * What is kept of one series: seconds, whole minutes, and the minute in progress. Written by the
 * collector, read by whoever asks; both hold its lock, which no request ever needs.
 */
final class SeriesHistory {
  private static final int RATE_SECONDS = 10;
  static final int MINUTE_SECONDS = 60;

  private final Steps seconds;
  private final Steps minutes;
  private final long[] recent = new long[RATE_SECONDS];
  private long recentEnd;

  /** The minute in progress; null: nothing was there in it and in the one before. */
  private @Nullable Figures minute;

  /** The last second that the minute in progress has got. */
  private long minuteEnd;

  /**
   * Nothing yet.
   *
   * @param offset any number, best one that other series do not have
   */
  SeriesHistory(int offset) {
    this.seconds = new Steps(offset);
    this.minutes = new Steps(offset);
  }

  /**
   * Adds a second.
   *
   * @param second later than the last one
   * @param scratch is overwritten
   */
  synchronized void add(long second, Figures figures, Numbers scratch) {
    scratch.clear();
    figures.writeTo(scratch);
    seconds.add(second, scratch);
    minuteInProgress().add(figures);
    minuteEnd = second;
    forgetRecent(second);
    recent[(int) Math.floorMod(second, (long) RATE_SECONDS)] = figures.requests();
  }

  private Figures minuteInProgress() {
    Figures current = minute;
    if (current == null) {
      current = new Figures();
      minute = current;
    }
    return current;
  }

  private void forgetRecent(long second) {
    for (long s = Math.max(recentEnd + 1, second - RATE_SECONDS + 1); s <= second; s++) {
      recent[(int) Math.floorMod(s, (long) RATE_SECONDS)] = 0;
    }
    recentEnd = Math.max(recentEnd, second);
  }

  /**
   * Adds figures from before a restart.
   *
   * @param inProgress the minute in progress; an earlier one is added as a whole one
   * @throws IllegalArgumentException when the figures cannot be read
   */
  synchronized void load(long number, byte[] figures, long inProgress) {
    Figures read = new Figures();
    Numbers in = new Numbers(figures, figures.length);
    read.readFrom(in);
    if (!in.isAtEnd()) {
      throw new IllegalArgumentException("there is more than figures");
    }
    if (number == inProgress) {
      minuteInProgress().add(read);
    } else {
      minutes.add(number, new Numbers(figures, figures.length));
    }
  }

  /**
   * The minute in progress has become a whole one.
   *
   * @param number the minute
   * @param to is overwritten with its figures
   * @return whether there were any
   */
  synchronized boolean endMinute(long number, Numbers to) {
    if (!readMinute(number, to)) {
      minute = null;
      return false;
    }
    minutes.add(number, to);
    minuteInProgress().clear();
    return true;
  }

  /** Gives the figures of the minute in progress as they are; see {@link #endMinute}. */
  synchronized boolean readMinute(long number, Numbers to) {
    Figures current = minute;
    if (current == null) {
      return false;
    }
    if (minuteEnd != number * MINUTE_SECONDS + MINUTE_SECONDS - 1) {
      current.active = 0; // those of an earlier second
    }
    to.clear();
    current.writeTo(to);
    return !current.isEmpty();
  }

  /** Shows seconds that are there; see {@link Steps#each}. */
  synchronized void eachSecond(long from, long to, Steps.Visitor visitor) {
    seconds.each(from, to, visitor);
  }

  /** Shows whole minutes that are there; see {@link Steps#each}. */
  synchronized void eachMinute(long from, long to, Steps.Visitor visitor) {
    minutes.each(from, to, visitor);
  }

  /** Requests a second over the ten seconds that end with this one. */
  synchronized double rps(long second) {
    long sum = 0;
    for (long s = second - RATE_SECONDS + 1; s <= Math.min(second, recentEnd); s++) {
      sum += recent[(int) Math.floorMod(s, (long) RATE_SECONDS)];
    }
    return sum / (double) RATE_SECONDS;
  }

  /** Gives up what is older. */
  synchronized void forget(long secondsBefore, long minutesBefore) {
    seconds.forget(secondsBefore);
    minutes.forget(minutesBefore);
  }

  /** Whether nothing is kept. */
  synchronized boolean isEmpty() {
    return minute == null && seconds.isEmpty() && minutes.isEmpty();
  }

  /** Memory of what is kept, in bytes, the minute in progress aside. */
  synchronized long bytes() {
    return seconds.bytes() + minutes.bytes();
  }
}
