package io.sluice.admin;

import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.ChangeException;
import io.sluice.control.ConfigChange;
import io.sluice.control.ImpactPreview;
import io.sluice.control.InForce;
import io.sluice.control.Reconciler;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore.Stored;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Changes that are checked and stored in memory, one after the other, and reach no traffic. */
final class MemoryReconciler implements Reconciler {
  private static final ImpactPreview NONE = new ImpactPreview(List.of(), List.of());

  private final MemorySnapshots store;
  private final List<Consumer<InForce>> listeners = new CopyOnWriteArrayList<>();

  /** What every further change is refused with; null: it is made. Set by the test. */
  volatile @Nullable ChangeException refusal;

  /** The guard that every further change without force violates; null: none. Set by the test. */
  volatile ImpactPreview.@Nullable Guard guard;

  private volatile InForce now;

  MemoryReconciler(MemorySnapshots store) {
    this.store = store;
    Stored newest = store.newest();
    now = new InForce(newest.revision(), newest.snapshot());
  }

  @Override
  public InForce inForce() {
    return now;
  }

  @Override
  public synchronized CompletableFuture<Outcome> submit(ConfigChange change) {
    try {
      Snapshot wanted = wanted(change);
      if (wanted.equals(now.snapshot())) {
        return CompletableFuture.completedFuture(new Outcome(now, false, NONE));
      }
      Stored stored = store.append(change.change(), now.snapshot(), wanted);
      Revision revision = stored.revision();
      now = new InForce(revision, wanted);
      listeners.forEach(listener -> listener.accept(now));
      return CompletableFuture.completedFuture(new Outcome(now, true, NONE));
    } catch (ChangeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Snapshot wanted(ConfigChange change) throws ChangeException {
    ChangeException refused = refusal;
    if (refused != null) {
      throw refused;
    }
    Snapshot wanted = change.edit().apply(now);
    List<SnapshotDocument.Violation> violations = SnapshotDocument.validate(wanted);
    if (!violations.isEmpty()) {
      throw ChangeException.invalid(violations);
    }
    ImpactPreview.Guard violated = guard;
    if (violated != null && !change.force()) {
      throw ChangeException.guarded(List.of(violated));
    }
    return wanted;
  }

  @Override
  public synchronized CompletableFuture<ImpactPreview> preview(ConfigChange change) {
    try {
      wanted(change);
      return CompletableFuture.completedFuture(NONE);
    } catch (ChangeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void onRevision(Consumer<InForce> listener) {
    listeners.add(listener);
  }

  /** A revision that changes nothing, for those who listen. */
  synchronized void announce(String reason) {
    Revision last = now.revision();
    Revision next =
        new Revision(last.number() + 1, last.at(), last.author(), last.source(), reason, "again");
    now = new InForce(next, now.snapshot());
    listeners.forEach(listener -> listener.accept(now));
  }
}
