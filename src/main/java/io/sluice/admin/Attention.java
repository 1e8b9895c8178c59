package io.sluice.admin;

import io.sluice.admin.World.Placed;
import io.sluice.balance.PoolStatus;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.control.Operation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What an operator should look at, worst first. */
@Component
final class Attention {
  private final Management management;
  private final Formats fmt;

  Attention(Management management, Formats fmt) {
    this.management = management;
    this.fmt = fmt;
  }

  /**
   * Something to look at.
   *
   * @param css kind of its shape
   * @param word of its state
   * @param pool where it is
   * @param id null: the pool itself
   * @param operation what is under way with it; null: nothing
   * @param end how long it has been so, or how long it will; empty: unknown
   */
  record Trouble(
      String css,
      String word,
      String pool,
      @Nullable String id,
      @Nullable String operation,
      String text,
      String end) {}

  /** All of it: pools that do not choose as they should, then backends. */
  List<Trouble> of(Fleet fleet) {
    List<Trouble> troubles = new ArrayList<>();
    for (PoolStatus pool : fleet.status().pools()) {
      if (BackendTables.isTrouble(pool)) {
        String since = fmt.span(Duration.between(pool.since(), fleet.now()));
        troubles.add(
            new Trouble(
                "down", Views.word(pool.mode()), pool.pool(), null, null, pool.reason(), since));
      }
    }
    Map<String, Operation> running = new HashMap<>();
    for (Operation operation : management.operations().list()) {
      if (operation.endedAt() == null) {
        running.put(World.key(operation.pool(), operation.backend()), operation);
      }
    }
    record Ranked(ShownState state, Placed placed) {}
    fleet.world().backends().stream()
        .map(placed -> new Ranked(fleet.state(placed), placed))
        .filter(ranked -> ranked.state.needsAttention())
        .sorted(Comparator.comparing(ranked -> ranked.state.kind()))
        .forEach(
            ranked ->
                troubles.add(
                    trouble(fleet, ranked.placed, ranked.state, running.get(ranked.placed.key()))));
    return troubles;
  }

  private Trouble trouble(
      Fleet fleet, Placed placed, ShownState state, @Nullable Operation running) {
    List<BackendStatus> live = fleet.live(placed);
    String why = fleet.why(placed);
    Instant now = fleet.now();
    String word = state.css();
    String text = why == null ? "" : why;
    String end = "";
    switch (state.kind()) {
      case DRAIN -> {
        int left = live.stream().mapToInt(BackendStatus::requests).sum();
        word = left > 0 ? "draining" : "drained";
        text = left(left, running);
        end = running == null ? "" : expected(running, fmt);
      }
      case MAINT -> {
        word = "maintenance";
        text = "takes no requests and is not checked";
      }
      case EJECTED ->
          end =
              live.stream()
                  .map(backend -> backend.ejection().until())
                  .filter(until -> until != null)
                  .findFirst()
                  .map(until -> "back in " + fmt.span(Duration.between(now, until)))
                  .orElse("");
      default ->
          end =
              live.stream()
                  .filter(backend -> !backend.up())
                  .findFirst()
                  .map(backend -> fmt.span(Duration.between(backend.health().since(), now)))
                  .orElse("");
    }
    return new Trouble(
        state.css(),
        word,
        placed.pool().id(),
        placed.backend().id(),
        running == null ? null : running.id(),
        text,
        end);
  }

  private String left(int left, @Nullable Operation running) {
    if (running == null) {
      return left == 0 ? "takes no requests" : fmt.count(left, "request") + " left";
    }
    Operation.Load initial = running.initial();
    return fmt.number(left)
        + " of "
        + fmt.number(initial.requests() + (long) initial.tunnels())
        + " left";
  }

  /** How long an operation will go on, as far as its rate says; empty: unknown. */
  static String expected(Operation operation, Formats fmt) {
    double rest = operation.load().requests() + (double) operation.load().tunnels();
    double rate = operation.ratePerSecond();
    return rest > 0 && rate > 0
        ? "about " + fmt.span(Duration.ofMillis(Math.round(rest / rate * 1000)))
        : "";
  }
}
