package io.sluice.admin;

import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.control.ChangeException;
import io.sluice.control.ConfigChange;
import io.sluice.control.Operation;
import io.sluice.control.Operations;
import io.sluice.control.Reconciler;
import io.sluice.store.Change;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Drains that never end by themselves. */
final class MemoryOperations implements Operations {
  private final Reconciler reconciler;
  private final Map<String, Operation> all = new LinkedHashMap<>();
  private final List<Consumer<Operation>> listeners = new CopyOnWriteArrayList<>();

  MemoryOperations(Reconciler reconciler) {
    this.reconciler = reconciler;
  }

  @Override
  public CompletableFuture<Operation> drain(
      String pool,
      String backend,
      Operation.Wanted wanted,
      Change change,
      boolean force,
      ConfigChange.Check check) {
    return adminState(pool, backend, AdminState.DRAIN, change, force)
        .thenApply(
            outcome -> {
              Instant now = Instant.now();
              Operation operation =
                  new Operation(
                      "op-" + (all.size() + 1),
                      wanted.remove() ? Operation.Kind.REMOVE : Operation.Kind.DRAIN,
                      Operation.State.RUNNING,
                      pool,
                      backend,
                      new Operation.Load(3, 1),
                      new Operation.Load(2, 1),
                      -1,
                      now,
                      wanted.deadline() == null ? null : now.plus(wanted.deadline()),
                      wanted.atDeadline(),
                      wanted.revertAfter() == null ? null : now.plus(wanted.revertAfter()),
                      null,
                      change.actor().name(),
                      change.reason(),
                      null);
              put(operation);
              return operation;
            });
  }

  private void put(Operation operation) {
    synchronized (all) {
      all.put(operation.id(), operation);
    }
    listeners.forEach(listener -> listener.accept(operation));
  }

  @Override
  public CompletableFuture<Reconciler.Outcome> adminState(
      String pool, String backend, AdminState state, Change change, boolean force) {
    ConfigChange.Edit edit =
        inForce -> {
          BackendSpec spec = inForce.snapshot().backend(pool, backend);
          PoolSpec in = inForce.snapshot().pool(pool);
          if (in == null || spec == null) {
            throw ChangeException.of(ChangeException.Kind.NOT_FOUND, "not-found", "it is gone");
          }
          return inForce.snapshot().withPool(in.withBackend(spec.withAdminState(state)));
        };
    return reconciler.submit(new ConfigChange(edit, change, force));
  }

  @Override
  public List<Operation> list() {
    synchronized (all) {
      return List.copyOf(all.values()).reversed();
    }
  }

  @Override
  public @Nullable Operation find(String id) {
    synchronized (all) {
      return all.get(id);
    }
  }

  @Override
  public CompletableFuture<@Nullable Operation> cancel(String id, Change change) {
    Operation operation = find(id);
    if (operation == null) {
      return CompletableFuture.completedFuture(null);
    }
    Operation ended =
        new Operation(
            id,
            operation.kind(),
            Operation.State.CANCELLED,
            operation.pool(),
            operation.backend(),
            operation.initial(),
            operation.load(),
            -1,
            operation.startedAt(),
            operation.deadline(),
            operation.atDeadline(),
            operation.revertAt(),
            Instant.now(),
            operation.author(),
            operation.reason(),
            null);
    put(ended);
    return CompletableFuture.completedFuture(ended);
  }

  @Override
  public void onChange(Consumer<Operation> listener) {
    listeners.add(listener);
  }
}
