package io.sluice.health;

import io.sluice.balance.Health;
import io.sluice.balance.Health.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last results and changes of one backend. Results are kept as numbers in rings, because ten
 * thousand backends have hundreds of thousands of them; objects are made when somebody asks.
 * Written by the backend's health loop, read by any thread; a lock that hardly ever meets another
 * one is the cheapest way to give readers one consistent picture.
 */
final class History {
  /** Results and changes kept of each backend. */
  static final int KEPT = 64;

  private final long[] startedMillis = new long[KEPT];
  private final long[] nanos = new long[KEPT];
  private final @Nullable String[] errors = new String[KEPT];
  private final ArrayDeque<HealthTransition> transitions = new ArrayDeque<>();
  private long passed;
  private long failed;
  private long passedBefore;
  private long failedBefore;
  private long changes;

  /** Counts on from there; the results themselves are not known here. Before the first one. */
  synchronized void resume(HealthStatus.Counts before) {
    passedBefore = before.passed();
    failedBefore = before.failed();
    changes = before.transitions();
  }

  /** Notes a check's result. */
  synchronized void result(long beganAtMillis, long tookNanos, @Nullable String error) {
    int slot = (int) ((passed + failed) % KEPT);
    startedMillis[slot] = beganAtMillis;
    nanos[slot] = tookNanos;
    // most failures repeat: one text for all of them
    String before = errors[(slot + KEPT - 1) % KEPT];
    errors[slot] = error != null && error.equals(before) ? before : error;
    if (error == null) {
      passed++;
    } else {
      failed++;
    }
  }

  /** Notes a change. */
  synchronized void transition(
      Instant at, State from, State to, int checks, @Nullable String cause) {
    changes++;
    if (transitions.size() == KEPT) {
      transitions.removeFirst();
    }
    transitions.addLast(new HealthTransition(changes, at, from, to, checks, cause));
  }

  synchronized HealthStatus.Counts counts() {
    return new HealthStatus.Counts(passedBefore + passed, failedBefore + failed, changes);
  }

  /**
   * Everything.
   *
   * @param health that belongs to it
   */
  synchronized HealthStatus status(Health health) {
    long all = passed + failed;
    List<CheckResult> results = new ArrayList<>();
    for (long i = Math.max(0, all - KEPT); i < all; i++) {
      int slot = (int) (i % KEPT);
      results.add(
          new CheckResult(
              Instant.ofEpochMilli(startedMillis[slot]),
              Duration.ofNanos(nanos[slot]),
              errors[slot]));
    }
    return new HealthStatus(health, counts(), results, List.copyOf(transitions));
  }
}
