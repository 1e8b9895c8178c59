package io.sluice.control;

import io.sluice.balance.Ejection;
import io.sluice.balance.Health;
import io.sluice.balance.Pool;
import io.sluice.balance.PoolLoad;
import io.sluice.balance.PoolStatus;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.health.HealthStatus;
import io.sluice.tls.CertificateStatus;
import io.sluice.tls.HandshakeCounts;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the data plane is doing at the moment.
 *
 * @param connections client connections, idle ones included
 * @param requests in flight, tunnels included
 * @param upstreamConnections connections to backends, idle ones included
 * @param upstreamIdle of these, idle ones, as of the last second
 * @param pools how each one chooses, in declaration order
 * @param loads what each pool carries, in declaration order
 * @param backends of all pools in declaration order
 * @param tls the listeners with TLS, in the configuration's order
 */
public record DataPlaneStatus(
    int connections,
    int requests,
    int upstreamConnections,
    int upstreamIdle,
    List<PoolStatus> pools,
    List<LoadStatus> loads,
    List<BackendStatus> backends,
    List<TlsStatus> tls) {
  public DataPlaneStatus {
    pools = List.copyOf(pools);
    loads = List.copyOf(loads);
    backends = List.copyOf(backends);
    tls = List.copyOf(tls);
  }

  /**
   * A listener with TLS.
   *
   * @param listener its address as the configuration has it
   * @param handshakes how they have ended so far
   * @param certificates in the configuration's order
   */
  public record TlsStatus(
      String listener, HandshakeCounts handshakes, List<CertificateStatus> certificates) {
    public TlsStatus {
      certificates = List.copyOf(certificates);
    }
  }

  /**
   * What a pool carries.
   *
   * @param waiting requests that wait for a backend with room
   * @param rejected requests so far that got 503 because every backend was full
   * @param retries further tries so far by reason, all reasons in order
   * @param suppressed further tries so far that the retry budget did not allow
   */
  public record LoadStatus(
      String pool, int waiting, long rejected, Map<String, Long> retries, long suppressed) {
    public LoadStatus {
      retries = Collections.unmodifiableMap(new LinkedHashMap<>(retries));
    }

    static LoadStatus of(Pool pool) {
      PoolLoad load = pool.load();
      Map<String, Long> retries = new LinkedHashMap<>();
      for (PoolLoad.RetryReason reason : PoolLoad.RetryReason.values()) {
        retries.put(reason.label(), load.retryCount(reason));
      }
      return new LoadStatus(
          pool.id(), load.waiting(), load.rejectedCount(), retries, load.suppressedCount());
    }
  }

  /**
   * A backend at the moment.
   *
   * @param requests in flight, tunnels included
   * @param up whether it counts as up; true without checks
   * @param health what checks have found
   * @param ejection whether it is left out because of its answers
   * @param checks how many there were; null: it has none
   * @param adminState what the operator wants of it
   * @param eligible whether its own facts let it take new requests
   * @param share its part of its pool's new requests at the moment, 0 to 1; in a panic also others
   *     than eligible ones have some
   * @param tunnels upgraded connections; each is one of the requests too
   */
  public record BackendStatus(
      String pool,
      String backend,
      String address,
      int requests,
      boolean up,
      Health health,
      Ejection ejection,
      HealthStatus.@Nullable Counts checks,
      AdminState adminState,
      boolean eligible,
      double share,
      int tunnels) {}
}
