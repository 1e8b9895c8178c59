package io.sluice.testkit;

import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.control.ChangeException;
import io.sluice.control.ConfigChange;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneStatus;
import io.sluice.control.Extensions;
import io.sluice.control.ImpactPreview;
import io.sluice.control.InForce;
import io.sluice.control.Inheritance;
import io.sluice.control.Reconciler;
import io.sluice.health.HealthStatus;
import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import io.sluice.proxy.FinishedRequest;
import io.sluice.proxy.ProxyObserver;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.SnapshotStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A data plane in this process, on a port of its own. */
public final class RunningProxy implements AutoCloseable {
  private final MemoryStore store;
  private final DataPlane dataPlane;
  private final int port;

  /** Written by every event loop, read by tests. */
  private final List<Reported> reported = new CopyOnWriteArrayList<>();

  private final List<String> failures = new CopyOnWriteArrayList<>();

  /** Written by every event loop, read by tests. */
  private final AtomicInteger headersRefused = new AtomicInteger();

  private volatile boolean keepsReports = true;

  private final class Reports implements ProxyObserver.Loop {
    @Override
    public void requestEnded(FinishedRequest request) {
      if (keepsReports) {
        reported.add(Reported.of(request));
      }
    }

    @Override
    public void connectFailed(FinishedRequest soFar) {
      if (keepsReports) {
        failures.add("no connection to " + soFar.backendId());
      }
    }

    @Override
    public void triedAgain(FinishedRequest soFar) {
      if (keepsReports) {
        failures.add("tried again after " + soFar.backendId());
      }
    }

    @Override
    public void proxyHeaderRefused() {
      headersRefused.getAndIncrement();
    }
  }

  RunningProxy(Configuration configuration, Extensions extensions, Inheritance inheritance) {
    store = new MemoryStore(configuration.bootstrap());
    SnapshotStore.Stored first = Objects.requireNonNull(store.newest());
    dataPlane =
        DataPlane.start(
            configuration,
            new InForce(first.revision(), first.snapshot()),
            store,
            extensions,
            (loop, tasks) -> new Reports(),
            inheritance);
    port = dataPlane.addresses().getFirst() instanceof InetSocketAddress inet ? inet.getPort() : -1;
  }

  /** One that sends all requests to these backends. */
  public static RunningProxy to(ScriptedBackend... backends) {
    int[] ports = new int[backends.length];
    for (int i = 0; i < ports.length; i++) {
      ports[i] = backends[i].port();
    }
    return new ProxySetup().pool("default", ports).start();
  }

  public int port() {
    return port;
  }

  /** A new client connection. */
  public RawClient connect() throws IOException {
    return RawClient.connect(port);
  }

  /** One request on a connection of its own. */
  public Response once(String request) throws IOException {
    try (RawClient client = connect()) {
      return client.exchange(request);
    }
  }

  /** The requests that have ended, in that order. */
  public List<Reported> reported() {
    return List.copyOf(reported);
  }

  /** What failed before a request's end, in that order. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** Connections that were closed because of their PROXY header. */
  public int headersRefused() {
    return headersRefused.get();
  }

  /** Waits for the report of a request by its target; the first one if there are more. */
  public Reported awaitReport(String target) {
    Await.until(
        () -> reported.stream().anyMatch(r -> r.target().equals(target)),
        "the end of " + target + " is reported");
    return reported.stream().filter(r -> r.target().equals(target)).findFirst().orElseThrow();
  }

  /** For tests with too many requests to keep what is reported of each. */
  public RunningProxy withoutReports() {
    keepsReports = false;
    return this;
  }

  public DataPlane dataPlane() {
    return dataPlane;
  }

  /** Where its revisions are kept. */
  public MemoryStore store() {
    return store;
  }

  /** Makes a change and waits until it is in force. */
  public Reconciler.Outcome change(UnaryOperator<Snapshot> edit) {
    return dataPlane.reconciler().submit(changing(edit, false)).join();
  }

  /** The same whatever guards say. */
  public Reconciler.Outcome force(UnaryOperator<Snapshot> edit) {
    return dataPlane.reconciler().submit(changing(edit, true)).join();
  }

  /** What a change would do. */
  public ImpactPreview preview(UnaryOperator<Snapshot> edit) {
    return dataPlane.reconciler().preview(changing(edit, false)).join();
  }

  /** Makes a change that is refused, and tells why. */
  public ChangeException refused(UnaryOperator<Snapshot> edit) {
    try {
      Reconciler.Outcome outcome = change(edit);
      throw new AssertionError("it was made: " + outcome);
    } catch (CompletionException e) {
      if (e.getCause() instanceof ChangeException refused) {
        return refused;
      }
      throw e;
    }
  }

  private static ConfigChange changing(UnaryOperator<Snapshot> edit, boolean force) {
    return new ConfigChange(
        now -> edit.apply(now.snapshot()),
        new Change(Actor.SYSTEM, "api", "a test's change", null, null),
        force);
  }

  /** What another process would receive: its sockets under other numbers. */
  public Inheritance leave(boolean held) throws OsException {
    Map<Address, Integer> copies = new HashMap<>();
    for (Map.Entry<Address, Integer> socket : dataPlane.descriptors().entrySet()) {
      copies.put(socket.getKey(), Descriptors.duplicate(socket.getValue()));
    }
    return new Inheritance(copies, held, null);
  }

  public DataPlaneStatus status() {
    return dataPlane.status();
  }

  /** What is reported of a backend at the moment. */
  public DataPlaneStatus.BackendStatus backend(String id) {
    return status().backends().stream()
        .filter(b -> b.backend().equals(id))
        .findFirst()
        .orElseThrow();
  }

  /** What its checks have found; null when it has none. */
  public @Nullable HealthStatus health(String pool, String backend) {
    return dataPlane.health(pool, backend);
  }

  /** Stops accepting; completes with the last connection. */
  public CompletableFuture<Void> drain() {
    return dataPlane.drain();
  }

  @Override
  public void close() {
    dataPlane.close();
  }
}
