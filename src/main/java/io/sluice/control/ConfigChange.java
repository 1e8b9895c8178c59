package io.sluice.control;

import io.sluice.config.Snapshot;
import io.sluice.store.Change;

/**
 * A wanted change of pools and routes.
 *
 * @param edit makes the new snapshot of the one in force; it runs on the control thread, where
 *     nothing else changes the snapshot, so it is the place to check what the caller expects of it
 * @param change who makes it and why
 * @param force whether guards are overridden
 */
public record ConfigChange(Edit edit, Change change, boolean force) {

  /** What a caller expects of the snapshot in force. Must be quick and must not block. */
  @FunctionalInterface
  public interface Check {
    /** Expects nothing. */
    Check NONE = inForce -> {};

    /**
     * Looks at the snapshot in force, on the control thread.
     *
     * @throws ChangeException when it is not what was expected
     */
    void look(InForce inForce) throws ChangeException;
  }

  /** Makes the new snapshot. Must be quick and must not block. */
  @FunctionalInterface
  public interface Edit {
    /**
     * The new snapshot; the given one itself or an equal one when there is nothing to change.
     *
     * @throws ChangeException when the change does not fit the snapshot in force
     */
    Snapshot apply(InForce inForce) throws ChangeException;
  }
}
