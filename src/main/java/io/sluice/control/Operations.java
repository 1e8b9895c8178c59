package io.sluice.control;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.store.Change;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Drains and removals: begun, followed, called off. They survive a restart. */
public interface Operations {

  /**
   * Begins to drain a backend: a revision sets its admin state, then the operation follows what is
   * left. A drain of a backend that is being drained gives that operation, with the new deadline.
   *
   * @param check looked at in the moment that it begins
   * @return ends with a {@link ChangeException} when the change cannot be made
   */
  CompletableFuture<Operation> drain(
      String pool,
      String backend,
      Operation.Wanted wanted,
      Change change,
      boolean force,
      ConfigChange.Check check);

  /** The same whatever is in force. */
  default CompletableFuture<Operation> drain(
      String pool, String backend, Operation.Wanted wanted, Change change, boolean force) {
    return drain(pool, backend, wanted, change, force, ConfigChange.Check.NONE);
  }

  /**
   * Sets a backend's admin state at once: ready or maint. An operation on it that runs is
   * cancelled.
   */
  CompletableFuture<Reconciler.Outcome> adminState(
      String pool, String backend, AdminState state, Change change, boolean force);

  /** All that run and the last hundred that have ended, newest first; any thread. */
  List<Operation> list();

  /** One of them; null: unknown. */
  @Nullable Operation find(String id);

  /** Calls an operation off and makes its backend ready again; one that has ended stays so. */
  CompletableFuture<@Nullable Operation> cancel(String id, Change change);

  /** Is told about every begin, end and change, some times a second at most; must be quick. */
  void onChange(Consumer<Operation> listener);
}
