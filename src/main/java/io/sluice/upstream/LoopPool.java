package io.sluice.upstream;

import io.netty.channel.EventLoop;
import io.sluice.balance.Backend;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The idle upstream connections of one event loop, the youngest first: what was used last is least
 * likely to have been closed by the backend. Bound to its loop, so it needs no lock and a request
 * never changes threads.
 */
public final class LoopPool {
  private final EventLoop loop;
  private final Upstreams upstreams;
  private final UpstreamConnector connector;
  private final Map<Backend, Idle> idle = new HashMap<>();
  private final ScheduledFuture<?> sweeping;

  /** Written by the loop only, read by statistics. */
  private final AtomicInteger open = new AtomicInteger();

  private volatile int kept;

  private static final class Idle {
    UpstreamTarget target;
    final ArrayDeque<UpstreamConnection> connections = new ArrayDeque<>();

    /** Requests of this loop that may not open one, in the order they came. */
    final ArrayDeque<UpstreamConnector.Attempt> lacking = new ArrayDeque<>();

    Idle(UpstreamTarget target) {
      this.target = target;
    }
  }

  /** The pool of a loop. */
  public LoopPool(EventLoop loop, Upstreams upstreams) {
    this.loop = loop;
    this.upstreams = upstreams;
    this.connector = new UpstreamConnector(loop, upstreams, this);
    this.sweeping = loop.scheduleWithFixedDelay(this::sweep, 1, 1, TimeUnit.SECONDS);
    upstreams.add(this);
  }

  /**
   * An idle connection to a backend that can take a request now; null when there is none.
   *
   * @param replayable whether the request can be sent again should the connection turn out dead;
   *     when not, the kernel is asked first
   * @param client whose request it is
   */
  public @Nullable UpstreamConnection take(
      Backend backend, boolean replayable, UpstreamClient client) {
    assert loop.inEventLoop();
    Idle entry = idle.get(backend);
    if (entry == null) {
      return null;
    }
    return entry.target.announcesClients()
        ? takeOf(client, entry, replayable)
        : take(entry, replayable);
  }

  private static @Nullable UpstreamConnection take(Idle entry, boolean replayable) {
    UpstreamConnection connection;
    while ((connection = entry.connections.pollLast()) != null) {
      if (connection.isOpen() && (replayable || connection.isSilent())) {
        return connection;
      }
      connection.close();
    }
    return null;
  }

  /** One that was opened for this client; there are few of them. */
  private static @Nullable UpstreamConnection takeOf(
      UpstreamClient client, Idle entry, boolean replayable) {
    UpstreamConnection connection;
    while ((connection = client.youngest(entry.target.backend())) != null) {
      entry.connections.removeLastOccurrence(connection);
      client.forget(connection);
      if (connection.isOpen() && (replayable || connection.isSilent())) {
        return connection;
      }
      connection.close();
    }
    return null;
  }

  /**
   * Opens a connection on this loop. When the backend has as many as it may have, the request gets
   * the next one that becomes free; an idle one of another loop is closed for it.
   */
  public UpstreamConnector.Attempt connect(
      Backend backend, UpstreamClient client, UpstreamConnector.Listener listener) {
    assert loop.inEventLoop();
    Idle entry = entry(backend);
    UpstreamConnector.Attempt attempt = connector.attempt(entry.target, client, listener);
    if (reserve(entry)) {
      attempt.start();
      return attempt;
    }
    entry.target.connections().lacks();
    entry.lacking.addLast(attempt);
    attempt.lack();
    serveLacking(entry); // one may have become free before the others could know of this request
    return attempt;
  }

  private static boolean reserve(Idle entry) {
    return entry.target.connections().reserve(entry.target.limits().connectionsPerBackend());
  }

  // ---------------------------------------------------------------- when there may be no more

  /** Runs a task of another loop here. */
  void execute(Runnable task) {
    if (!loop.isShuttingDown()) {
      loop.execute(task);
    }
  }

  /** Gives connections to the requests of this loop that lack one, as far as there are any. */
  void serveLacking(Backend backend) {
    Idle entry = idle.get(backend);
    if (entry != null) {
      serveLacking(entry);
    }
  }

  private void serveLacking(Idle entry) {
    UpstreamConnector.Attempt first;
    while ((first = entry.lacking.peekFirst()) != null) {
      UpstreamClient client = first.client();
      UpstreamConnection free = client == null ? take(entry, false) : takeOf(client, entry, false);
      if (free != null) {
        nextLacking(entry).give(free);
      } else if (reserve(entry)) {
        nextLacking(entry).start();
      } else {
        upstreams.closeOneIdle(entry.target.backend());
        return;
      }
    }
  }

  private static UpstreamConnector.Attempt nextLacking(Idle entry) {
    UpstreamConnector.Attempt next = entry.lacking.removeFirst();
    entry.target.connections().lacksNoMore();
    next.lackNoMore();
    return next;
  }

  /** A request needs no connection any more. */
  void withdraw(UpstreamConnector.Attempt attempt) {
    Idle entry = idle.get(attempt.backend());
    if (entry != null && entry.lacking.remove(attempt)) {
      entry.target.connections().lacksNoMore();
    }
    attempt.lackNoMore();
  }

