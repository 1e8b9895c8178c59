package io.sluice.control;

import io.sluice.config.BackendSpec;
import io.sluice.control.Operation.State;
import io.sluice.store.Revision;
import java.time.InstantSource;
import java.util.ArrayList;
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
 * All operations that are known: those of which something is still to come and the last that have
 * ended. Whatever becomes of one is stored, logged and told here. Bound to the control thread,
 * except where a method says otherwise.
 */
final class OperationBook implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperationBook.class);
  private static final int MOST_ENDED = 100;

  private final Reconciler reconciler;
  private final OperationJournal journal;
  private final InstantSource clock;
  private final List<Consumer<Operation>> listeners = new CopyOnWriteArrayList<>();

  /** All that are known, by id and so by age; written by the control thread, read by anybody. */
  private final NavigableMap<String, Operation> published = new ConcurrentSkipListMap<>();

  /** The control thread's only. */
  private final Map<String, TrackedDrain> tracked = new LinkedHashMap<>();

  OperationBook(Reconciler reconciler, OperationJournal journal, InstantSource clock) {
    this.reconciler = reconciler;
    this.journal = journal;
    this.clock = clock;
  }

  /**
   * Reads what is stored; those that go on. Blocks; only while the book is empty, because the
   * control thread does not know it yet or has cleared it.
   */
  List<TrackedDrain> load() {
    List<TrackedDrain> open = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (DrainProgress.Stored stored : journal.load()) {
      DrainProgress progress = DrainProgress.of(stored);
      published.put(stored.operation().id(), stored.operation());
      ids.add(stored.operation().id());
      if (progress.isOpen()) {
        open.add(new TrackedDrain(progress));
      }
    }
    published.keySet().retainAll(ids);
    return open;
  }

  /** Follows none of them any more; whoever asks still sees how they were. */
  void clear() {
    tracked.clear();
  }

  /** Completes when the store has all that has become of them so far; any thread. */
  CompletableFuture<Void> settled() {
    return journal.settled();
  }

  /** Newest first; any thread. */
  List<Operation> list() {
    return List.copyOf(published.descendingMap().values());
  }

  /** Null: unknown; any thread. */
  @Nullable Operation find(String id) {
    return published.get(id);
  }

  /** Any thread. */
  void onChange(Consumer<Operation> listener) {
    listeners.add(listener);
  }

  /** Stores one without telling anybody. */
  CompletableFuture<Void> save(DrainProgress progress) {
    return journal.save(progress.stored());
  }

  @Nullable TrackedDrain running(TrackedDrain.BackendKey key) {
    for (TrackedDrain each : tracked.values()) {
      if (each.key.equals(key) && each.progress.isRunning()) {
        return each;
      }
    }
    return null;
  }

  /** Those of which something is still to come. */
  List<TrackedDrain> open() {
    return List.copyOf(tracked.values());
  }

  /** One of these; null: it has ended, or there is none. */
  @Nullable TrackedDrain open(String id) {
    return tracked.get(id);
  }

  /** One after another: each change may be what the next operation of the pool needs. */
  boolean isQuiet(String pool) {
    return tracked.values().stream()
        .noneMatch(each -> each.key.pool().equals(pool) && each.busy > 0);
  }

  /** Follows one from now on. */
  void add(TrackedDrain begun) {
    tracked.put(begun.progress.operation().id(), begun);
  }

  /** On each revision: somebody may want something else of a backend by now. */
  void intents() {
    for (TrackedDrain each : List.copyOf(tracked.values())) {
      if (each.busy == 0) {
        intent(each);
      }
    }
  }

  void intent(TrackedDrain each) {
    if (each.busy > 0 || !each.progress.isOpen()) {
      return;
    }
    InForce now = reconciler.inForce();
    BackendSpec backend = each.key.in(now.snapshot());
    Revision revision = now.revision();
    String by = "by %s, as of revision %d".formatted(revision.author(), revision.number());
    if (each.progress.intent(backend == null ? null : backend.adminState(), by, clock.instant())) {
      Operation operation = each.progress.operation();
      LOG.info("{} is {}: {}", text(operation), operation.state(), operation.error());
      changed(each);
    }
  }

  void end(TrackedDrain each, State how, @Nullable String why) {
    if (each.progress.isRunning()) {
      each.progress.end(how, why, clock.instant());
      LOG.info("{} is {}{}", text(each.progress.operation()), how, why == null ? "" : ": " + why);
      changed(each);
    }
  }

  /** Stores and tells what has become of an operation. */
  void changed(TrackedDrain each) {
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

  void tell(Operation operation) {
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
  void trim() {
    int surplus = published.size() - tracked.size() - MOST_ENDED;
    for (String id : List.copyOf(published.keySet())) {
      if (surplus > 0 && !tracked.containsKey(id)) {
        published.remove(id);
        forget(id);
        surplus--;
      }
    }
  }

  void forget(String id) {
    journal
        .remove(id)
        .whenComplete(
            (removed, failure) -> {
              if (failure != null) {
                LOG.warn("operation {} cannot be removed from the store", id, failure);
              }
            });
  }

  static String text(Operation operation) {
    return "%s of %s/%s (%s)"
        .formatted(
            operation.kind() == Operation.Kind.REMOVE ? "removal" : "drain",
            operation.pool(),
            operation.backend(),
            operation.id());
  }

  @Override
  public void close() {
    journal.close();
  }
}
