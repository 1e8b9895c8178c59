package io.sluice.control;

import io.sluice.control.DrainProgress.Stored;
import io.sluice.store.OperationLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Keeps operations in the store, in order and off the control thread: the store may block. */
final class OperationJournal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperationJournal.class);
  private static final Duration LAST_WAIT = Duration.ofSeconds(10);
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final OperationLog log;
  private final ExecutorService writing =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().name("sluice-operations").daemon().unstarted(task));

  OperationJournal(OperationLog log) {
    this.log = log;
  }

  /** All that are stored, oldest first; blocks. */
  List<Stored> load() {
    List<Stored> all = new ArrayList<>();
    log.all()
        .forEach(
            (id, json) -> {
              try {
                all.add(MAPPER.readValue(json, Stored.class));
              } catch (JacksonException e) {
                LOG.error(
                    "operation {} is left out: what is stored of it cannot be read ({}); its backend stays as it is",
                    id,
                    e.getOriginalMessage());
              }
            });
    return all;
  }

  /** Stores one. The future ends with what the store throws, on the journal's thread. */
  CompletableFuture<Void> save(Stored operation) {
    String json = MAPPER.writeValueAsString(operation);
    return write(() -> log.save(operation.operation().id(), json));
  }

  /** Forgets one. */
  CompletableFuture<Void> remove(String id) {
    return write(() -> log.remove(id));
  }

  private CompletableFuture<Void> write(Runnable what) {
    try {
      return CompletableFuture.runAsync(what, writing);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Completes when all that was given before is written, or could not be. */
  CompletableFuture<Void> settled() {
    return write(() -> {});
  }

  /** Finishes what is to be written; not for long. */
  @Override
  public void close() {
    writing.shutdown();
    try {
      if (!writing.awaitTermination(LAST_WAIT.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("the store does not take the last of the operations within {}", LAST_WAIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
