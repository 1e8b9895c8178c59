package io.sluice.admin;

import java.time.Duration;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;

/**
 * The management plane's own few threads: a busy data plane must not slow it, nor vice versa.
 * Spring gives them to the server last of all, so this is where its listening socket comes in.
 */
final class AdminLoops extends ReactorResourceFactory {
  private static final int THREADS = 2;

  private final AdminConnections connections;

  AdminLoops(AdminConnections connections) {
    this.connections = connections;
    setUseGlobalResources(false);
    setLoopResourcesSupplier(() -> LoopResources.create("sluice-admin", THREADS, true));
    // By default closing waits 2 s for late tasks; the process ends with the last request instead.
    setShutdownQuietPeriod(Duration.ZERO);
  }

  @Override
  public LoopResources getLoopResources() {
    return connections.under(super.getLoopResources());
  }
}
