package io.sluice.control;

import io.sluice.balance.Backend;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An operation of which something is still to come. Bound to the control thread. */
final class TrackedDrain {
  /** A backend as it is wanted. */
  record BackendKey(String pool, String backend) {
    @Nullable BackendSpec in(Snapshot snapshot) {
      return snapshot.backend(pool, backend);
    }
  }

  final DrainProgress progress;
  final BackendKey key;

  /** Whatever has carried requests for it since it began, also what names stood for before. */
  final Set<Backend> carriers = new HashSet<>();

  /** Changes of its own that are on their way. */
  int busy;

  /** No look before this. */
  Instant notBefore = Instant.MIN;

  TrackedDrain(DrainProgress progress) {
    this.progress = progress;
    Operation operation = progress.operation();
    key = new BackendKey(operation.pool(), operation.backend());
  }

  /** Notes what the backend stands for now, and gives its pool; null: the pool is gone. */
  @Nullable PoolSpec see(Snapshot now, DrainTargets targets) {
    PoolSpec pool = now.pool(key.pool);
    BackendSpec backend = key.in(now);
    if (pool != null && backend != null) {
      carriers.addAll(targets.of(pool, backend));
    }
    return pool;
  }
}
