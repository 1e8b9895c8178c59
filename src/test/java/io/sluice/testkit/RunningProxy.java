package io.sluice.testkit;

import io.sluice.config.Configuration;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneStatus;
import io.sluice.control.Extensions;
import io.sluice.health.HealthStatus;
import io.sluice.proxy.FinishedRequest;
import io.sluice.proxy.ProxyObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A data plane in this process, on a port of its own. */
public final class RunningProxy implements AutoCloseable {
  private final DataPlane dataPlane;
  private final int port;

  /** Written by every event loop, read by tests. */
  private final List<Reported> reported = new CopyOnWriteArrayList<>();

  private final List<String> failures = new CopyOnWriteArrayList<>();

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
      failures.add("no connection to " + soFar.backendId());
    }

    @Override
    public void triedAgain(FinishedRequest soFar) {
      failures.add("tried again after " + soFar.backendId());
    }
  }

  RunningProxy(Configuration configuration, Extensions extensions) {
    dataPlane = DataPlane.start(configuration, extensions, (loop, tasks) -> new Reports());
    port = ((InetSocketAddress) dataPlane.addresses().getFirst()).getPort();
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
