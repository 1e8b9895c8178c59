package io.sluice.control;

import io.sluice.balance.Ejection;
import io.sluice.balance.Health;
import io.sluice.balance.PoolStatus;
import io.sluice.health.HealthStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the data plane is doing at the moment.
 *
 * @param connections client connections, idle ones included
 * @param requests in flight, tunnels included
 * @param upstreamConnections connections to backends, idle ones included
 * @param upstreamIdle of these, idle ones, as of the last second
 * @param pools how each one chooses, in declaration order
 * @param backends of all pools in declaration order
 */
public record DataPlaneStatus(
    int connections,
    int requests,
    int upstreamConnections,
    int upstreamIdle,
    List<PoolStatus> pools,
    List<BackendStatus> backends) {
  public DataPlaneStatus {
    pools = List.copyOf(pools);
    backends = List.copyOf(backends);
  }

  /**
   * A backend at the moment.
   *
   * @param requests in flight, tunnels included
   * @param up whether it counts as up; true without checks
   * @param health what checks have found
   * @param ejection whether it is left out because of its answers
   * @param checks how many there were; null: it has none
   */
  public record BackendStatus(
      String pool,
      String backend,
      String address,
      int requests,
      boolean up,
      Health health,
      Ejection ejection,
      HealthStatus.@Nullable Counts checks) {}
}