  /** Closes the connection that has been idle longest; false: there is none. */
  boolean closeOldestIdle(Backend backend) {
    Idle entry = idle.get(backend);
    UpstreamConnection oldest = entry == null ? null : entry.connections.pollFirst();
    if (oldest == null) {
      return false;
    }
    closeIdle(oldest);
    return true;
  }

  private static void closeIdle(UpstreamConnection connection) {
    UpstreamClient client = connection.client();
    if (client != null) {
      client.forget(connection);
    }
    connection.close();
  }

  private static void closeAllIdle(Idle entry) {
    entry.connections.forEach(LoopPool::closeIdle);
    entry.connections.clear();
  }

  /** A client's connection has ended: so do those that carried its requests only. */
  void clientLeft(UpstreamClient client) {
    assert loop.inEventLoop();
    UpstreamConnection connection;
    while ((connection = client.any()) != null) {
      Idle entry = idle.get(connection.backend());
      if (entry != null) {
        entry.connections.removeLastOccurrence(connection);
      }
      closeIdle(connection);
    }
  }

  // ---------------------------------------------------------------- a connection's way

  private Idle entry(Backend backend) {
    Idle entry = idle.get(backend);
    if (entry == null) {
      entry = new Idle(connector.target(backend));
      idle.put(backend, entry);
    }
    return entry;
  }

  /** Keeps a connection for the next request, unless the pool's rules say otherwise. */
  void keep(UpstreamConnection connection) {
    Idle entry = idle.get(connection.backend());
    if (entry == null) {
      connection.close(); // its backend was removed meanwhile
      return;
    }
    var rules = entry.target.keepAlive();
    long now = System.nanoTime();
    boolean tooOld =
        !rules.maxAge().isZero() && now - connection.openedAt() > rules.maxAge().toNanos();
    boolean usedUp = rules.maxRequests() > 0 && connection.requests() >= rules.maxRequests();
    boolean tooMany = entry.connections.size() >= rules.maxIdlePerThread();
    if (tooOld || usedUp || tooMany || !mayServeAnother(connection, entry.target)) {
      connection.close();
      return;
    }
    UpstreamConnector.Attempt first = entry.lacking.peekFirst();
    if (first != null && first.client() == connection.client()) {
      nextLacking(entry).give(connection);
      return;
    }
    if (entry.target.connections().isLacking()) {
      connection.close(); // a request of another loop, or of another client, needs its place
      return;
    }
    connection.idleSince = now;
    entry.connections.addLast(connection);
    UpstreamClient client = connection.client();
    if (client != null) {
      client.keep(connection, this);
    }
  }

  /** Whether it was opened as connections are now, and there still is whom it was opened for. */
  private static boolean mayServeAnother(UpstreamConnection connection, UpstreamTarget target) {
    UpstreamClient client = connection.client();
    return client == null
        ? !target.announcesClients()
        : target.announcesClients() && client.isOpen();
  }

  void connectionOpened() {
    open.getAndIncrement();
  }

  void connectionClosed(Backend backend) {
    open.getAndDecrement();
    connectionFailed(backend);
  }

  /** A connection that was counted has not come about. */
  void connectionFailed(Backend backend) {
    UpstreamTarget target = upstreams.find(backend);
    if (target == null) {
      return; // a tunnel has outlived its backend: nobody counts any more
    }
    BackendConnections connections = target.connections();
    connections.ended();
    if (connections.isLacking()) {
      upstreams.serveLacking(backend);
    }
  }

  /** Other settings hold for the connections of a backend, those that are kept included. */
  void follow(UpstreamTarget target) {
    assert loop.inEventLoop();
    Idle entry = idle.get(target.backend());
    if (entry != null) {
      if (entry.target.announcesClients() != target.announcesClients()) {
        closeAllIdle(entry);
      }
      entry.target = target;
      serveLacking(entry); // there may be more of them now
    }
  }

  /** The backend is no longer wanted: closes idle connections, and the others when they end. */
  void retire(Backend backend) {
    assert loop.inEventLoop();
    Idle entry = idle.get(backend);
    if (entry == null) {
      return;
    }
    closeAllIdle(entry);
    if (entry.lacking.isEmpty()) {
      idle.remove(backend);
    }
  }

  /** Connections to backends, idle ones included. */
  public int open() {
    return open.get();
  }

  /** Idle connections, as of the last sweep. */
  public int kept() {
    return kept;
  }

  private void sweep() {
    long now = System.nanoTime();
    int n = 0;
    for (Idle entry : idle.values()) {
      long timeout = entry.target.keepAlive().idleTimeout().toNanos();
      UpstreamConnection oldest;
      while ((oldest = entry.connections.peekFirst()) != null
          && (now - oldest.idleSince > timeout || !oldest.isOpen())) {
        entry.connections.removeFirst();
        closeIdle(oldest);
      }
      n += entry.connections.size();
    }
    kept = n;
  }

  /** Closes every idle connection and keeps no more. */
  public void close() {
    assert loop.inEventLoop();
    sweeping.cancel(false);
    for (Idle entry : idle.values()) {
      closeAllIdle(entry);
    }
  }
}
