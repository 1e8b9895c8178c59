package io.sluice.control;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import io.sluice.control.Promises.Promise;
import io.sluice.control.Reconciler.Outcome;
import io.sluice.control.TrackedDrain.BackendKey;
import io.sluice.store.Change;
import io.sluice.store.OperationLog;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes calls for drains and removals: {@link DrainWatch} follows them and {@link OperationBook}
 * knows them. All on the control thread, except where a method says otherwise.
 *
 * <p>An operation is stored before its first revision is made. After a crash between the two it is
 * found running while its backend is ready, and ends as cancelled.
 */
final class DrainCoordinator implements Operations, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DrainCoordinator.class);
  private static final Duration LONGEST = Duration.ofDays(365);
  private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

  /** A call. */
  private record Call(
      BackendKey key, Wanted wanted, Change change, boolean force, ConfigChange.Check check) {}

  private final ControlThread control;
  private final Reconciler reconciler;
  private final DrainTargets targets;
  private final OperationBook book;
  private final DrainWatch watch;
  private final InstantSource clock;
  private final OperationIds ids = new OperationIds();
  private final Promises promises = new Promises();

  /** Whether another process has them, or is about to; written by whoever hands over. */
  private volatile boolean suspended;

  /** Those that were followed when they were given away; the control thread's only. */
  private List<TrackedDrain> givenAway = List.of();

  /** Those that are not in the book yet; the control thread's only. */
  private final Map<BackendKey, Promise<Operation>> starting = new HashMap<>();

  private DrainCoordinator(
      ControlThread control,
      Reconciler reconciler,
      DrainTargets targets,
      OperationJournal journal,
      InstantSource clock) {
    this.control = control;
    this.reconciler = reconciler;
    this.targets = targets;
    this.clock = clock;
    book = new OperationBook(reconciler, journal, clock);
    watch = new DrainWatch(control, reconciler, targets, book, clock);
  }

  /** One that knows no operation and takes no calls until {@link #resume}. */
  static DrainCoordinator suspended(
      ControlThread control,
      Reconciler reconciler,
      DrainTargets targets,
      OperationLog log,
      InstantSource clock) {
    DrainCoordinator made =
        new DrainCoordinator(control, reconciler, targets, new OperationJournal(log), clock);
    made.suspended = true;
    reconciler.onRevision(now -> made.book.intents());
    return made;
  }

  /**
   * Goes on with what is stored: what runs goes on. Blocks, and is not for the control thread.
   *
   * @throws io.sluice.store.StoreException when it cannot be read
   */
  void resume() {
    List<TrackedDrain> open = book.load();
    control.execute(() -> goOn(open));
    suspended = false;
  }

  /** Takes no more calls and follows nothing; {@link #settle} waits for what is under way. */
  void suspend() {
    suspended = true;
    control.execute(watch::suspend);
  }

  /**
   * After {@link #suspend}, and once changes are refused: waits until every call is answered and
   * stored.
   *
   * @return false when that takes longer
   */
  boolean settle(Duration most) {
    long end = System.nanoTime() + most.toNanos();
    while (promises.isBusy() || watch.isBusy()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    try {
      book.settled().get(most.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the journal of operations has failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    control.execute(
        () -> {
          givenAway = book.open();
          book.clear();
        });
    control.settle(most);
    return true;
  }

  /** Goes on after {@link #suspend} when {@link #settle} was in vain. */
  void carryOn() {
    control.execute(watch::begin);
    suspended = false;
  }

  /**
   * Another process goes on with them for good. What this one still carries for them, only this one
   * can close at their deadlines.
   */
  void retire() {
    control.execute(
        () -> {
          for (TrackedDrain each : givenAway) {
            Operation operation = each.progress.operation();
            Instant deadline = operation.deadline();
            if (each.progress.isRunning()
                && deadline != null
                && operation.atDeadline() == AtDeadline.CLOSE) {
              Duration left = Duration.between(clock.instant(), deadline);
              control.after(
                  left.isNegative() ? Duration.ZERO : left, () -> targets.cutOff(each.carriers));
            }
          }
        });
  }

  private void goOn(List<TrackedDrain> open) {
    givenAway = List.of();
    for (TrackedDrain each : open) {
      book.add(each);
      LOG.info("{} goes on", OperationBook.text(each.progress.operation()));
    }
    book.intents();
    book.trim();
    watch.begin();
  }

  // ---------------------------------------------------------------- for any thread

  @Override
  public List<Operation> list() {
    return book.list();
  }

  @Override
  public @Nullable Operation find(String id) {
    return book.find(id);
  }

  @Override
  public void onChange(Consumer<Operation> listener) {
    book.onChange(listener);
  }

  @Override
  public CompletableFuture<Operation> drain(
      String pool,
      String backend,
      Wanted wanted,
      Change change,
      boolean force,
      ConfigChange.Check check) {
    Promise<Operation> result = promises.open();
    List<Violation> violations = violations(wanted);
    if (suspended) {
      promises.fail(result, ChangeException.handedOver());
    } else if (violations.isEmpty()) {
      Call call = new Call(new BackendKey(pool, backend), wanted, change, force, check);
      control.execute(() -> begin(call, result));
    } else {
      promises.fail(result, ChangeException.invalid(violations));
    }
    return result;
  }

  private static List<Violation> violations(Wanted wanted) {
    List<Violation> violations = new ArrayList<>();
    check("/deadline", wanted.deadline(), violations);
    check("/revertAfter", wanted.revertAfter(), violations);
    if (wanted.remove() && wanted.revertAfter() != null) {
      violations.add(
          new Violation("/revertAfter", "a backend that is removed cannot become ready again"));
    }
    return violations;
  }

  private static void check(String pointer, @Nullable Duration given, List<Violation> violations) {
    if (given != null && (given.isNegative() || given.compareTo(LONGEST) > 0)) {
      violations.add(
          new Violation(pointer, "is " + given + "; it must be at least PT0S and at most P365D"));
    }
  }

  @Override
  public CompletableFuture<Outcome> adminState(
      String pool, String backend, AdminState state, Change change, boolean force) {
    if (state == AdminState.DRAIN) {
      throw new IllegalArgumentException("a drain is an operation, see drain");
    }
    Promise<Outcome> result = promises.open();
    if (suspended) {
      promises.fail(result, ChangeException.handedOver());
      return result;
    }
    BackendKey key = new BackendKey(pool, backend);
    ConfigChange wanted =
        new ConfigChange(
            now -> DrainEdits.adminState(now.snapshot(), pool, backend, state), change, force);
    watch.submit(
        wanted,
        (outcome, failure) -> {
          if (outcome == null) {
            promises.fail(result, failure);
            return;
          }
          for (TrackedDrain each : book.open()) {
            if (each.key.equals(key)) { // in case it was ready or in maintenance before
              book.end(
                  each,
                  State.CANCELLED,
                  "the backend was set to %s by %s"
                      .formatted(DrainEdits.word(state), name(change)));
            }
          }
          promises.complete(result, outcome);
        });
    return result;
  }

  @Override
  public CompletableFuture<@Nullable Operation> cancel(String id, Change change) {
    Promise<@Nullable Operation> result = promises.open();
    if (suspended) {
      promises.fail(result, ChangeException.handedOver());
    } else {
      control.execute(() -> cancel(id, change, result));
    }
    return result;
  }

  private static String name(Change change) {
    return change.actor().name();
  }

  // ---------------------------------------------------------------- begin

  private void begin(Call call, Promise<Operation> result) {
    TrackedDrain running = book.running(call.key);
    if (running != null) {
      renew(running, call, result);
      return;
    }
    Promise<Operation> other = starting.get(call.key);
    if (other != null) {
      other.whenComplete((done, failed) -> control.execute(() -> begin(call, result)));
      return;
    }
    starting.put(call.key, result);
    Instant now = clock.instant();
    DrainProgress progress =
        DrainProgress.begin(
            ids.next(now.toEpochMilli()),
            call.key.pool(),
            call.key.backend(),
            call.wanted,
            new DrainProgress.Origin(name(call.change), call.change.reason()),
            now);
    book.save(progress)
        .whenComplete(
            (saved, failure) ->
                control.execute(
                    () -> {
                      if (failure == null) {
                        drain(call, progress, result);
                      } else {
                        starting.remove(call.key);
                        promises.fail(result, ChangeException.unstored(failure));
                      }
                    }));
  }

  private void drain(Call call, DrainProgress progress, Promise<Operation> result) {
    BackendKey key = call.key;
    AdminState[] before = new AdminState[1];
    ConfigChange.Edit edit =
        now -> {
          call.check.look(now);
          BackendSpec found = key.in(now.snapshot());
          before[0] = found == null ? AdminState.MAINT : found.adminState();
          return DrainEdits.adminState(now.snapshot(), key.pool(), key.backend(), AdminState.DRAIN);
        };
    watch.submit(
        new ConfigChange(edit, asDrain(call.change), call.force),
        (outcome, failure) -> {
          starting.remove(key);
          if (outcome == null) {
            book.forget(progress.operation().id());
            promises.fail(result, failure);
          } else {
            begun(call, progress, before[0] == AdminState.READY, result);
          }
        });
  }

  private static Change asDrain(Change change) {
    return new Change(
        change.actor(), "drain", change.action(), change.reason(), change.requestId());
  }

  private void begun(
      Call call, DrainProgress progress, boolean wasReady, Promise<Operation> result) {
    for (TrackedDrain older : book.open()) {
      if (older.key.equals(call.key)) { // its revert would end this one
        older.progress.reverted();
        book.changed(older);
      }
    }
    TrackedDrain begun = new TrackedDrain(progress);
    Instant now = clock.instant();
    begun.see(reconciler.inForce().snapshot(), targets);
    // what was not ready takes no requests again by itself
    progress.carries(targets.load(begun.carriers), wasReady && !call.force, now);
    book.add(begun);
    LOG.info(
        "{} begins for {}{}: {}, deadline {}",
        OperationBook.text(progress.operation()),
        name(call.change),
        call.change.reason() == null ? "" : " (" + call.change.reason() + ")",
        progress.operation().initial(),
        progress.operation().deadline());
    book.changed(begun);
    book.intent(begun);
    watch.schedule();
    promises.complete(result, progress.operation());
  }

  /** Stored first: what the store refuses leaves the operation as it is. */
  private void renew(TrackedDrain running, Call call, Promise<Operation> result) {
    try {
      call.check.look(reconciler.inForce());
    } catch (ChangeException e) {
      promises.fail(result, e);
      return;
    }
    Instant at = clock.instant();
    DrainProgress wanted = DrainProgress.of(running.progress.stored());
    wanted.renew(call.wanted, call.force, at);
    book.save(wanted)
        .whenComplete(
            (saved, failure) ->
                control.execute(
                    () -> {
                      if (failure != null) {
                        promises.fail(result, ChangeException.unstored(failure));
                      } else if (running.progress.isRunning()) {
                        renewed(running, call, at, result);
                      } else {
                        begin(call, result); // it has ended meanwhile
                      }
                    }));
  }

  private void renewed(TrackedDrain running, Call call, Instant at, Promise<Operation> result) {
    running.progress.renew(call.wanted, call.force, at);
    Operation now = running.progress.operation();
    LOG.info(
        "{} has deadline {} from {}", OperationBook.text(now), now.deadline(), name(call.change));
    book.changed(running); // something else of it may have been stored meanwhile
    watch.schedule();
    promises.complete(result, now);
  }

  private void cancel(String id, Change change, Promise<@Nullable Operation> result) {
    TrackedDrain running = book.open(id);
    if (running == null || !running.progress.isRunning()) {
      promises.complete(result, book.find(id));
      return;
    }
    BackendKey key = running.key;
    running.busy++;
    watch.submit(
        new ConfigChange(
            now ->
                DrainEdits.adminState(now.snapshot(), key.pool(), key.backend(), AdminState.READY),
            asDrain(change),
            false),
        (outcome, failure) -> {
          running.busy--;
          if (outcome != null) {
            book.end(running, State.CANCELLED, null);
          }
          book.intent(running);
          if (running.progress.isRunning()) {
            promises.fail(result, failure);
          } else {
            promises.complete(result, book.find(id));
          }
        });
  }

  /** Begins no more looks; what runs goes on after the next start. Before the control thread's. */
  @Override
  public void close() {
    watch.close();
    promises.close();
    book.close();
  }
}
