package io.sluice.testkit;

import io.sluice.config.Snapshot;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import io.sluice.store.StoreException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Revisions in memory, and a disk that is full or stands still when a test wants it so. */
public final class MemoryStore implements SnapshotStore {
  private final List<Stored> stored = new ArrayList<>();
  private StoreException.@Nullable Kind failure;
  private volatile @Nullable CountDownLatch gate;
  private final AtomicInteger held = new AtomicInteger();

  /** One whose first revision is this. */
  public MemoryStore(Snapshot first) {
    append(new Change(Actor.FILE, "bootstrap", "start", null, null), first, first);
  }

  /** Every append fails so from now on; null: none does. */
  public synchronized void fail(StoreException.@Nullable Kind kind) {
    failure = kind;
  }

  /** Every append waits for the latch from now on. */
  public void hold(CountDownLatch latch) {
    gate = latch;
  }

  /** Waits until an append waits for that latch. */
  public void awaitHeld() {
    Await.until(() -> held.get() > 0, "a change is being stored");
  }

  @Override
  public synchronized @Nullable Stored newest() {
    return stored.isEmpty() ? null : stored.getLast();
  }

  @Override
  public Stored append(Change change, Snapshot before, Snapshot after) {
    CountDownLatch closed = gate;
    if (closed != null) {
      held.incrementAndGet();
      Await.latch(closed, "the store goes on");
    }
    return add(change, after);
  }

  private synchronized Stored add(Change change, Snapshot after) {
    StoreException.Kind kind = failure;
    if (kind != null) {
      throw new StoreException(kind, "the store is broken on purpose", new IOException("broken"));
    }
    Stored next =
        new Stored(
            new Revision(
                stored.size() + 1,
                Instant.now(),
                change.actor().name(),
                change.source(),
                change.reason(),
                ""),
            after);
    stored.add(next);
    return next;
  }

  @Override
  public synchronized @Nullable Stored find(long number) {
    return stored.stream().filter(s -> s.revision().number() == number).findFirst().orElse(null);
  }

  @Override
  public synchronized List<Revision> list(long before, int limit) {
    return stored.reversed().stream()
        .map(Stored::revision)
        .filter(r -> r.number() < before)
        .limit(limit)
        .toList();
  }

  @Override
  public @Nullable Revision lastChangeOfPool(String id) {
    throw new UnsupportedOperationException("only the number of revisions is kept");
  }

  @Override
  public @Nullable Revision lastChangeOfRoute(String id) {
    throw new UnsupportedOperationException("only the number of revisions is kept");
  }
}
