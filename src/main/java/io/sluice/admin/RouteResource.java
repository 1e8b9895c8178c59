package io.sluice.admin;

import io.sluice.config.RouteSpec;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.control.ChangeException;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A route. */
record RouteResource(String id, Views views) implements Resource<RouteSpec> {

  @Override
  public String name() {
    return "route " + Refusals.quoted(id);
  }

  @Override
  public String path() {
    return "/routes/" + id;
  }

  @Override
  public @Nullable RouteSpec find(Snapshot snapshot) {
    return snapshot.route(id);
  }

  @Override
  public RouteSpec read(Map<String, @Nullable Object> document) throws InvalidException {
    return SnapshotDocument.route(document);
  }

  @Override
  public Map<String, Object> write(RouteSpec spec) {
    return SnapshotDocument.write(spec);
  }

  @Override
  public Object view(RouteSpec spec) {
    return views.route(spec);
  }

  @Override
  public Snapshot add(Snapshot snapshot, RouteSpec spec) throws ChangeException {
    return Edits.addRoute(snapshot, spec);
  }

  @Override
  public Snapshot replace(Snapshot snapshot, RouteSpec spec) {
    return Edits.replaceRoute(snapshot, spec);
  }

  @Override
  public Snapshot remove(Snapshot snapshot) {
    return Edits.removeRoute(snapshot, id);
  }

  @Override
  public @Nullable Revision changedBy(SnapshotStore store) {
    return store.lastChangeOfRoute(id);
  }
}
