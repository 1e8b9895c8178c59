package io.sluice.control;

import io.sluice.config.SnapshotDocument.Violation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a data plane does with the store, which changes hands between two processes: one of them
 * makes revisions and follows operations at any time, never both.
 */
final class Succession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Succession.class);

  /** So long may what is under way take to be stored before the store is given up. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ChangePath changes;

  // Guarded by this.
  private @Nullable DrainCoordinator drains;
  private boolean suspended;

  Succession(ChangePath changes) {
    this.changes = changes;
  }

  ChangePath changes() {
    return changes;
  }

  /** Has operations follow what becomes of the store from now on. Once. */
  synchronized Operations operations(DrainCoordinator made) {
    if (drains != null) {
      throw new IllegalStateException("there are operations already");
    }
    if (!suspended) {
      made.resume();
    }
    drains = made;
    return made;
  }

  /** As {@link DataPlane#suspend}. */
  synchronized void suspend() {
    if (suspended) {
      return;
    }
    suspended = true;
    if (drains != null) {
      drains.suspend();
    }
    if (!isQuiet()) {
      if (drains != null) {
        drains.carryOn();
      }
      suspended = false;
      changes.resume();
      throw new DataPlaneException(
          "what is under way is not stored within %d s; look for why the store is slow"
              .formatted(PATIENCE.toSeconds()));
    }
  }

  private boolean isQuiet() {
    CompletableFuture<Void> stored = changes.suspend();
    try {
      stored.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      return drains == null || drains.settle(PATIENCE);
    } catch (TimeoutException e) {
      LOG.debug("a change is still being stored", e);
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("refusing changes has failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** As {@link DataPlane#resume}. */
  synchronized void resume(InForce stored) {
    if (!suspended) {
      return; // what could not be suspended went on by itself
    }
    long number = stored.revision().number();
    try {
      changes.adopt(stored).get();
    } catch (ExecutionException e) {
      throw new DataPlaneException(
          "revision " + number + " of the store cannot be served: " + reason(e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataPlaneException("interrupted while revision " + number + " was prepared", e);
    }
    if (drains != null) {
      drains.resume();
    }
    suspended = false;
    changes.resume();
  }

  private static String reason(@Nullable Throwable failure) {
    return failure instanceof ChangeException change && !change.violations().isEmpty()
        ? change.violations().stream().map(Violation::message).collect(Collectors.joining("; "))
        : String.valueOf(failure == null ? null : failure.getMessage());
  }

  /** As {@link DataPlane#retire}. */
  synchronized void retire() {
    if (drains != null) {
      drains.retire();
    }
  }

  @Override
  public synchronized void close() {
    changes.close();
    if (drains != null) {
      drains.close();
    }
  }
}
