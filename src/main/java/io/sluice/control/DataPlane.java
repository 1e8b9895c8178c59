package io.sluice.control;

import io.sluice.config.Configuration;
import io.sluice.proxy.ProxyObserver;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The running data plane: event loops, listeners, routes and pools. */
public final class DataPlane implements AutoCloseable {

  private DataPlane() {}

  /**
   * Starts event loops, binds every listener and serves. All or nothing: when one listener cannot
   * be bound, those already bound are closed again.
   *
   * @throws DataPlaneException with a sentence for the operator: what failed, where, what to do
   */
  public static DataPlane start(
      Configuration configuration, Extensions extensions, ProxyObserver observer) {
    return new DataPlane();
  }

  /** The bound addresses, in the configuration's order; a port 0 is replaced by the real one. */
  public List<SocketAddress> addresses() {
    return List.of();
  }

  /** Figures of this moment; cheap, callable from any thread. */
  public DataPlaneStatus status() {
    return new DataPlaneStatus(0, 0, 0, 0, List.of());
  }

  /**
   * Stops accepting and lets requests in flight and tunnels finish; idle connections are closed.
   *
   * @return completes when the last connection has ended
   */
  public CompletableFuture<Void> drain() {
    return CompletableFuture.completedFuture(null);
  }

  /** Ends everything at once; connections still open are cut. */
  @Override
  public void close() {}
}
