package io.sluice.admin;

import io.sluice.control.Operation;
import io.sluice.store.AuditEntry;
import io.sluice.store.History.Listed;
import io.sluice.store.History.Transition;
import io.sluice.store.Revision;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Something that has happened, as a sentence: lead, the backend, tail.
 *
 * @param kind {@code revision}, {@code health}, {@code operation} or {@code audit}
 * @param who by whom; empty: by nobody, it was observed
 * @param lead before the backend's name; may be empty
 * @param pool null: it concerns no single backend
 * @param id null with {@code pool}
 * @param tail behind the name
 * @param reason as given; null: none
 * @param revision that it made; null: none
 * @param operation that it is about; null: none
 * @param requestId null: none
 */
record ActivityEntry(
    Instant at,
    String kind,
    String who,
    String lead,
    @Nullable String pool,
    @Nullable String id,
    String tail,
    @Nullable String reason,
    @Nullable Long revision,
    @Nullable String operation,
    @Nullable String requestId) {

  static ActivityEntry of(Revision revision) {
    return new ActivityEntry(
        revision.at(),
        "revision",
        revision.author(),
        revision.author(),
        null,
        null,
        revision.summary(),
        revision.reason(),
        revision.number(),
        null,
        null);
  }

  static ActivityEntry of(Listed listed) {
    Transition transition = listed.transition();
    String cause = transition.cause() == null ? "" : ": " + transition.cause();
    String tail =
        switch (transition.to()) {
          case "ejected" -> "ejected" + cause;
          case "none" -> "back after its ejection" + cause;
          default -> transition.from() + " → " + transition.to() + cause;
        };
    return new ActivityEntry(
        transition.at(),
        "health",
        "",
        "",
        transition.pool(),
        transition.backend(),
        tail,
        null,
        null,
        null,
        null);
  }

  /** That an operation has begun. */
  static ActivityEntry begun(Operation operation) {
    String does = operation.kind() == Operation.Kind.DRAIN ? " drains" : " removes";
    return of(operation, operation.startedAt(), operation.author() + does, "", operation.reason());
  }

  /** That one which has ended did. */
  static ActivityEntry ended(Operation operation, Formats fmt) {
    Instant at = Objects.requireNonNull(operation.endedAt());
    String why = operation.error() == null ? "" : ": " + operation.error();
    String how =
        switch (operation.state()) {
          case DONE -> "is done after " + fmt.span(Duration.between(operation.startedAt(), at));
          case CANCELLED -> "is called off" + why;
          case FAILED, RUNNING, SUSPENDED -> "has failed" + why;
        };
    String what = operation.kind() == Operation.Kind.DRAIN ? "drain of" : "removal of";
    return of(operation, at, what, how, null);
  }

  private static ActivityEntry of(
      Operation operation, Instant at, String lead, String tail, @Nullable String reason) {
    return new ActivityEntry(
        at,
        "operation",
        operation.author(),
        lead,
        operation.pool(),
        operation.backend(),
        tail,
        reason,
        null,
        operation.id(),
        null);
  }

  static ActivityEntry of(AuditEntry line) {
    String detail = line.detail() == null ? "" : ": " + line.detail();
    return new ActivityEntry(
        line.at(),
        "audit",
        line.actor().name(),
        line.actor().name(),
        null,
        null,
        line.action() + " " + line.outcome() + detail,
        line.reason(),
        line.revisionAfter(),
        null,
        line.requestId());
  }

  /** The sentence as one text. */
  String sentence() {
    return Stream.of(lead, id == null ? "" : id, tail)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(" "));
  }

  /** Whether any of its texts has this one in it; in lower case. */
  boolean contains(String text) {
    return Stream.of(sentence(), kind, pool, reason, requestId)
        .anyMatch(part -> part != null && part.toLowerCase(Locale.ROOT).contains(text));
  }
}
