package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.control.ChangeException.Kind;
import io.sluice.control.DrainProgress.Step;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import io.sluice.control.Promises.Promise;
import io.sluice.control.Reconciler.Outcome;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.Revision;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries drains and removals out: has {@link DrainProgress} decide, makes the revisions that it
 * asks for, closes what it wants closed, and tells of it. All on the control thread, except where a
 * method says otherwise; it looks some times a second while an operation runs, and else not at all.
 *
 * <p>An operation is stored before its first revision is made. After a crash between the two it is
 * found running while its backend is ready, and ends as cancelled.
 */
final class DrainCoordinator implements Operations, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DrainCoordinator.class);
  private static final Duration LOOK = Duration.ofMillis(200);

  /** While only reverts are waited for. */
  private static final Duration RARE_LOOK = Duration.ofSeconds(1);

  /** After a start checks need some time to say which backends are well. */
  private static final Duration FIRST_LOOK = Duration.ofSeconds(2);

  /** A change that could not be made is tried again. */
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private static final Duration LONGEST = Duration.ofDays(365);
  private static final int MOST_ENDED = 100;

  /** A backend as it is wanted. */
  private record Key(String pool, String backend) {}

  /** A call. */
  private record Call(Key key, Wanted wanted, Change change, boolean force) {}

  /** An operation of which something is still to come. */
  private static final class Tracked {
    final DrainProgress progress;
    final Key key;

    /** Whatever has carried requests for it since it began, also what names stood for before. */
    final Set<Backend> carriers = new HashSet<>();

    /** Changes of its own that are on their way. */
    int busy;

    Instant notBefore = Instant.MIN;

    Tracked(DrainProgress progress) {
      this.progress = progress;
      Operation operation = progress.operation();
      key = new Key(operation.pool(), operation.backend());
    }
  }

  private final ControlThread control;
  private final Reconciler reconciler;
  private final DrainTargets targets;
  private final OperationJournal journal;
  private final InstantSource clock;
  private final OperationIds ids = new OperationIds();
  private final Promises promises = new Promises();
  private final List<Consumer<Operation>> listeners = new CopyOnWriteArrayList<>();

  /** All that are known, by id and so by age; written by the control thread, read by anybody. */
  private final NavigableMap<String, Operation> published = new ConcurrentSkipListMap<>();

  /** Written once, at the end: what is seen while everything ends means nothing. */
  private volatile boolean closed;

  // The rest is the control thread's only.
  private final Map<String, Tracked> tracked = new LinkedHashMap<>();
  private final Map<Key, Promise<Operation>> starting = new HashMap<>();
  private boolean looking;

  private DrainCoordinator(
      ControlThread control,
      Reconciler reconciler,
      DrainTargets targets,
      OperationJournal journal,
      InstantSource clock) {
    this.control = control;
    this.reconciler = reconciler;
    this.targets = targets;
    this.journal = journal;
    this.clock = clock;
  }

  /**
   * Begins with what is stored: what runs goes on. Blocks, and is not for the control thread.
   *
   * @throws io.sluice.store.StoreException when it cannot be read
   */
  static DrainCoordinator start(
      ControlThread control,
      Reconciler reconciler,
      DrainTargets targets,
      OperationJournal journal,
      InstantSource clock) {
    DrainCoordinator made = new DrainCoordinator(control, reconciler, targets, journal, clock);
    List<Tracked> open = new ArrayList<>();
    for (DrainProgress.Stored stored : journal.load()) {
      DrainProgress progress = DrainProgress.of(stored);
      made.published.put(stored.operation().id(), stored.operation());
      if (progress.isOpen()) {
        open.add(new Tracked(progress));
      }
    }
    reconciler.onRevision(now -> made.intents());
    control.execute(() -> made.goOn(open));
    return made;
  }

  private void goOn(List<Tracked> open) {
    for (Tracked each : open) {
      tracked.put(each.progress.operation().id(), each);
      LOG.info("{} goes on after the start", text(each.progress.operation()));
    }
    intents();
    trim();
    if (!tracked.isEmpty()) {
      looking = true;
      control.after(FIRST_LOOK, this::look);
    }
  }

  // ---------------------------------------------------------------- for any thread

  @Override
  public List<Operation> list() {
    return List.copyOf(published.descendingMap().values());
  }

  @Override
  public @Nullable Operation find(String id) {
    return published.get(id);
  }

  @Override
  public void onChange(Consumer<Operation> listener) {
    listeners.add(listener);
  }

  @Override
  public CompletableFuture<Operation> drain(
      String pool, String backend, Wanted wanted, Change change, boolean force) {
    Promise<Operation> result = promises.open();
    List<Violation> violations = violations(wanted);
    if (violations.isEmpty()) {
      Call call = new Call(new Key(pool, backend), wanted, change, force);
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
    Key key = new Key(pool, backend);
    ConfigChange wanted =
        new ConfigChange(
            now -> DrainEdits.adminState(now.snapshot(), pool, backend, state), change, force);
    submit(
        wanted,
        (outcome, failure) -> {
          if (outcome == null) {
            promises.fail(result, failure);
            return;
          }
          for (Tracked each : List.copyOf(tracked.values())) {
            if (each.key.equals(key)) { // in case it was ready or in maintenance before
              end(
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
    control.execute(() -> cancel(id, change, result));
    return result;
  }

  private static String name(Change change) {
    return change.actor().name();
  }

  private interface Result {
    void is(@Nullable Outcome outcome, Throwable failure);
  }

  /** Makes a change; the result comes on the control thread. */
  private void submit(ConfigChange change, Result result) {
    reconciler
        .submit(change)
        .whenComplete(
            (outcome, failure) ->
                control.execute(
                    () ->
                        result.is(
                            outcome,
                            failure == null ? new IllegalStateException("none") : failure)));
  }

  // ---------------------------------------------------------------- begin

  private void begin(Call call, Promise<Operation> result) {
    Tracked running = running(call.key);
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
            call.key.pool,
            call.key.backend,
            call.wanted,
            new DrainProgress.Origin(name(call.change), call.change.reason()),
            now);
    journal
        .save(progress.stored())
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

  private @Nullable Tracked running(Key key) {
    for (Tracked each : tracked.values()) {
      if (each.key.equals(key) && each.progress.isRunning()) {
        return each;
      }
    }
    return null;
  }

  private void drain(Call call, DrainProgress progress, Promise<Operation> result) {
    Key key = call.key;
    AdminState[] before = new AdminState[1];
    ConfigChange.Edit edit =
        now -> {
          BackendSpec found = DrainEdits.backend(now.snapshot(), key.pool, key.backend);
          before[0] = found == null ? AdminState.MAINT : found.adminState();
          return DrainEdits.adminState(now.snapshot(), key.pool, key.backend, AdminState.DRAIN);
        };
    submit(
        new ConfigChange(edit, asDrain(call.change), call.force),
        (outcome, failure) -> {
          starting.remove(key);
          if (outcome == null) {
            forget(progress.operation().id());
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
    for (Tracked older : List.copyOf(tracked.values())) {
      if (older.key.equals(call.key)) { // its revert would end this one
        older.progress.reverted();
        changed(older);
      }
    }
    Tracked begun = new Tracked(progress);
    Instant now = clock.instant();
    see(begun);
    // what was not ready takes no requests again by itself
    progress.carries(DrainTargets.load(begun.carriers), wasReady && !call.force, now);
    tracked.put(progress.operation().id(), begun);
    LOG.info(
        "{} begins for {}{}: {}, deadline {}",
        text(progress.operation()),
        name(call.change),
        call.change.reason() == null ? "" : " (" + call.change.reason() + ")",
        progress.operation().initial(),
        progress.operation().deadline());
    changed(begun);
    intent(begun);
    schedule();
    promises.complete(result, progress.operation());
  }

  private void renew(Tracked running, Call call, Promise<Operation> result) {
    running.progress.renew(call.wanted, call.force, clock.instant());
    Operation now = running.progress.operation();
    LOG.info("{} has deadline {} from {}", text(now), now.deadline(), name(call.change));
    tell(now);
    journal
        .save(running.progress.stored())
        .whenComplete(
            (saved, failure) -> {
              if (failure == null) {
                promises.complete(result, now);
              } else {
                promises.fail(result, ChangeException.unstored(failure));
              }
            });
    schedule();
  }

  private void cancel(String id, Change change, Promise<@Nullable Operation> result) {
    Tracked running = tracked.get(id);
    if (running == null || !running.progress.isRunning()) {
      promises.complete(result, published.get(id));
      return;
    }
    Key key = running.key;
    running.busy++;
    submit(
        new ConfigChange(
            now -> DrainEdits.adminState(now.snapshot(), key.pool, key.backend, AdminState.READY),
            asDrain(change),
            false),
        (outcome, failure) -> {
          running.busy--;
          if (outcome != null) {
            end(running, State.CANCELLED, null);
          }
          intent(running);
          if (running.progress.isRunning()) {
            promises.fail(result, failure);
          } else {
            promises.complete(result, published.get(id));
          }
        });
  }

  // ---------------------------------------------------------------- looks

  private void schedule() {
    if (looking || tracked.isEmpty()) {
      return;
    }
    looking = true;
    boolean running = tracked.values().stream().anyMatch(each -> each.progress.isRunning());
    control.after(running ? LOOK : RARE_LOOK, this::look);
  }

  private void look() {
    looking = false;
    if (closed) {
      return;
    }
    try {
      Instant now = clock.instant();
      for (Tracked each : List.copyOf(tracked.values())) {
        if (each.busy == 0 && !now.isBefore(each.notBefore)) {
          look(each, now);
        }
      }
    } finally {
      schedule();
    }
  }

  private void look(Tracked each, Instant now) {
    DrainProgress progress = each.progress;
    Operation before = progress.operation();
    PoolSpec pool = see(each);
    String danger =
        pool == null || !progress.isRunning() ? null : targets.danger(pool, each.carriers);
    Step step = progress.look(DrainTargets.load(each.carriers), danger, now);
    if (progress.overruns(now)) {
      LOG.warn("{} has passed its deadline and waits on: {}", text(before), before.load());
    }
    switch (step) {
      case NOTHING -> {
        if (!progress.operation().load().equals(before.load())) {
          tell(progress.operation());
        }
      }
      case CLOSE -> {
        LOG.warn("{} is at its deadline: {} are closed", text(before), progress.operation().load());
        targets.cutOff(each.carriers);
        tell(progress.operation());
      }
      case FINISH -> finish(each);
      case SUSPEND -> {
        if (danger != null && isQuiet(each.key.pool)) {
          suspend(each, danger);
        }
      }
      case RESUME -> {
        if (isQuiet(each.key.pool)) {
          resume(each);
        }
      }
      case REVERT -> revert(each);
    }
  }

  /** Notes what the backend stands for now; its pool, null: it is gone. */
  private @Nullable PoolSpec see(Tracked each) {
    Snapshot now = reconciler.inForce().snapshot();
    PoolSpec pool = DrainEdits.pool(now, each.key.pool);
    BackendSpec backend = DrainEdits.backend(now, each.key.pool, each.key.backend);
    if (pool != null && backend != null) {
      each.carriers.addAll(targets.of(pool, backend));
    }
    return pool;
  }

  /** One after another: each change may be what the next operation of the pool needs. */
  private boolean isQuiet(String pool) {
    return tracked.values().stream().noneMatch(each -> each.key.pool.equals(pool) && each.busy > 0);
  }

  private void finish(Tracked each) {
    if (!each.progress.isRemoval()) {
      end(each, State.DONE, null);
      return;
    }
    Key key = each.key;
    change(
        each,
        "it is drained",
        now -> DrainEdits.remove(now.snapshot(), key.pool, key.backend),
        () -> end(each, State.DONE, null));
  }

  private void suspend(Tracked each, String danger) {
    change(
        each,
        "suspended: " + danger,
        setting(each.key, AdminState.DRAIN, AdminState.READY),
        () -> {
          each.progress.suspended(danger);
          LOG.warn("{} is suspended: {}", text(each.progress.operation()), danger);
          changed(each);
        });
  }

  private void resume(Tracked each) {
    change(
        each,
        "the others are well again",
        setting(each.key, AdminState.READY, AdminState.DRAIN),
        () -> {
          each.progress.resumed();
          LOG.info("{} goes on: the others are well again", text(each.progress.operation()));
          changed(each);
        });
  }

  private void revert(Tracked each) {
    change(
        each,
        "revertAfter has passed",
        setting(each.key, AdminState.DRAIN, AdminState.READY),
        () -> {
          LOG.info("{}: the backend is ready again", text(each.progress.operation()));
          each.progress.reverted();
          end(each, State.CANCELLED, "revertAfter has passed before it was empty");
          changed(each);
        });
  }

  private static ConfigChange.Edit setting(Key key, AdminState expected, AdminState state) {
    return now -> DrainEdits.adminState(now.snapshot(), key.pool, key.backend, expected, state);
  }

  /** Makes a change of Sluice's own. */
  private void change(Tracked each, String why, ConfigChange.Edit edit, Runnable made) {
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
          intent(each);
          if (outcome == null && each.progress.isOpen()) {
            refused(each, failure);
          }
          schedule();
        });
  }

  /** A change of Sluice's own cannot be made although it is still wanted. */
  private void refused(Tracked each, Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    if (failure instanceof ChangeException change && change.kind() == Kind.STOPPING) {
      return; // it goes on after the next start
    }
    if (each.progress.isRemoval() && !each.progress.isSuspended()) {
      end(each, State.FAILED, why);
      return;
    }
    each.notBefore = clock.instant().plus(AGAIN);
    LOG.warn("{}: {}; tried again every {}", text(each.progress.operation()), why, AGAIN);
    if (each.progress.isSuspended()) {
      each.progress.notResumed(why);
      changed(each);
    }
  }

  // ---------------------------------------------------------------- ends

  /** On each revision: somebody may want something else of a backend by now. */
  private void intents() {
    for (Tracked each : List.copyOf(tracked.values())) {
      if (each.busy == 0) {
        intent(each);
      }
    }
  }

  private void intent(Tracked each) {
    if (each.busy > 0 || !each.progress.isOpen()) {
      return;
    }
    InForce now = reconciler.inForce();
    BackendSpec backend = DrainEdits.backend(now.snapshot(), each.key.pool, each.key.backend);
    Revision revision = now.revision();
    String by = "by %s, as of revision %d".formatted(revision.author(), revision.number());
    if (each.progress.intent(backend == null ? null : backend.adminState(), by, clock.instant())) {
      Operation operation = each.progress.operation();
      LOG.info("{} is {}: {}", text(operation), operation.state(), operation.error());
      changed(each);
    }
  }

  private void end(Tracked each, State how, @Nullable String why) {
    if (each.progress.isRunning()) {
      each.progress.end(how, why, clock.instant());
      LOG.info("{} is {}{}", text(each.progress.operation()), how, why == null ? "" : ": " + why);
      changed(each);
    }
  }

  /** Stores and tells what has become of an operation. */
  private void changed(Tracked each) {
    Operation operation = each.progress.operation();
    tell(operation);
    journal
        .save(each.progress.stored())
        .whenComplete(
            (saved, failure) -> {
              if (failure != null) {
                LOG.error(
                    "{} cannot be stored; after a restart it would be as it was before",
                    text(operation),
                    failure);
              }
            });
    if (!each.progress.isOpen()) {
      tracked.remove(operation.id());
      trim();
    }
  }

  private void tell(Operation operation) {
    published.put(operation.id(), operation);
    for (Consumer<Operation> listener : listeners) {
      try {
        listener.accept(operation);
      } catch (RuntimeException e) {
        LOG.error("a listener fails on {}", text(operation), e);
      }
    }
  }

  /** Forgets the oldest of those that have ended when there are too many. */
  private void trim() {
    int surplus = published.size() - tracked.size() - MOST_ENDED;
    for (String id : List.copyOf(published.keySet())) {
      if (surplus > 0 && !tracked.containsKey(id)) {
        published.remove(id);
        forget(id);
        surplus--;
      }
    }
  }

  private void forget(String id) {
    journal
        .remove(id)
        .whenComplete(
            (removed, failure) -> {
              if (failure != null) {
                LOG.warn("operation {} cannot be removed from the store", id, failure);
              }
            });
  }

  private static String text(Operation operation) {
    return "%s of %s/%s (%s)"
        .formatted(
            operation.kind() == Operation.Kind.REMOVE ? "removal" : "drain",
            operation.pool(),
            operation.backend(),
            operation.id());
  }

  /** Begins no more looks; what runs goes on after the next start. Before the control thread's. */
  @Override
  public void close() {
    closed = true;
    promises.close();
    journal.close();
  }
}
