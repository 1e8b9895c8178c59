package io.sluice.upstream;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deadlines of one event loop's connections in a wheel of coarse ticks. Every request moves several
 * deadlines and hardly any ever comes, so moving one is a field write: a deadline that went further
 * away stays where it is in the wheel and is sorted in anew when its old moment comes.
 *
 * <p>Deadlines are met up to {@value #TICK_MILLIS} ms late, never early. Bound to its event loop.
 */
public final class LoopTimer {
  static final int TICK_MILLIS = 50;
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
  private static final int SLOTS = 1024;

  /** A deadline that belongs to a connection or a request. */
  public abstract static class Deadline {
    private @Nullable Deadline next;
    private @Nullable Deadline previous;
    private int slot = -1;
    private long at;
    private boolean armed;

    /** The deadline has come; it is disarmed. */
    protected abstract void expired();

    /** Whether it is waiting. */
    public final boolean isArmed() {
      return armed;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(LoopTimer.class);

  private final EventExecutor loop;
  private final Deadline[] heads = new Deadline[SLOTS];

  /** The list of the slot that is being worked off. */
  private final Deadline due = emptyList();

  private final ScheduledFuture<?> ticking;
  private final long origin = System.nanoTime();
  private long doneTick;

  /** A running timer of this loop. */
  public LoopTimer(EventExecutor loop) {
    this.loop = loop;
    for (int i = 0; i < SLOTS; i++) {
      heads[i] = emptyList();
    }
    this.ticking =
        loop.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static Deadline emptyList() {
    Deadline head = new Head();
    head.next = head;
    head.previous = head;
    return head;
  }

  private static final class Head extends Deadline {
    @Override
    protected void expired() {
      throw new IllegalStateException("a list's head never expires");
    }
  }

  /** Arms a deadline or moves it. */
  public void set(Deadline deadline, long now, long afterNanos) {
    assert loop.inEventLoop();
    long at = now - origin + afterNanos;
    deadline.armed = true;
    if (deadline.slot >= 0) {
      if (at >= deadline.at) {
        deadline.at = at;
        return;
      }
      unlink(deadline);
    }
    deadline.at = at;
    link(deadline);
  }

  /** Disarms a deadline; nothing happens when it is not armed. */
  public void clear(Deadline deadline) {
    deadline.armed = false;
  }

  /** Disarms a deadline and lets go of it, so that its owner can be collected. */
  public void remove(Deadline deadline) {
    assert loop.inEventLoop();
    deadline.armed = false;
    if (deadline.slot >= 0) {
      unlink(deadline);
    }
  }

  /** Stops ticking. */
  public void stop() {
    ticking.cancel(false);
  }

  private void link(Deadline d) {
    // the slot behind the deadline's tick: never early. Far deadlines come round several times.
    long tick = Math.max(d.at / TICK + 1, doneTick + 1);
    d.slot = (int) (Math.min(tick, doneTick + SLOTS) % SLOTS);
    Deadline head = heads[d.slot];
    d.next = head;
    d.previous = head.previous;
    if (head.previous != null) {
      head.previous.next = d;
    }
    head.previous = d;
  }

  private static void unlink(Deadline d) {
    if (d.previous != null) {
      d.previous.next = d.next;
    }
    if (d.next != null) {
      d.next.previous = d.previous;
    }
    d.next = null;
    d.previous = null;
    d.slot = -1;
  }

  private void tick() {
    long now = System.nanoTime() - origin;
    long last = now / TICK;
    if (last - doneTick > SLOTS) {
      doneTick = last - SLOTS; // a stalled loop: one turn of the wheel sees every slot
    }
    while (doneTick < last) {
      doneTick++;
      turn(heads[(int) (doneTick % SLOTS)], now);
    }
  }

  private void turn(Deadline head, long now) {
    // A deadline that comes may remove or move others of its slot (one connection's often share
    // it), so no neighbour is remembered: the list is moved away whole and worked off in front.
    moveAll(head, due);
    for (Deadline d = due.next; d != null && d != due; d = due.next) {
      unlink(d);
      if (d.armed) {
        if (d.at <= now) {
          d.armed = false;
          expire(d);
        } else {
          link(d);
        }
      }
    }
  }

  /** One deadline's mistake must not stop the time of every other connection. */
  private static void expire(Deadline d) {
    try {
      d.expired();
    } catch (RuntimeException e) {
      LOG.error("a deadline failed inside Sluice", e);
    }
  }

  private static void moveAll(Deadline from, Deadline to) {
    Deadline first = from.next;
    Deadline last = from.previous;
    if (first == null || last == null || first == from) {
      return;
    }
    to.next = first;
    first.previous = to;
    to.previous = last;
    last.next = to;
    from.next = from;
    from.previous = from;
  }
}
