package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.sluice.balance.Backend;
import io.sluice.balance.OutcomeObserver;
import io.sluice.balance.Pool;
import io.sluice.balance.PoolLoad;
import io.sluice.balance.PoolLoad.Grant;
import io.sluice.balance.PoolLoad.RetryReason;
import io.sluice.config.PoolSpec;
import io.sluice.http.ResponseHead;
import io.sluice.upstream.UpstreamClient;
import io.sluice.upstream.UpstreamConnection;
import io.sluice.upstream.UpstreamConnector;
import io.sluice.upstream.UpstreamFailure;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request's way from its pool to a backend's connection, as often as it takes: wait for room,
 * choose, connect, and after a failure the same again where the rules allow it. Whatever a try
 * holds (its place at the backend, its share of the retry budget, its connection) is given back in
 * {@link #endTry}. Belongs to its {@link Exchange} and is used again with it; bound to its loop.
 */
final class Tries implements UpstreamConnector.Listener {
  private final Exchange exchange;
  private final LoopContext loop;
  private final ExchangeRecord record;
  private final ExchangeClock clock;
  private final Replay replay = new Replay();
  private final Choice choice;

  private @Nullable Pool pool;
  private PoolSpec.Limits limits = PoolSpec.Limits.DEFAULT;
  private PoolSpec.Retries rules = PoolSpec.Retries.DEFAULT;
  private @Nullable Backend backend;
  private @Nullable UpstreamConnection upstream;
  private UpstreamConnector.@Nullable Attempt attempt;
  private @Nullable Place place;
  private @Nullable ScheduledFuture<?> backOff;
  private @Nullable ProxyError lastError;
  private Grant grant = Grant.NONE;
  private int retries;
  private int connects;
  private long roomUntil;

  /** When the backend of the try under way was chosen. */
  private long chosenAt;

  /** What the backend is told of the try: a status, or what {@link OutcomeObserver} says. */
  private int outcome;

  private boolean entered;
  private boolean connecting;
  private boolean starting;
  private boolean sent;
  private boolean roomFreed;

  Tries(Exchange exchange, LoopContext loop, ExchangeRecord record) {
    this.exchange = exchange;
    this.loop = loop;
    this.record = record;
    this.choice = new Choice(exchange.context());
    this.clock = new ExchangeClock(exchange, this, loop.timer());
  }

  /** A place in the pool's line; left by setting {@link #place} to another one. */
  private final class Place extends PoolLoad.Waiter implements Runnable {
    @Override
    protected void called() {
      loop.wake(this);
    }

    @Override
    public void run() {
      if (place == this) {
        place = null;
        clock.stepEnds();
        choose();
      }
    }
  }

  /** Another request. */
  void reset() {
    choice.reset();
    pool = null;
    lastError = null;
    retries = 0;
    sent = false;
  }

  Choice choice() {
    return choice;
  }

  ExchangeClock clock() {
    return clock;
  }

  Replay replay() {
    return replay;
  }

  /** The backend of the try under way; null outside of one. */
  @Nullable Backend backend() {
    return backend;
  }

  /** The connection that the request was sent on; null outside of a try. */
  @Nullable UpstreamConnection upstream() {
    return upstream;
  }

  private Pool pool() {
    if (pool == null) {
      throw new IllegalStateException("no pool was chosen");
    }
    return pool;
  }

  /** Whether the request stands in its pool's line. */
  boolean isWaiting() {
    return place != null;
  }

  // ---------------------------------------------------------------- choose

  /** The request goes to this pool. */
  void start(Pool to) {
    pool = to;
    PoolSpec spec = to.spec();
    limits = spec.limits();
    rules = spec.retries();
    choice.start(to, limits.mostPerBackend());
    if (limits.requests() > 0) {
      entered = to.load().enter(limits.requests());
      if (!entered) {
        exchange.fail(ProxyError.POOL_FULL, null);
        return;
      }
    }
    clock.start(spec.timeouts(), rules.perTryTimeout(), record.startedAt);
    replay.start(exchange.head(), RetryPolicy.allows(rules, exchange.head().isIdempotent()));
    starting = true;
    choose();
    starting = false;
  }

  private void choose() {
    go(choice.reserve());
  }

  private void go(@Nullable Backend chosen) {
    if (chosen != null) {
      begin(chosen);
    } else if (choice.isEveryFull()) {
      awaitRoom();
    } else {
      exchange.fail(lastError == null ? ProxyError.NO_BACKEND : lastError, null);
    }
  }

  // ---------------------------------------------------------------- wait for room

  private void awaitRoom() {
    PoolLoad load = pool().load();
    Place mine = new Place();
    long now = System.nanoTime();
    boolean first = roomUntil == 0;
    if (first) {
      roomUntil = now + limits.queueTimeout().toNanos();
    }
    // who was called and found the room taken does not lose its place to the line's limit
    if (!load.join(mine, first ? limits.queue() : Integer.MAX_VALUE)) {
      load.rejected();
      exchange.fail(limits.queue() == 0 ? ProxyError.NO_ROOM : ProxyError.QUEUE_FULL, null);
      return;
    }
    place = mine;
    Backend free = choice.reserve(); // room may have come before anybody could know of this place
    if (free != null) {
      leaveLine();
      begin(free);
    } else {
      clock.awaitRoom(now, roomUntil - now);
    }
  }

  /** A call that comes too late for this place goes on to the next. */
  private void leaveLine() {
    Place mine = place;
    if (mine != null) {
      place = null;
      PoolLoad load = pool().load();
      if (!load.withdraw(mine)) {
        load.roomFreed();
      }
    }
  }

  /** No backend has got room in time. */
  void waitedTooLong() {
    pool().load().rejected();
    exchange.fail(ProxyError.QUEUE_TIMEOUT, null);
  }

  // ---------------------------------------------------------------- connect and send

  private void begin(Backend chosen) {
    roomUntil = 0;
    backend = chosen;
    chosenAt = System.nanoTime();
    record.sentAt = 0;
    outcome = OutcomeObserver.CANCELLED;
    record.backend = chosen;
    choice.tries(chosen);
    clock.tryStarts();
    UpstreamConnection idle = loop.pool().take(chosen, replay.isCertain(), client());
    if (idle != null) {
      send(idle);
    } else {
      connect(chosen);
    }
  }

  private UpstreamClient client() {
    return exchange.frontend().identity().upstreamClient();
  }

  private void connect(Backend to) {
    record.connectStartedAt = System.nanoTime();
    connecting = true;
    int mine = ++connects;
    UpstreamConnector.Attempt started = loop.pool().connect(to, client(), this);
    if (connecting && mine == connects) {
      attempt = started; // else it has ended already
    }
  }

  @Override
  public void connected(UpstreamConnection connection) {
    connecting = false;
    attempt = null;
    record.connectNanos = System.nanoTime() - record.connectStartedAt;
    send(connection);
  }

  @Override
  public void connectFailed(UpstreamFailure failure) {
    connecting = false;
    attempt = null;
    record.connectNanos = System.nanoTime() - record.connectStartedAt;
    if (failure.kind() == UpstreamFailure.Kind.NO_CONNECTION) {
      waitedTooLong();
      return;
    }
    record.tries++;
    loop.observer().connectFailed(record);
    failed(ProxyError.of(failure), failure.detail());
  }

  private void send(UpstreamConnection connection) {
    upstream = connection;
    record.tries++;
    sent = true;
    exchange.send(connection);
    if (!starting && exchange.isUnderWay()) {
      exchange.frontend().resume(); // for body bytes that have waited
    }
  }

  // ---------------------------------------------------------------- after a failure

  /**
   * The backend's connection has ended before the answer's head was whole. A kept connection may
   * have been stale: then the request is sent again on a fresh one to the same backend when that
   * cannot do harm, and that is no further try.
   */
  void lost(@Nullable String detail) {
    Backend same = backend;
    UpstreamConnection stale = upstream;
    boolean again =
        same != null
            && stale != null
            && stale.isReused()
            && replay.isPossible()
            && !exchange.answer().hasStarted();
    if (again && same != null && stale != null) {
      upstream = null;
      stale.close();
      connect(same);
    } else {
      failed(ProxyError.RESET, detail);
    }
  }

  /** The try has failed: another one follows, or the request ends with the error. */
  void failed(ProxyError error, @Nullable String detail) {
    RetryReason reason =
        record.status == 0 ? RetryPolicy.after(error, rules, retries, whatWasSent()) : null;
    if (reason == null || !askBudget()) {
      exchange.fail(error, detail);
      return;
    }
    boolean backendFailed = error.source() == ProxyError.Source.UPSTREAM;
    outcome = backendFailed ? OutcomeObserver.FAILED : OutcomeObserver.CANCELLED;
    loop.failures().retried(record, error, detail);
    lastError = error;
    again(reason);
  }

  /** The time of this try is over before its answer's first byte. */
  void tryTimedOut() {
    failed(ProxyError.TRY_TIMEOUT, null);
  }

  /**
   * The answer's head has come: whether it is thrown away and the request tried again.
   *
   * @param in what has come behind the head
   */
  boolean rejectsAnswer(ResponseHead head, ByteBuf in) {
    if (!RetryPolicy.after(head.status(), rules, retries, whatWasSent()) || !askBudget()) {
      return false;
    }
    UpstreamConnection from = exchange.upstream();
    if (exchange.isRequestDone() && !from.hasUnsentBytes()) {
      boolean bodiless = exchange.head().isMethod("HEAD") || head.isBodiless();
      upstream = null;
      Leftover.discard(from, loop.timer(), head, bodiless, in);
    }
    outcome = head.status();
    lastError = null;
    again(RetryReason.STATUS);
    return true;
  }

  private RetryPolicy.Sent whatWasSent() {
    if (!sent) {
      return RetryPolicy.Sent.NOTHING;
    }
    return replay.isPossible() ? RetryPolicy.Sent.REPEATABLE : RetryPolicy.Sent.FINAL;
  }

  private boolean askBudget() {
    retryDecided(); // the place of the try that has failed is free for the next
    PoolLoad load = pool().load();
    grant = load.askRetry(rules.budget(), pool().inFlight() + load.waiting(), System.nanoTime());
    return grant != Grant.NONE;
  }

  /** The further try under way, if it is one, has been answered or has failed. */
  void retryDecided() {
    if (grant == Grant.SHARE) {
      pool().load().retryDone();
    }
    grant = Grant.NONE;
  }

  private void again(RetryReason reason) {
    loop.observer().triedAgain(record);
    Grant kept = grant;
    grant = Grant.NONE;
    endTry();
    grant = kept;
    retries++;
    pool().load().retried(reason);
    exchange.answer().reset();
    if (retries == 1) {
      chooseAtOnce();
    } else {
      backOff();
    }
  }

  /** The first further try: goes to another backend without a pause, but not to the same one. */
  private void chooseAtOnce() {
    Backend chosen = choice.reserve();
    if (chosen != null && choice.hasTried(chosen)) {
      chosen.requestEnded();
      pool().load().roomFreed();
      backOff();
    } else {
      go(chosen);
    }
  }

  /**
   * Waits a random time up to twice {@code back-off}, doubled with every try, so that the requests
   * that have failed together do not come back together.
   */
  private void backOff() {
    long mean = rules.backOff().toNanos() << Math.max(0, retries - 2);
    if (mean == 0) {
      choose();
      return;
    }
    long wait = ThreadLocalRandom.current().nextLong(2 * mean + 1);
    backOff = loop.loop().schedule(this::backOffEnds, wait, TimeUnit.NANOSECONDS);
  }

  private void backOffEnds() {
    backOff = null;
    choose();
  }

  // ---------------------------------------------------------------- ends

  /** The answer has passed: what became of its connection is the caller's business. */
  UpstreamConnection takeUpstream(int status) {
    outcome = status;
    UpstreamConnection taken = exchange.upstream();
    upstream = null;
    return taken;
  }

  /** What the try under way has come to, as far as it is known; see {@link OutcomeObserver}. */
  void outcome(int statusOrFailure) {
    outcome = statusOrFailure;
  }

  /** Ends whatever is under way; the connection, if still there, is closed. */
  void endTry() {
    giveBack();
    announceRoom();
  }

  private void giveBack() {
    connecting = false;
    if (attempt != null) {
      attempt.cancel();
      attempt = null;
    }
    if (upstream != null) {
      upstream.close();
      upstream = null;
    }
    leaveLine();
    if (backOff != null) {
      backOff.cancel(false);
      backOff = null;
    }
    retryDecided();
    clock.stepEnds();
    Backend left = backend;
    if (left != null) {
      backend = null;
      left.requestEnded();
      long firstByte = record.firstByteAt == 0 ? -1 : record.firstByteAt - chosenAt;
      left.tryEnded(outcome, chosenAt, firstByte);
      long latency = record.latency(outcome);
      if (latency >= 0) {
        left.latency(latency);
      }
      roomFreed = true;
    }
  }

  /** Calls the next one for the place that was given back. */
  void announceRoom() {
    if (roomFreed) {
      roomFreed = false;
      pool().load().roomFreed();
    }
  }

  /** The request has ended; {@link #announceRoom} follows when its answer is on its way. */
  void end() {
    clock.stop();
    giveBack();
    replay.release();
    roomUntil = 0;
    if (entered) {
      entered = false;
      pool().load().leave();
    }
  }
}
