package io.sluice.proxy;

import io.sluice.config.PoolSpec;
import io.sluice.upstream.LoopTimer;
import java.time.Duration;

/**
 * What a request waits for and how long it may (see {@link PoolSpec.Timeouts}). One deadline serves
 * all: the step under way, the try and the request's total, whichever comes first. Bound to its
 * loop.
 */
final class ExchangeClock extends LoopTimer.Deadline {
  private enum Waiting {
    NOTHING,
    ROOM,
    FIRST_BYTE,
    BACKEND,
    CLIENT
  }

  private final Exchange exchange;
  private final Tries tries;
  private final LoopTimer timer;
  private PoolSpec.Timeouts timeouts = PoolSpec.Timeouts.DEFAULT;
  private Waiting waiting = Waiting.NOTHING;
  private boolean hasTotal;
  private long totalAt;
  private long perTry;
  private boolean hasTry;
  private long tryAt;

  ExchangeClock(Exchange exchange, Tries tries, LoopTimer timer) {
    this.exchange = exchange;
    this.tries = tries;
    this.timer = timer;
  }

  /** A backend is about to be chosen for a request that began at this time. */
  void start(PoolSpec.Timeouts pool, Duration perTryTimeout, long startedAt) {
    timeouts = pool;
    perTry = perTryTimeout.toNanos();
    hasTry = false;
    waiting = Waiting.NOTHING;
    hasTotal = !pool.total().isZero();
    if (hasTotal) {
      totalAt = startedAt + pool.total().toNanos();
      await(Waiting.NOTHING, Duration.ZERO, System.nanoTime());
    }
  }

  /** No backend has room. */
  void awaitRoom(long now, long nanos) {
    await(Waiting.ROOM, Math.max(0, nanos), now);
  }

  /** A backend was chosen, for the first time or again. */
  void tryStarts() {
    if (perTry > 0) {
      long now = System.nanoTime();
      hasTry = true;
      tryAt = now + perTry;
      await(Waiting.NOTHING, Duration.ZERO, now);
    }
  }

  /** Nothing is under way but the request itself. */
  void stepEnds() {
    if (waiting != Waiting.NOTHING || hasTry) {
      hasTry = false;
      await(Waiting.NOTHING, Duration.ZERO, System.nanoTime());
    }
  }

  /** The whole request is sent. */
  void requestSent(long now) {
    await(Waiting.FIRST_BYTE, timeouts.firstByte(), now);
  }

  /** The backend takes no more of the request's body at the moment. */
  void backendStalls(long now) {
    await(Waiting.BACKEND, timeouts.idle(), now);
  }

  /** The backend takes the request's body again. */
  void backendTakes() {
    if (waiting == Waiting.BACKEND) {
      await(Waiting.NOTHING, Duration.ZERO, System.nanoTime());
    }
  }

  /** Bytes of the answer have come. */
  void answerProgressed(long now) {
    hasTry = false;
    await(Waiting.BACKEND, timeouts.idle(), now);
  }

  /** The answer waits for a client that does not read. */
  void clientStalls(long now) {
    hasTry = false;
    await(Waiting.CLIENT, timeouts.idle(), now);
  }

  /** Nothing is waited for any more. */
  void stop() {
    hasTotal = false;
    hasTry = false;
    waiting = Waiting.NOTHING;
    timer.remove(this);
  }

  private void await(Waiting what, Duration limit, long now) {
    await(what, limit.isZero() ? Long.MAX_VALUE : limit.toNanos(), now);
  }

  private void await(Waiting what, long nanos, long now) {
    waiting = what;
    long after = nanos;
    if (hasTry) {
      after = Math.min(after, Math.max(0, tryAt - now));
    }
    if (hasTotal) {
      after = Math.min(after, Math.max(0, totalAt - now));
    }
    if (after == Long.MAX_VALUE) {
      timer.clear(this);
    } else {
      timer.set(this, now, after);
    }
  }

  @Override
  protected void expired() {
    long now = System.nanoTime();
    if (hasTotal && now - totalAt >= 0) {
      exchange.fail(ProxyError.TOTAL_TIMEOUT, null);
      return;
    }
    if (hasTry && now - tryAt >= 0) {
      tryEnds(now);
      return;
    }
    switch (waiting) {
      case ROOM -> tries.waitedTooLong();
      case FIRST_BYTE -> exchange.fail(ProxyError.FIRST_BYTE_TIMEOUT, null);
      case BACKEND -> exchange.fail(ProxyError.IDLE_TIMEOUT, null);
      case CLIENT -> {
        if (exchange.frontend().output().hasProgressed()) {
          clientStalls(now);
        } else {
          exchange.fail(ProxyError.CLIENT_STALLED, null);
        }
      }
      case NOTHING -> {
        // disarmed meanwhile
      }
    }
  }

  /** The try has failed, unless its answer has begun: then only the other limits count. */
  private void tryEnds(long now) {
    hasTry = false;
    if (exchange.answer().hasStarted()) {
      Duration rest = waiting == Waiting.FIRST_BYTE ? timeouts.firstByte() : timeouts.idle();
      await(waiting, waiting == Waiting.NOTHING ? Duration.ZERO : rest, now);
    } else {
      tries.tryTimedOut();
    }
  }
}
