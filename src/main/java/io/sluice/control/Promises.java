package io.sluice.control;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Results that callers wait for. Each completes on a thread of its own, so that nobody goes on with
 * the control thread, and none stays open when the process ends. Callable from any thread.
 */
final class Promises implements AutoCloseable {
  private final Map<Long, Promise<?>> open = new ConcurrentHashMap<>();
  private final AtomicLong made = new AtomicLong();

  /** Written once, at the end. */
  private volatile boolean closed;

  /** One that was given. */
  static final class Promise<T extends @Nullable Object> extends CompletableFuture<T> {
    private final long number;

    private Promise(long number) {
      this.number = number;
    }
  }

  <T extends @Nullable Object> Promise<T> open() {
    Promise<T> promise = new Promise<>(made.getAndIncrement());
    open.put(promise.number, promise);
    if (closed) {
      fail(promise, ChangeException.stopping());
    }
    return promise;
  }

  <T extends @Nullable Object> void complete(Promise<T> promise, @Nullable T result) {
    open.remove(promise.number);
    Thread.startVirtualThread(() -> promise.complete(result));
  }

  void fail(Promise<?> promise, @Nullable Throwable failure) {
    Throwable why = failure == null ? new IllegalStateException("no reason is known") : failure;
    open.remove(promise.number);
    Thread.startVirtualThread(() -> promise.completeExceptionally(why));
  }

  /** Whether somebody still waits. */
  boolean isBusy() {
    return !open.isEmpty();
  }

  @Override
  public void close() {
    closed = true;
    open.values().forEach(promise -> fail(promise, ChangeException.stopping()));
  }
}
