package io.sluice.admin;

import io.sluice.control.DataPlane;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * How long the data plane's threads let a task wait: once a second each of them is asked for a
 * turn, and the slowest counts. What waits there waits in every request.
 */
@Component
final class LoopLag implements DisposableBean {
  private static final int KEPT = 60;

  private final Supplier<CompletableFuture<Void>> turn;
  private final Disposable timer;
  private final AtomicBoolean asking = new AtomicBoolean();
  // Guarded by this, nanoseconds.
  private final long[] last = new long[KEPT];
  private int taken;

  @Autowired
  LoopLag(DataPlane dataPlane) {
    this(dataPlane::turn, Duration.ofSeconds(1));
  }

  LoopLag(Supplier<CompletableFuture<Void>> turn, Duration every) {
    this.turn = turn;
    long nanos = every.toNanos();
    this.timer =
        Schedulers.parallel().schedulePeriodically(this::ask, 0, nanos, TimeUnit.NANOSECONDS);
  }

  /** The last one and the worst of a minute. */
  record Lag(Duration last, Duration worst) {}

  /** What was found so far; zero before anything was. */
  synchronized Lag now() {
    if (taken == 0) {
      return new Lag(Duration.ZERO, Duration.ZERO);
    }
    long worst = 0;
    for (int i = 0; i < Math.min(taken, KEPT); i++) {
      worst = Math.max(worst, last[i]);
    }
    return new Lag(Duration.ofNanos(last[(taken - 1) % KEPT]), Duration.ofNanos(worst));
  }

  private void ask() {
    // While one turn is still awaited another would only make the queue longer.
    if (asking.compareAndSet(false, true)) {
      long begun = System.nanoTime();
      turn.get()
          .whenComplete(
              (done, failure) -> {
                asking.set(false);
                if (failure == null) {
                  note(System.nanoTime() - begun);
                }
              });
    }
  }

  private synchronized void note(long nanos) {
    last[taken % KEPT] = nanos;
    taken++;
  }

  @Override
  public void destroy() {
    timer.dispose();
  }
}
