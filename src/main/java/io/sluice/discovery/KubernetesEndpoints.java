package io.sluice.discovery;

import io.sluice.config.Address;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pods of Services, as the EndpointSlices of Kubernetes tell it. Its API server is reached as
 * every client of Kubernetes does: by the pod's service account, or by the kubeconfig that {@code
 * KUBECONFIG} names. Nothing of Kubernetes is loaded before the first Service is followed.
 */
public final class KubernetesEndpoints implements EndpointSource {
  private final KubernetesAccess access;
  private final @Nullable String zone;
  private final Listener listener;
  private final ServiceWatch.Times times;

  /** Under the lock. */
  private final Map<Address, ServiceWatch> watches = new HashMap<>();

  /**
   * Follows nothing yet.
   *
   * @param zone that Sluice is in, for hints of topology; null or empty: unknown
   */
  public KubernetesEndpoints(@Nullable String zone, Listener listener) {
    this(new KubernetesAccess(), zone, listener, ServiceWatch.Times.DEFAULT);
  }

  KubernetesEndpoints(
      KubernetesAccess access, @Nullable String zone, Listener listener, ServiceWatch.Times times) {
    this.access = access;
    this.zone = zone == null || zone.isEmpty() ? null : zone;
    this.listener = listener;
    this.times = times;
  }

  @Override
  public synchronized void follow(Address address) {
    if (!(address instanceof Address.Kubernetes service)) {
      throw new IllegalArgumentException(address + " is no Service of Kubernetes");
    }
    ServiceWatch watch = new ServiceWatch(access, service, zone, listener, times);
    if (watches.putIfAbsent(service, watch) == null) {
      watch.start();
    }
  }

  @Override
  public synchronized void leave(Address address) {
    ServiceWatch watch = watches.remove(address);
    if (watch != null) {
      watch.stop();
    }
  }

  /** As the certificates of a cluster's own authority have it. */
  @Override
  public String host(Address address) {
    return address instanceof Address.Kubernetes service
        ? service.service() + "." + access.namespace(service) + ".svc"
        : address.toString();
  }

  @Override
  public synchronized void close() {
    watches.values().forEach(ServiceWatch::stop);
    watches.clear();
    access.close();
  }
}
