package io.sluice.store;

import io.sluice.config.Snapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where revisions are kept. Every call blocks; every failure is a {@link StoreException}. */
public interface SnapshotStore {

  /** A revision with its snapshot. */
  record Stored(Revision revision, Snapshot snapshot) {}

  /** The newest; null when the store is empty. */
  @Nullable Stored newest();

  /**
   * Stores the next revision, and its line of the audit with it: both or neither. When this returns
   * they survive a power cut.
   *
   * @param before the newest revision's snapshot, for what has changed; an empty one at first
   */
  Stored append(Change change, Snapshot before, Snapshot after);

  /** One revision; null when it is unknown or not kept any more. */
  @Nullable Stored find(long number);

  /**
   * Revisions, newest first.
   *
   * @param before only older ones; {@link Long#MAX_VALUE}: all
   * @param limit 1 to 500
   */
  List<Revision> list(long before, int limit);

  /** The revision that last changed a pool (its backends included); null: unknown. */
  @Nullable Revision lastChangeOfPool(String id);

  /** The revision that last changed a route; null: unknown. */
  @Nullable Revision lastChangeOfRoute(String id);
}
