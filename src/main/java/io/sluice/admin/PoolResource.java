package io.sluice.admin;

import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.control.ChangeException;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A pool with its backends. */
record PoolResource(String id, Views views) implements Resource<PoolSpec> {

  @Override
  public String name() {
    return "pool " + Refusals.quoted(id);
  }

  @Override
  public String path() {
    return "/pools/" + id;
  }

  @Override
  public @Nullable PoolSpec find(Snapshot snapshot) {
    return snapshot.pool(id);
  }

  @Override
  public PoolSpec read(Map<String, @Nullable Object> document) throws InvalidException {
    return SnapshotDocument.pool(document);
  }

  @Override
  public Map<String, Object> write(PoolSpec spec) {
    return SnapshotDocument.write(spec);
  }

  @Override
  public Object view(PoolSpec spec) {
    return views.pool(spec);
  }

  @Override
  public Snapshot add(Snapshot snapshot, PoolSpec spec) throws ChangeException {
    return Edits.addPool(snapshot, spec);
  }

  @Override
  public Snapshot replace(Snapshot snapshot, PoolSpec spec) {
    return snapshot.withPool(spec);
  }

  @Override
  public Snapshot remove(Snapshot snapshot) throws ChangeException {
    return Edits.removePool(snapshot, id);
  }

  @Override
  public @Nullable Revision changedBy(SnapshotStore store) {
    return store.lastChangeOfPool(id);
  }
}
