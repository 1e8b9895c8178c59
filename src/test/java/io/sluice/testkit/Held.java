package io.sluice.testkit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A script that holds each request until the test lets it go, and counts how many it holds. */
public final class Held implements ScriptedBackend.Script {
  private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  /** Targets in the order they came; guarded by itself. */
  private final List<String> arrived = new ArrayList<>();

  @Override
  public void run(Conversation c) throws IOException {
    String target = c.request().target();
    most.accumulateAndGet(now.incrementAndGet(), Math::max);
    synchronized (arrived) {
      arrived.add(target);
    }
    Await.latch(gate(target), "the test lets " + target + " go");
    now.decrementAndGet();
    c.send(Wire.ok(target));
  }

  private CountDownLatch gate(String target) {
    return gates.computeIfAbsent(target, t -> new CountDownLatch(1));
  }

  /** Lets the request of this target go, and those that come with it later. */
  public void release(String target) {
    gate(target).countDown();
  }

  /** The targets so far. */
  public List<String> arrived() {
    synchronized (arrived) {
      return List.copyOf(arrived);
    }
  }

  /** Waits until so many requests have come. */
  public void awaitArrivals(int count) {
    Await.until(() -> arrived().size() >= count, count + " requests reach the backend");
  }

  /** The most requests that were there at once. */
  public int most() {
    return most.get();
  }
}
