package io.sluice.control;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that takes its time: a drain, or a removal that drains first.
 *
 * @param id unique, never used again
 * @param load what is left at the moment
 * @param initial what there was to wait for at the begin
 * @param ratePerSecond at which it becomes less at the moment; negative: unknown
 * @param startedAt when
 * @param deadline when {@code atDeadline} happens; null: never
 * @param revertAt when the backend becomes ready again by itself; null: never
 * @param endedAt null: not yet
 * @param error why it failed, is suspended or was called off by somebody or something else, or what
 *     cannot be done for it at the moment and is tried again; null: none of that
 */
public record Operation(
    String id,
    Kind kind,
    State state,
    String pool,
    String backend,
    Load initial,
    Load load,
    double ratePerSecond,
    Instant startedAt,
    @Nullable Instant deadline,
    AtDeadline atDeadline,
    @Nullable Instant revertAt,
    @Nullable Instant endedAt,
    String author,
    @Nullable String reason,
    @Nullable String error) {

  /** What it is. */
  public enum Kind {
    DRAIN,
    REMOVE
  }

  /** How far it is. */
  public enum State {
    RUNNING,
    /** Other backends have failed meanwhile: this one takes requests again until they are well. */
    SUSPENDED,
    /** Empty, and removed if that was wanted. */
    DONE,
    /** Called off; the backend is ready again. */
    CANCELLED,
    /** The backend or its pool is gone, or it could not be removed. */
    FAILED
  }

  /** What happens when the deadline comes before the last request's end. */
  public enum AtDeadline {
    /** It waits on. */
    WAIT,
    /** What remains is closed. */
    CLOSE
  }

  /**
   * What a backend carries.
   *
   * @param requests in flight without tunnels
   * @param tunnels upgraded connections
   */
  public record Load(int requests, int tunnels) {
    @Override
    public String toString() {
      return "%d requests and %d tunnels".formatted(requests, tunnels);
    }
  }

  /**
   * How a drain is wanted.
   *
   * @param remove whether the backend is removed at the end
   * @param deadline null: none
   * @param revertAfter back to ready so long after the start; null: never; not with {@code remove}
   */
  public record Wanted(
      boolean remove,
      @Nullable Duration deadline,
      AtDeadline atDeadline,
      @Nullable Duration revertAfter) {}
}
