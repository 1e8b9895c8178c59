package io.sluice.control;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.control.ChangeException.Kind;
import io.sluice.control.DrainProgress.Step;
import io.sluice.control.Operation.State;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows what drains wait for: has {@link DrainProgress} decide, makes the revisions that it asks
 * for and closes what it wants closed. Looks some times a second while an operation runs, and else
 * not at all. Bound to the control thread.
 */
final class DrainWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DrainWatch.class);
  private static final Duration LOOK = Duration.ofMillis(200);

  /** While only reverts are waited for. */
  private static final Duration RARE_LOOK = Duration.ofSeconds(1);

  /** After a start checks need some time to say which backends are well. */
  private static final Duration FIRST_LOOK = Duration.ofSeconds(2);

  /** A change that could not be made is tried again. */
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private final ControlThread control;
  private final Reconciler reconciler;
  private final DrainTargets targets;
  private final OperationBook book;
  private final InstantSource clock;

  /** Changes whose results are still to come; written by all that make some. */
  private final AtomicInteger underWay = new AtomicInteger();

  // The control thread's only.
  private boolean looking;
  private boolean suspended;

  /** Written once, at the end: what is seen while everything ends means nothing. */
  private volatile boolean closed;

  DrainWatch(
      ControlThread control,
      Reconciler reconciler,
      DrainTargets targets,
      OperationBook book,
      InstantSource clock) {
    this.control = control;
    this.reconciler = reconciler;
    this.targets = targets;
    this.book = book;
    this.clock = clock;
  }

  /** Makes a change; one of outcome and failure comes, on the control thread. */
  void submit(
      ConfigChange change, BiConsumer<Reconciler.@Nullable Outcome, @Nullable Throwable> result) {
    underWay.getAndIncrement();
    reconciler
        .submit(change)
        .whenComplete(
            (outcome, failure) ->
                control.execute(
                    () -> {
                      try {
                        result.accept(outcome, failure);
                      } finally {
                        underWay.getAndDecrement();
                      }
                    }));
  }

  /** Whether the result of a change is still to come; any thread. */
  boolean isBusy() {
    return underWay.get() > 0;
  }

  /** Looks no more until {@link #begin}. */
  void suspend() {
    suspended = true;
  }

  /** Looks for the first time after a start, or again after {@link #suspend}. */
  void begin() {
    suspended = false;
    if (!looking && !book.open().isEmpty()) {
      looking = true;
      control.after(FIRST_LOOK, this::look);
    }
  }

  /** Looks soon if there is anything to look at. */
  void schedule() {
    if (looking || suspended || book.open().isEmpty()) {
      return;
    }
    looking = true;
    boolean running = book.open().stream().anyMatch(each -> each.progress.isRunning());
    control.after(running ? LOOK : RARE_LOOK, this::look);
  }

  private void look() {
    looking = false;
    if (closed || suspended) {
      return;
    }
    try {
      Instant now = clock.instant();
      for (TrackedDrain each : book.open()) {
        if (each.busy == 0 && !now.isBefore(each.notBefore)) {
          look(each, now);
        }
      }
    } finally {
      schedule();
    }
  }

  private void look(TrackedDrain each, Instant now) {
    DrainProgress progress = each.progress;
    Operation before = progress.operation();
    PoolSpec pool = each.see(reconciler.inForce().snapshot(), targets);
    String danger =
        pool == null || !progress.isRunning() ? null : targets.danger(pool, each.carriers);
    Step step = progress.look(targets.load(each.carriers), danger, now);
    if (progress.overruns(now)) {
      LOG.warn(
          "{} has passed its deadline and waits on: {}", OperationBook.text(before), before.load());
    }
    switch (step) {
      case NOTHING -> {
        Operation after = progress.operation();
        if (!after.load().equals(before.load()) || !Objects.equals(after.error(), before.error())) {
          book.tell(after);
        }
      }
      case CLOSE -> {
        LOG.warn(
            "{} is at its deadline: {} are closed",
            OperationBook.text(before),
            progress.operation().load());
        targets.cutOff(each.carriers);
        book.tell(progress.operation());
      }
      case FINISH -> finish(each);
      case SUSPEND -> {
        if (danger != null && book.isQuiet(each.key.pool())) {
          suspend(each, danger);
        }
      }
      case RESUME -> {
        if (book.isQuiet(each.key.pool())) {
          resume(each);
        }
      }
      case REVERT -> revert(each);
    }
  }

  private void finish(TrackedDrain each) {
    if (!each.progress.isRemoval()) {
      book.end(each, State.DONE, null);
      return;
    }
    TrackedDrain.BackendKey key = each.key;
    change(
        each,
        Step.FINISH,
        "it is drained",
        now -> DrainEdits.remove(now.snapshot(), key.pool(), key.backend()),
        () -> book.end(each, State.DONE, null));
  }

  private void suspend(TrackedDrain each, String danger) {
    change(
        each,
        Step.SUSPEND,
        "suspended: " + danger,
        setting(each.key, AdminState.DRAIN, AdminState.READY),
        () -> {
          each.progress.suspended(danger);
          LOG.warn("{} is suspended: {}", OperationBook.text(each.progress.operation()), danger);
          book.changed(each);
        });
  }

  private void resume(TrackedDrain each) {
    change(
        each,
        Step.RESUME,
        "the others are well again",
        setting(each.key, AdminState.READY, AdminState.DRAIN),
        () -> {
          each.progress.resumed();
          LOG.info(
              "{} goes on: the others are well again",
              OperationBook.text(each.progress.operation()));
          book.changed(each);
        });
  }

  private void revert(TrackedDrain each) {
    AdminState now = each.progress.isSuspended() ? AdminState.READY : AdminState.DRAIN;
    change(
        each,
        Step.REVERT,
        "revertAfter has passed",
        setting(each.key, now, AdminState.READY),
        () -> {
          LOG.info("{}: the backend is ready again", OperationBook.text(each.progress.operation()));
          each.progress.reverted();
          book.end(each, State.CANCELLED, "revertAfter has passed before it was empty");
          book.changed(each);
        });
  }

  private static ConfigChange.Edit setting(
      TrackedDrain.BackendKey key, AdminState expected, AdminState state) {
    return now -> DrainEdits.adminState(now.snapshot(), key.pool(), key.backend(), expected, state);
  }

  /** Makes a change of Sluice's own. */
  private void change(
      TrackedDrain each, Step step, String why, ConfigChange.Edit edit, Runnable made) {
    Operation operation = each.progress.operation();
    Change change = new Change(Actor.SYSTEM, "drain", "operation " + operation.id(), why, null);
    each.busy++;
    submit(
        new ConfigChange(edit, change, each.progress.isForced()),
        (outcome, failure) -> {
          each.busy--;
          if (outcome != null) {
            made.run();
          }
          book.intent(each);
          if (outcome == null && each.progress.isOpen()) {
            refused(each, step, failure);
          }
          schedule();
        });
  }

  /** A change of Sluice's own cannot be made although it is still wanted. */
  private void refused(TrackedDrain each, Step step, @Nullable Throwable failure) {
    String why = failure == null ? "" : String.valueOf(failure.getMessage());
    Kind kind = failure instanceof ChangeException change ? change.kind() : null;
    if (kind == Kind.STOPPING || kind == Kind.HANDED_OVER) {
      return; // it goes on after the next start, or in the next process
    }
    if (step == Step.FINISH && kind != Kind.STORE) {
      book.end(each, State.FAILED, why);
      return;
    }
    each.notBefore = clock.instant().plus(AGAIN);
    LOG.warn(
        "{}: {}; tried again every {}", OperationBook.text(each.progress.operation()), why, AGAIN);
    each.progress.hindered(why);
    book.tell(each.progress.operation()); // what cannot be stored is not worth storing
  }

  @Override
  public void close() {
    closed = true;
  }
}
