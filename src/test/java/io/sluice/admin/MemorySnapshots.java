package io.sluice.admin;

import io.sluice.config.Snapshot;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Revisions of a test, in memory. */
final class MemorySnapshots implements SnapshotStore {
  private final List<Stored> all = new ArrayList<>();

  MemorySnapshots(Snapshot first) {
    append(new Change(Actor.FILE, "bootstrap", "start", null, null), first, first);
  }

  @Override
  public synchronized Stored newest() {
    return all.getLast();
  }

  @Override
  public synchronized Stored append(Change change, Snapshot before, Snapshot after) {
    Revision revision =
        new Revision(
            all.size() + 1L,
            Instant.now(),
            change.actor().name(),
            change.source(),
            change.reason(),
            change.action());
    Stored stored = new Stored(revision, after);
    all.add(stored);
    return stored;
  }

  @Override
  public synchronized @Nullable Stored find(long number) {
    return number > 0 && number <= all.size() ? all.get((int) number - 1) : null;
  }

  @Override
  public synchronized List<Revision> list(long before, int limit) {
    return all.reversed().stream()
        .map(Stored::revision)
        .filter(revision -> revision.number() < before)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized Revision lastChangeOfPool(String id) {
    return all.getLast().revision();
  }

  @Override
  public synchronized Revision lastChangeOfRoute(String id) {
    return all.getLast().revision();
  }
}
