package io.sluice.health;

import io.netty.channel.EventLoop;
import io.sluice.balance.Backend;
import io.sluice.balance.Health;
import io.sluice.balance.Health.State;
import io.sluice.config.HealthCheckSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recurring checks of one backend: one at a time, each begun an interval after the one before
 * began, so that a slow check delays the next one only when it takes longer than the interval.
 * Bound to one health loop, except where a method says otherwise.
 */
final class BackendCheck implements CheckConnection.Listener {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.health");

  /** A timer that comes later than this was held up. */
  private static final long STALL = TimeUnit.MILLISECONDS.toNanos(50);

  private final Backend backend;
  private final EventLoop loop;
  private final BiConsumer<Backend, String> impossible;
  private final History history = new History();
  private CheckPlan plan;
  private HealthState state;
  private boolean running;
  private @Nullable CheckConnection current;
  private @Nullable CheckConnection kept;
  private @Nullable Future<?> next;
  private @Nullable Future<?> deadline;
  private long startedAt;
  private long startedAtMillis;
  private boolean stallForgiven;

  /**
   * The checks of a backend; none is made before {@link #start}.
   *
   * @param impossible is told when this machine cannot make a check, and why
   */
  BackendCheck(
      Backend backend, CheckPlan plan, EventLoop loop, BiConsumer<Backend, String> impossible) {
    this.backend = backend;
    this.plan = plan;
    this.loop = loop;
    this.impossible = impossible;
    this.state = new HealthState(plan.spec().rise(), plan.spec().fall());
  }

  // ---------------------------------------------------------------- from any thread

  /** Begins to check after a time; does nothing while it checks already. */
  void start(long afterNanos) {
    loop.execute(
        () -> {
          if (!running) {
            running = true;
            next = loop.schedule(this::check, afterNanos, TimeUnit.NANOSECONDS);
          }
        });
  }

  /** Checks another way from the next check on, which is made at once; what was found stays. */
  void plan(CheckPlan wanted) {
    loop.execute(
        () -> {
          plan = wanted;
          state.thresholds(wanted.spec().rise(), wanted.spec().fall());
          if (running) {
            drop();
            next = loop.schedule(this::check, 0, TimeUnit.NANOSECONDS);
          }
        });
  }

  /** Makes no more checks: what was found is unknown again. */
  void stop(String reason) {
    loop.execute(
        () -> {
          if (running) {
            running = false;
            drop();
            forget(reason);
          }
        });
  }

  /** Makes no more checks; what was found stays. */
  void halt() {
    loop.execute(
        () -> {
          running = false;
          drop();
        });
  }

  private void forget(String reason) {
    State before = state.state();
    state = new HealthState(plan.spec().rise(), plan.spec().fall());
    if (before != State.UNKNOWN) {
      Instant now = Instant.now();
      history.transition(now, before, State.UNKNOWN, 0, null);
      LOG.info("{} is no longer checked: {}", backend, reason);
      backend.health(new Health(State.UNKNOWN, reason, now));
    }
  }

  /** Goes on from what was found before; the backend's health says the same already. */
  void resume(CheckMemory before) {
    history.resume(before.counts());
    loop.execute(() -> state.resume(before.health().state(), before.inARow(), before.lastPassed()));
  }

  /** What another process needs to go on. */
  Future<CheckMemory> memory() {
    return loop.submit(
        () ->
            new CheckMemory(
                backend.health(), state.inARow(), state.lastPassed(), history.counts()));
  }

  HealthStatus status() {
    return history.status(backend.health());
  }

  HealthStatus.Counts counts() {
    return history.counts();
  }

  // ---------------------------------------------------------------- one check

  private void check() {
    assert loop.inEventLoop();
    startedAt = System.nanoTime();
    startedAtMillis = System.currentTimeMillis();
    stallForgiven = false;
    deadline = loop.schedule(this::timedOut, plan.spec().timeout().toNanos(), TimeUnit.NANOSECONDS);
    CheckConnection again = kept;
    kept = null;
    if (again != null && again.isReusable()) {
      current = again;
      again.askAgain();
    } else {
      open();
    }
  }

  private void open() {
    CheckConnection fresh = new CheckConnection(plan, loop, this);
    current = fresh;
    fresh.open();
  }

  private void timedOut() {
    CheckConnection late = current;
    long stalled = System.nanoTime() - startedAt - plan.spec().timeout().toNanos();
    if (stalled > STALL && !stallForgiven) {
      // This machine stood still, and what the backend sent meanwhile may not have been read: it
      // gets the same time again, or one long pause would take all backends down at once.
      stallForgiven = true;
      deadline = loop.schedule(this::timedOut, stalled, TimeUnit.NANOSECONDS);
      return;
    }
    if (late != null) {
      String error = CheckErrors.timedOut(plan.spec().timeout(), late.phase());
      late.close();
      conclude(error);
    }
  }

  @Override
  public void checkEnded(CheckConnection connection, @Nullable String error) {
    if (connection != current) {
      return; // it was too late
    }
    if (error != null && connection.isStale()) {
      open(); // closed by the backend between two checks, as it may
      return;
    }
    if (connection.isReusable()) {
      kept = connection;
    }
    conclude(error);
  }

  @Override
  public void checkImpossible(CheckConnection connection, String why) {
    if (connection == current) {
      impossible.accept(backend, why);
      pause(System.nanoTime());
    }
  }

  private void conclude(@Nullable String error) {
    long now = System.nanoTime();
    history.result(startedAtMillis, now - startedAt, error);
    State before = state.state();
    if (state.record(error == null)) {
      changed(before, error);
    } else if (error != null && state.state() == State.DOWN) {
      Health known = backend.health();
      if (!error.equals(known.reason())) {
        backend.health(new Health(State.DOWN, error, known.since()));
      }
    }
    pause(now);
  }

  private void pause(long now) {
    current = null;
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
    HealthCheckSpec spec = plan.spec();
    Duration interval = state.state() == State.DOWN ? spec.unhealthyInterval() : spec.interval();
    double factor = 1 + spec.jitter() * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    long left = startedAt + (long) (interval.toNanos() * factor) - now;
    next = loop.schedule(this::check, Math.max(0, left), TimeUnit.NANOSECONDS);
  }

  private void changed(State before, @Nullable String error) {
    Instant now = Instant.now();
    int checks = state.inARow();
    State after = state.state();
    Health known = backend.health();
    history.transition(now, before, after, checks, error);
    if (error != null) {
      LOG.warn("{} is down after {}: {}", backend, counted(checks, "failed"), error);
    } else if (before == State.DOWN) {
      LOG.info(
          "{} is up after {}; it was down for {}",
          backend,
          counted(checks, "passed"),
          text(Duration.between(known.since(), now)));
    } else {
      LOG.info("{} is up after {}", backend, counted(checks, "passed"));
    }
    backend.health(new Health(after, error == null ? counted(checks, "passed") : error, now));
  }

  private static String counted(int checks, String kind) {
    return checks + " " + kind + (checks == 1 ? " check" : " checks");
  }

  private static String text(Duration duration) {
    long seconds = duration.toSeconds();
    return seconds < 60
        ? "%d.%ds".formatted(seconds, duration.toMillisPart() / 100)
        : "%dh%02dm%02ds"
            .formatted(duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart())
            .replaceFirst("^0h", "");
  }

  private void drop() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
    if (current != null) {
      current.close();
      current = null;
    }
    if (kept != null) {
      kept.close();
      kept = null;
    }
  }
}
