package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.control.ChangeException;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A backend of a pool. */
record BackendResource(String pool, String id, Views views) implements Resource<BackendSpec> {

  @Override
  public String name() {
    return "backend " + Refusals.quoted(id) + " in pool " + Refusals.quoted(pool);
  }

  @Override
  public String path() {
    return "/pools/" + pool + "/backends/" + id;
  }

  @Override
  public @Nullable BackendSpec find(Snapshot snapshot) {
    return snapshot.backend(pool, id);
  }

  /** The member {@code pool} says where it is and can be sent back, but not changed. */
  @Override
  public BackendSpec read(Map<String, @Nullable Object> document) throws InvalidException {
    if (!document.containsKey("pool")) {
      return SnapshotDocument.backend(document);
    }
    if (!pool.equals(document.get("pool"))) {
      throw Refusals.readOnly("pool", "it differs from the path's; a backend stays in its pool");
    }
    Map<String, @Nullable Object> own = new LinkedHashMap<>(document);
    own.remove("pool");
    return SnapshotDocument.backend(own);
  }

  @Override
  public Map<String, Object> write(BackendSpec spec) {
    return SnapshotDocument.write(spec);
  }

  @Override
  public Object view(BackendSpec spec) {
    return views.backend(pool, spec);
  }

  @Override
  public Snapshot add(Snapshot snapshot, BackendSpec spec) throws ChangeException {
    return Edits.addBackend(snapshot, pool, spec);
  }

  /** The address can be one that another backend has. */
  @Override
  public Snapshot replace(Snapshot snapshot, BackendSpec spec) throws ChangeException {
    PoolSpec in = Objects.requireNonNull(snapshot.pool(pool));
    Snapshot now = snapshot.withPool(in.withBackend(spec));
    List<SnapshotDocument.Violation> wrong = SnapshotDocument.validate(now);
    if (!wrong.isEmpty()) {
      throw ChangeException.of(
          ChangeException.Kind.EXISTS, "backend-exists", wrong.getFirst().message());
    }
    return now;
  }

  @Override
  public Snapshot remove(Snapshot snapshot) {
    PoolSpec in = Objects.requireNonNull(snapshot.pool(pool));
    return snapshot.withPool(in.withoutBackend(id));
  }

  @Override
  public @Nullable Revision changedBy(SnapshotStore store) {
    return store.lastChangeOfPool(pool);
  }
}
