package io.sluice.control;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.Kind;
import io.sluice.control.Operation.Load;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far one drain or removal has come, and what is to be done next. It exists so that the
 * decisions stand apart from those who carry them out: it reads no clock, changes nothing else, and
 * the same sights at the same times always give the same steps.
 *
 * <p>An operation that is suspended keeps its intent: it goes on when the others have been well for
 * {@link #CALM}. Deadlines stay where they are meanwhile. Bound to the control thread.
 */
final class DrainProgress {
  /** How long the pool must do without the backend before a suspended drain goes on. */
  static final Duration CALM = Duration.ofSeconds(3);

  /**
   * Clients that are bound to the backend by a cookie come back as often as they are cut off: after
   * so many times the end no longer waits for a moment without any.
   */
  static final int MOST_CLOSES = 5;

  /** The rate forgets what is older than about this. */
  private static final double RATE_SECONDS = 5;

  /** What is to be done. */
  enum Step {
    NOTHING,
    /** Close what remains. */
    CLOSE,
    /** It is empty, or no longer waited for. */
    FINISH,
    /** Have the backend take requests again for a while. */
    SUSPEND,
    /** Drain it again. */
    RESUME,
    /** {@code revertAfter} has passed: make it ready again for good. */
    REVERT
  }

  /**
   * What survives a restart.
   *
   * @param maySuspend whether others' failures suspend it
   * @param revertPending whether the end of {@code revertAt} is still to come
   */
  record Stored(Operation operation, boolean maySuspend, boolean revertPending) {}

  private final Operation first;
  private Kind kind;
  private State state;
  private Load initial;
  private Load load;
  private double rate = -1;
  private @Nullable Instant deadline;
  private AtDeadline atDeadline;
  private @Nullable Instant revertAt;
  private @Nullable Instant endedAt;
  private @Nullable String error;
  private boolean maySuspend;
  private boolean revertPending;
  private @Nullable Instant lookedAt;
  private @Nullable Instant calmSince;
  private int closes;
  private boolean deadlineTold;

  private DrainProgress(Stored stored) {
    first = stored.operation;
    kind = first.kind();
    state = first.state();
    initial = first.initial();
    load = first.load();
    deadline = first.deadline();
    atDeadline = first.atDeadline();
    revertAt = first.revertAt();
    endedAt = first.endedAt();
    error = first.error();
    maySuspend = stored.maySuspend;
    revertPending = stored.revertPending;
  }

  /** One that begins; {@link #carries} says what there is. */
  static DrainProgress begin(
      String id, String pool, String backend, Wanted wanted, Origin origin, Instant now) {
    Load none = new Load(0, 0);
    Instant revertAt = after(now, wanted.revertAfter());
    Operation operation =
        new Operation(
            id,
            wanted.remove() ? Kind.REMOVE : Kind.DRAIN,
            State.RUNNING,
            pool,
            backend,
            none,
            none,
            -1,
            now,
            after(now, wanted.deadline()),
            wanted.atDeadline(),
            revertAt,
            null,
            origin.author,
            origin.reason,
            null);
    return new DrainProgress(new Stored(operation, false, revertAt != null));
  }

  /** Who has asked for it, and why. */
  record Origin(String author, @Nullable String reason) {}

  /** One that was stored. */
  static DrainProgress of(Stored stored) {
    return new DrainProgress(stored);
  }

  private static @Nullable Instant after(Instant now, @Nullable Duration wait) {
    return wait == null ? null : now.plus(wait);
  }

  Stored stored() {
    return new Stored(operation(), maySuspend, revertPending);
  }

  Operation operation() {
    return new Operation(
        first.id(),
        kind,
        state,
        first.pool(),
        first.backend(),
        initial,
        load,
        rate,
        first.startedAt(),
        deadline,
        atDeadline,
        revertAt,
        endedAt,
        first.author(),
        first.reason(),
        error);
  }

  boolean isRunning() {
    return state == State.RUNNING || state == State.SUSPENDED;
  }

  boolean isSuspended() {
    return state == State.SUSPENDED;
  }

  /** Whether anything is still to come of it. */
  boolean isOpen() {
    return isRunning() || revertPending;
  }

  boolean isRemoval() {
    return kind == Kind.REMOVE;
  }

  /** Whether the guards let it go on in spite of them. */
  boolean isForced() {
    return !maySuspend;
  }

  // ---------------------------------------------------------------- looks

  /** What there is at the begin. */
  void carries(Load now, boolean mayBeSuspended, Instant at) {
    initial = now;
    load = now;
    lookedAt = at;
    maySuspend = mayBeSuspended;
  }

  /**
   * What is seen now and what is to be done about it.
   *
   * @param now what the backend carries
   * @param danger why the pool needs the backend, for people; null: it does not
   */
  Step look(Load now, @Nullable String danger, Instant at) {
    boolean revert = revertPending && revertAt != null && !at.isBefore(revertAt);
    if (revert || !isRunning()) {
      return revert ? Step.REVERT : Step.NOTHING;
    }
    follow(now, at);
    if (state == State.SUSPENDED) {
      return lookSuspended(danger, at);
    }
    Step next = lookRunning(danger, at);
    if (next == Step.NOTHING) {
      error = null; // what could not be done is no longer wanted
    }
    return next;
  }

  private Step lookRunning(@Nullable String danger, Instant at) {
    if (danger != null && maySuspend) {
      return Step.SUSPEND;
    }
    if (total(load) == 0) {
      return Step.FINISH;
    }
    if (atDeadline == AtDeadline.CLOSE && isOver(at)) {
      return ++closes > MOST_CLOSES ? Step.FINISH : Step.CLOSE;
    }
    return Step.NOTHING;
  }

  private void follow(Load now, Instant at) {
    Instant before = lookedAt;
    double seconds = before == null ? 0 : Duration.between(before, at).toNanos() / 1e9;
    if (seconds > 0) {
      double current = Math.max(0, total(load) - total(now)) / seconds;
      double old = Math.max(0, rate);
      rate = old + (current - old) * (1 - Math.exp(-seconds / RATE_SECONDS));
    }
    lookedAt = at;
    load = now;
  }

  private static int total(Load load) {
    return load.requests() + load.tunnels();
  }

  private boolean isOver(Instant at) {
    return deadline != null && !at.isBefore(deadline);
  }

  private Step lookSuspended(@Nullable String danger, Instant at) {
    if (!maySuspend) {
      return Step.RESUME; // it was forced since
    }
    if (danger != null) {
      calmSince = null;
      return Step.NOTHING;
    }
    if (calmSince == null) {
      calmSince = at;
    }
    return at.isBefore(calmSince.plus(CALM)) ? Step.NOTHING : Step.RESUME;
  }

  /** Whether the deadline has passed since this was asked last, and the operation waits on. */
  boolean overruns(Instant at) {
    boolean overruns =
        state == State.RUNNING && !deadlineTold && atDeadline == AtDeadline.WAIT && isOver(at);
    deadlineTold |= overruns;
    return overruns;
  }

  // ---------------------------------------------------------------- changes

  /**
   * It is asked for again: deadline, revert and what happens then are the new ones. A drain becomes
   * a removal when that is wanted; a removal stays one.
   */
  void renew(Wanted wanted, boolean force, Instant at) {
    if (wanted.remove()) {
      kind = Kind.REMOVE;
    }
    deadline = after(at, wanted.deadline());
    atDeadline = wanted.atDeadline();
    revertAt = isRemoval() ? null : after(at, wanted.revertAfter());
    revertPending = revertAt != null;
    maySuspend &= !force;
    closes = 0;
    deadlineTold = false;
  }

  /** The backend takes requests again for a while. */
  void suspended(String why) {
    if (state == State.RUNNING) {
      state = State.SUSPENDED;
      error = why;
      rate = -1;
      calmSince = null;
    }
  }

  /** It goes on. */
  void resumed() {
    if (state == State.SUSPENDED) {
      state = State.RUNNING;
      error = null;
      closes = 0;
    }
  }

  /** What is to be done could not be done yet; it is tried again. */
  void hindered(String why) {
    error = why;
    calmSince = null;
  }

  /**
   * It has ended; nothing changes it any more but its revert.
   *
   * @param why null: as it was wanted
   */
  void end(State how, @Nullable String why, Instant at) {
    if (isRunning()) {
      state = how;
      error = why;
      endedAt = at;
      revertPending &= how == State.DONE;
      if (how == State.DONE) {
        rate = 0;
      }
    }
  }

  /** The backend is ready again, or will be by somebody else. */
  void reverted() {
    revertPending = false;
    if (state == State.DONE) {
      error = null; // it said why the backend was not ready yet
    }
  }

  /**
   * What somebody wants of the backend now may end the operation.
   *
   * @param wanted null: the backend is gone
   * @param by who and when, as {@code by alice in revision 7}
   * @return whether anything is another now
   */
  boolean intent(@Nullable AdminState wanted, String by, Instant at) {
    if (!isRunning()) {
      boolean dropped = revertPending && wanted != AdminState.DRAIN;
      if (dropped) {
        reverted();
      }
      return dropped;
    }
    if (wanted == null) {
      end(State.FAILED, "the backend was removed " + by, at);
      return true;
    }
    boolean readyIsMine = wanted == AdminState.READY && state == State.SUSPENDED;
    if (wanted != AdminState.DRAIN && !readyIsMine) {
      end(
          State.CANCELLED,
          "the backend was set to %s %s".formatted(DrainEdits.word(wanted), by),
          at);
      return true;
    }
    if (wanted == AdminState.DRAIN && state == State.SUSPENDED) {
      resumed();
      return true;
    }
    return false;
  }
}
