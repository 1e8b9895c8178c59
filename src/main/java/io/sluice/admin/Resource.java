package io.sluice.admin;

import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.control.ChangeException;
import io.sluice.store.Revision;
import io.sluice.store.SnapshotStore;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One resource as the calls that read, replace, patch and remove it need it, so that each of them
 * is written once for all of them.
 *
 * @param <T> its record
 */
interface Resource<T> {

  /** What it is for people, with its id: {@code pool default}. */
  String name();

  String id();

  /** Its path below {@code /api/v1}. */
  String path();

  /** It in a snapshot; null: it is not there. */
  @Nullable T find(Snapshot snapshot);

  /** Its record from a document without read-only members. */
  T read(Map<String, @Nullable Object> document) throws InvalidException;

  /** Its document: what can be changed. */
  Map<String, Object> write(T spec);

  /** What is answered: the document and its status. */
  Object view(T spec);

  Snapshot add(Snapshot snapshot, T spec) throws ChangeException;

  /** A snapshot in which it is this; it is there before. */
  Snapshot replace(Snapshot snapshot, T spec) throws ChangeException;

  /** A snapshot without it; it is there before. */
  Snapshot remove(Snapshot snapshot) throws ChangeException;

  /** Who changed it last; null: unknown. */
  @Nullable Revision changedBy(SnapshotStore store);
}
