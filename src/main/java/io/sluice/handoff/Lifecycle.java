package io.sluice.handoff;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a process is between its start and its end, and the way it has come. Thread-safe. */
public final class Lifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  /** Older steps are forgotten; calling off again and again must not fill the memory. */
  private static final int MOST = 100;

  /** What a process is about. */
  public enum Phase {
    /** Reads its configuration, opens its store, binds its sockets. */
    STARTING,
    /** Has the sockets of the process before it and makes itself ready. */
    TAKING_OVER,
    /** Asks itself for a request. */
    PROBING,
    /** Waits for the store of the process before it. */
    TAKING_STORE,
    /** Accepts and serves. */
    SERVING,
    /** Serves, and was told that a successor is coming. */
    AWAITING_SUCCESSOR,
    /** Serves; a successor has the sockets and makes itself ready. */
    HANDING_OVER,
    /** Serves; its store is with its successor. */
    HANDING_STORE,
    /** Accepts no more and finishes what is running. */
    DRAINING,
    /** Closes. */
    STOPPING;

    /** Its name for people and machines. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * One step.
   *
   * @param detail why or with whom; null: nothing to say
   */
  public record Entry(Instant at, Phase phase, @Nullable String detail) {}

  /**
   * The process whose place this one took.
   *
   * @param connections of clients that it still has, as it said last
   * @param requests in flight there
   * @param finished whether it has ended
   */
  public record Predecessor(
      int pid, String version, int connections, int requests, boolean finished) {}

  // Guarded by this.
  private final Deque<Entry> way = new ArrayDeque<>();
  private @Nullable Predecessor predecessor;

  /** A process that starts. */
  public Lifecycle() {
    way.add(new Entry(Instant.now(), Phase.STARTING, null));
  }

  /** The next step; logged. */
  public synchronized void enter(Phase phase, @Nullable String detail) {
    add(phase, detail);
  }

  /**
   * Waits for a successor from now on, when this process just serves.
   *
   * @return this step, for {@link #giveUpWaiting}; null: it does something else, nothing has
   *     changed
   */
  public synchronized @Nullable Entry awaitSuccessor(String detail) {
    return phase() == Phase.SERVING ? add(Phase.AWAITING_SUCCESSOR, detail) : null;
  }

  /** Just serves again, unless something else has happened since that step. */
  public synchronized void giveUpWaiting(Entry waiting, String detail) {
    if (way.getLast().equals(waiting)) {
      add(Phase.SERVING, detail);
    }
  }

  private Entry add(Phase phase, @Nullable String detail) {
    Entry entry = new Entry(Instant.now(), phase, detail);
    way.addLast(entry);
    if (way.size() > MOST) {
      way.removeFirst();
    }
    if (detail == null && phase == Phase.SERVING) {
      LOG.debug("lifecycle: serving"); // a plain start says so itself
    } else if (detail == null) {
      LOG.info("lifecycle: {}", phase.text());
    } else {
      LOG.info("lifecycle: {} ({})", phase.text(), detail);
    }
    return entry;
  }

  /** The phase of this moment. */
  public synchronized Phase phase() {
    return way.getLast().phase();
  }

  /** The last steps, the oldest first. */
  public synchronized List<Entry> way() {
    return List.copyOf(way);
  }

  /** Whose place this process took; null: nobody's. */
  public synchronized @Nullable Predecessor predecessor() {
    return predecessor;
  }

  /** Remembers what the process before this one says. */
  public synchronized void predecessor(Predecessor said) {
    predecessor = said;
  }
}
