package io.sluice.proxy;

import io.netty.channel.EventLoop;
import io.sluice.balance.Backend;
import io.sluice.http.HeadWriter;
import io.sluice.http.ResponseHead;
import io.sluice.http2.RequestFields;
import io.sluice.upstream.LoopPool;
import io.sluice.upstream.LoopTimer;
import io.sluice.upstream.Upstreams;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one event loop share: timer, idle upstream connections, scratch space,
 * free exchanges. Bound to the loop.
 */
final class LoopContext {
  private static final int MAX_FREE_EXCHANGES = 1024;

  private final EventLoop loop;
  private final LoopTimer timer;
  private final LoopPool pool;
  private final ProxyObserver.Loop observer;
  private final HeadWriter writer = new HeadWriter();
  private final RequestIds requestIds = new RequestIds();
  private final HttpDate date = new HttpDate();
  private final FailureLog failures = new FailureLog();
  private final byte[] scratch = new byte[8 * 1024];
  private final RequestFields streamFields = new RequestFields();
  private final ResponseHead streamAnswer = new ResponseHead();
  private final ArrayDeque<Exchange> free = new ArrayDeque<>();
  private final ArrayDeque<Runnable> woken = new ArrayDeque<>();
  private boolean waking;

  /** Written by the loop only, read by statistics. */
  private final AtomicInteger activeRequests = new AtomicInteger();

  /** Written by the loop only, read by statistics. */
  private final AtomicInteger connections = new AtomicInteger();

  private @Nullable ClientConnection newest;

  LoopContext(EventLoop loop, Upstreams upstreams, ProxyObserver.Loop observer) {
    this.loop = loop;
    this.timer = new LoopTimer(loop);
    this.pool = new LoopPool(loop, upstreams);
    this.observer = observer;
  }

  EventLoop loop() {
    return loop;
  }

  LoopTimer timer() {
    return timer;
  }

  LoopPool pool() {
    return pool;
  }

  ProxyObserver.Loop observer() {
    return observer;
  }

  HeadWriter writer() {
    return writer;
  }

  RequestIds requestIds() {
    return requestIds;
  }

  HttpDate date() {
    return date;
  }

  FailureLog failures() {
    return failures;
  }

  byte[] scratch() {
    return scratch;
  }

  /** Where the head of a stream's request is put together. */
  RequestFields streamFields() {
    return streamFields;
  }

  /** Where the head of an answer to a stream is read. */
  ResponseHead streamAnswer() {
    return streamAnswer;
  }

  int activeRequests() {
    return activeRequests.get();
  }

  int connections() {
    return connections.get();
  }

  /**
   * Runs a task that the end of a request has made possible. Callable by any thread; on the loop it
   * runs before this returns, or after the task that it comes from: one that wakes another, which
   * wakes another, would fill the stack.
   */
  void wake(Runnable task) {
    if (!loop.inEventLoop()) {
      if (!loop.isShuttingDown()) {
        loop.execute(task);
      }
      return;
    }
    woken.addLast(task);
    if (!waking) {
      waking = true;
      try {
        Runnable next;
        while ((next = woken.pollFirst()) != null) {
          next.run();
        }
      } finally {
        waking = false;
      }
    }
  }

  void connectionOpened(ClientConnection connection) {
    assert loop.inEventLoop();
    connections.lazySet(connections.getPlain() + 1);
    ClientConnection below = newest;
    connection.next = below;
    if (below != null) {
      below.previous = connection;
    }
    newest = connection;
  }

  void connectionClosed(ClientConnection connection) {
    connections.lazySet(connections.getPlain() - 1);
    ClientConnection next = connection.next;
    ClientConnection previous = connection.previous;
    if (previous == null) {
      newest = next;
    } else {
      previous.next = next;
    }
    if (next != null) {
      next.previous = previous;
    }
    connection.next = null;
    connection.previous = null;
  }

  /** A drain begins: tells every connection. */
  void drain() {
    ClientConnection connection = newest;
    while (connection != null) {
      ClientConnection next = connection.next;
      connection.drain();
      connection = next;
    }
  }

  /** Ends whatever is with these backends; see {@link Exchange#leaveBackend}. */
  void cutOff(Set<Backend> backends) {
    assert loop.inEventLoop();
    // the list changes while requests end, and one that ends may have others go on: so first all
    List<Exchange> found = new ArrayList<>();
    for (ClientConnection connection = newest; connection != null; connection = connection.next) {
      connection.eachExchange(
          exchange -> {
            if (exchange.isWith(backends)) {
              found.add(exchange);
            }
          });
    }
    for (Exchange exchange : found) {
      if (exchange.isWith(backends)) {
        exchange.leaveBackend();
      }
    }
  }

  /** Closes every client connection at once. */
  void cutAll() {
    while (newest != null) {
      ClientConnection connection = newest;
      connection.close();
      if (newest == connection) {
        connectionClosed(connection);
      }
    }
  }

  /** A clean exchange. */
  Exchange acquire() {
    activeRequests.lazySet(activeRequests.getPlain() + 1);
    Exchange exchange = free.pollLast();
    return exchange == null ? new Exchange(this) : exchange;
  }

  /** Takes an ended exchange back. */
  void release(Exchange exchange) {
    activeRequests.lazySet(activeRequests.getPlain() - 1);
    if (free.size() < MAX_FREE_EXCHANGES) {
      free.addLast(exchange);
    }
  }

  /** Stops the timer and closes idle upstream connections. */
  void close() {
    timer.stop();
    pool.close();
  }
}
