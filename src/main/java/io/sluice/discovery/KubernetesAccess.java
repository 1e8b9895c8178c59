package io.sluice.discovery;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.sluice.config.Address;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The API server, as this process reaches it: by the service account of its pod, or by a
 * kubeconfig. Made when it is first needed, because that takes some tenths of a second; any thread.
 */
final class KubernetesAccess implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(15);

  /** Set once under the lock. */
  private @Nullable KubernetesClient client;

  private boolean closed;

  /**
   * The client.
   *
   * @throws KubernetesClientException when a kubeconfig cannot be used
   */
  synchronized KubernetesClient client() {
    KubernetesClient open = client;
    if (open == null) {
      if (closed) {
        throw new KubernetesClientException("closed");
      }
      Config config =
          new ConfigBuilder(Config.autoConfigure(null))
              .withConnectionTimeout((int) CONNECT.toMillis())
              .withRequestTimeout((int) ANSWER.toMillis())
              // who asks decides when to ask again
              .withRequestRetryBackoffLimit(0)
              .withWatchReconnectLimit(0)
              .build();
      open =
          new KubernetesClientBuilder()
              .withHttpClientFactory(new JdkHttpClientFactory())
              .withConfig(config)
              .build();
      client = open;
    }
    return open;
  }

  /** A Service's namespace, or the one of the pod or the kubeconfig when the address has none. */
  String namespace(Address.Kubernetes service) {
    return service.namespace() != null
        ? service.namespace()
        : Objects.requireNonNullElse(client().getNamespace(), "default");
  }

  /** Why a question failed, for people who can do something about it. */
  String reason(RuntimeException failure, Address.Kubernetes service) {
    int code = failure instanceof KubernetesClientException k ? k.getCode() : 0;
    return switch (code) {
      case 0 -> "the API server " + server() + "cannot be asked: " + last(failure);
      case 401 ->
          "the API server does not know who asks (401): mount the service account's token; in the"
              + " chart, set discovery.kubernetes.enabled";
      case 403 ->
          "the API server refuses (403, %s): give Sluice's service account a Role with get, list and watch of endpointslices in discovery.k8s.io in namespace %s; in the chart, name it in discovery.kubernetes.namespaces"
              .formatted(said(failure), namespace(service));
      case 404 ->
          "the API server has no discovery.k8s.io/v1 (404): Kubernetes 1.21 and later have it";
      default -> "the API server answers %d: %s".formatted(code, said(failure));
    };
  }

  private synchronized String server() {
    return client == null ? "" : client.getMasterUrl() + " ";
  }

  private static String said(RuntimeException failure) {
    Status status = failure instanceof KubernetesClientException k ? k.getStatus() : null;
    return status == null || status.getMessage() == null ? last(failure) : status.getMessage();
  }

  private static String last(Throwable failure) {
    Throwable last = failure;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    String message = last.getMessage();
    return message == null ? last.getClass().getSimpleName() : message;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (client != null) {
      client.close();
    }
  }
}
