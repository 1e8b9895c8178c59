package io.sluice.control;

import io.netty.util.NetUtil;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.discovery.DiscoveredEndpoint;
import io.sluice.discovery.EndpointSource;
import io.sluice.discovery.KubernetesEndpoints;
import io.sluice.upstream.NameResolver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Finds out once what a backend's address stands for, on the calling thread. */
record BackendLookup(List<InetSocketAddress> resolvers) {

  /**
   * The places of a backend, at least one; those that are ready first.
   *
   * @throws IOException with a sentence why there is none
   */
  List<InetSocketAddress> of(Address address, Duration most) throws IOException {
    return switch (address) {
      case Address.Tcp(String host, int port) -> {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        yield literal == null
            ? named(address, most)
            : List.of(new InetSocketAddress(InetAddress.getByAddress(literal), port));
      }
      case Address.Service _ -> named(address, most);
      case Address.Kubernetes service -> pods(service, most);
      case Address.Unix _ -> throw new IOException(address + " is a socket, not a name");
    };
  }

  private List<InetSocketAddress> named(Address name, Duration most) throws IOException {
    try (NameResolver resolver = new NameResolver(resolvers)) {
      CompletableFuture<NameResolver.Answer> answer =
          name instanceof Address.Tcp(String host, int port)
              ? resolver.addresses(host, port)
              : resolver.services(((Address.Service) name).name());
      List<InetSocketAddress> found =
          wait(answer, most, "the name cannot be resolved: ", "no name server answers")
              .endpoints()
              .stream()
              .map(endpoint -> new InetSocketAddress(endpoint.address(), endpoint.port()))
              .toList();
      if (found.isEmpty()) {
        throw new IOException("the name has no address");
      }
      return found;
    }
  }

  private static List<InetSocketAddress> pods(Address.Kubernetes service, Duration most)
      throws IOException {
    CompletableFuture<List<DiscoveredEndpoint>> told = new CompletableFuture<>();
    EndpointSource.Listener listener =
        new EndpointSource.Listener() {
          @Override
          public void found(
              Address address, List<DiscoveredEndpoint> endpoints, @Nullable String remark) {
            if (remark == null) {
              told.complete(endpoints);
            } else {
              told.completeExceptionally(new IOException(remark));
            }
          }

          @Override
          public void failed(Address address, String reason) {
            told.completeExceptionally(new IOException(reason));
          }
        };
    try (EndpointSource source = new KubernetesEndpoints(null, listener)) {
      source.follow(service);
      return wait(told, most, "the Service ", "no API server answers").stream()
          .sorted(Comparator.comparing((DiscoveredEndpoint e) -> e.state() != AdminState.READY))
          .map(endpoint -> new InetSocketAddress(endpoint.address(), endpoint.port()))
          .toList();
    }
  }

  private static <T> T wait(
      CompletableFuture<T> answer, Duration most, String failed, String silent) throws IOException {
    try {
      return answer.get(most.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(failed + cause.getMessage(), e);
    } catch (TimeoutException e) {
      throw new IOException(silent + " within " + BackendProbe.LONGEST.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
