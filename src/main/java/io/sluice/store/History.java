package io.sluice.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was observed: changes of health and figures by the minute, each kept for a time. Every call
 * blocks and may throw {@link StoreException}.
 */
public interface History {

  /**
   * A change of a backend's health or ejection.
   *
   * @param from the state before
   * @param to the state after
   * @param cause null: none is known
   */
  record Transition(
      Instant at, String pool, String backend, String from, String to, @Nullable String cause) {}

  /**
   * Where a list of changes goes on: behind the one of this time and number.
   *
   * @param at to the microsecond
   * @param number as stored, which tells changes of one moment apart
   */
  record Place(Instant at, long number) {
    /** Before the newest. */
    public static final Place START =
        new Place(Instant.parse("9999-12-31T23:59:59Z"), Long.MAX_VALUE);
  }

  /** A change and its place in the list of all. */
  record Listed(Place place, Transition transition) {}

  /**
   * A minute of a pool's, route's or backend's traffic.
   *
   * @param minute its begin
   * @param series {@code backend:POOL/ID}, {@code pool:ID}, {@code route:ID} or {@code total}
   * @param figures columns by name, as {@code telemetry} defines them, in a form of its own
   */
  record Minute(Instant minute, String series, String figures) {}

  /** Adds changes, all or none. */
  void transitions(List<Transition> transitions);

  /** A backend's changes, newest first, at most {@code limit}. */
  List<Transition> transitions(String pool, String backend, int limit);

  /** The changes of all backends behind a place, newest first, at most {@code limit}. */
  List<Listed> transitions(Place behind, int limit);

  /** Adds minutes, all or none; one that is there already is replaced. */
  void minutes(List<Minute> minutes);

  /** A series' minutes from {@code since} on, oldest first. */
  List<Minute> minutes(String series, Instant since);

  /** All minutes from {@code since} on, oldest first: what a start continues from. */
  List<Minute> minutes(Instant since);

  /** Forgets what is older. */
  void forget(Instant transitionsBefore, Instant minutesBefore);
}
