package io.sluice.discovery;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.sluice.config.Address;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The API server, as this process reaches it: by the service account of its pod, or by a
 * kubeconfig. Made when it is first needed, because that takes some tenths of a second; any thread.
 */
final class KubernetesAccess implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(15);

  private final Supplier<Config> wanted;

  /** Set once under the lock. */
  private @Nullable KubernetesClient client;

  private boolean closed;

  /** As every client of Kubernetes finds its server. */
  KubernetesAccess() {
    this(() -> Config.autoConfigure(null));
  }

  KubernetesAccess(Supplier<Config> wanted) {
    this.wanted = wanted;
  }

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
          new ConfigBuilder(wanted.get())
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
    if (code <= 0) {
      return "the API server " + server() + "cannot be asked: " + why(failure);
    }
    return switch (code) {
      case 401 ->
          "the API server does not know who asks (401): mount the service account's token; in the"
              + " chart, set discovery.kubernetes.enabled";
      case 403 -> "the API server refuses (403, %s): %s".formatted(said(failure), need(service));
      case 404 ->
          "the API server has no discovery.k8s.io/v1 (404): Kubernetes 1.21 and later have it";
      default -> "the API server answers %d: %s".formatted(code, said(failure));
    };
  }

  /** What it takes to follow a Service. */
  String need(Address.Kubernetes service) {
    return "give Sluice's service account a Role with get, list and watch of endpointslices in"
        + " discovery.k8s.io in namespace %s; in the chart, name it in discovery.kubernetes.namespaces"
            .formatted(namespace(service));
  }

  private synchronized String server() {
    return client == null ? "" : client.getMasterUrl() + " ";
  }

  private static String said(RuntimeException failure) {
    Status status = failure instanceof KubernetesClientException k ? k.getStatus() : null;
    return status == null || status.getMessage() == null ? why(failure) : status.getMessage();
  }

  /** The cause that says most; those of the JDK's client often have no words. */
  private static String why(Throwable failure) {
    String words = failure.getClass().getSimpleName();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof HttpConnectTimeoutException) {
        return "no connection within " + CONNECT.toSeconds() + " s";
      }
      if (each instanceof UnresolvedAddressException || each instanceof UnknownHostException) {
        return "its name is unknown";
      }
      if (each instanceof TimeoutException || each instanceof HttpTimeoutException) {
        return "no answer within " + ANSWER.toSeconds() + " s";
      }
      if (each.getMessage() != null) {
        words = each.getMessage();
      } else if (each instanceof ConnectException) {
        words = "nothing accepts connections there"; // unless a cause knows better
      }
    }
    return words;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (client != null) {
      client.close();
    }
  }
}
