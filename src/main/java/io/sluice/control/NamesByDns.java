package io.sluice.control;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.discovery.DiscoveredEndpoint;
import io.sluice.discovery.EndpointSource;
import io.sluice.upstream.NameResolver;
import io.sluice.upstream.NameResolver.Answer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What names stand for, as DNS tells it; each is asked for again when its records end. Bound to the
 * control thread, except for {@link #close}.
 */
final class NamesByDns implements EndpointSource {
  /** A name server that says 0 is not asked more often. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private final ControlThread control;
  private final List<Address.Tcp> servers;
  private final Listener listener;

  /** Made with the first name; written by the control thread, closed by any. */
  private volatile @Nullable NameResolver resolver;

  /** Each with what its questions are known by: those of an earlier time lead to no further one. */
  private final Map<Address, Object> followed = new HashMap<>();

  /**
   * Follows nothing yet.
   *
   * @param servers asked in this order; empty: the system's
   */
  NamesByDns(ControlThread control, List<Address.Tcp> servers, Listener listener) {
    this.control = control;
    this.servers = servers;
    this.listener = listener;
  }

  @Override
  public void follow(Address name) {
    Object since = new Object();
    if (followed.putIfAbsent(name, since) == null) {
      ask(name, since);
    }
  }

  @Override
  public void leave(Address name) {
    followed.remove(name);
  }

  /** The host, or the domain that offers the service. */
  @Override
  public String host(Address name) {
    return name instanceof Address.Tcp tcp
        ? tcp.host()
        : name.toString().replaceFirst("^srv:[^.]+\\.[^.]+\\.", "");
  }

  private void ask(Address name, Object since) {
    NameResolver asked = resolver;
    if (asked == null) {
      asked =
          new NameResolver(
              servers.stream().map(s -> new InetSocketAddress(s.host(), s.port())).toList());
      resolver = asked;
    }
    CompletableFuture<Answer> answer =
        switch (name) {
          case Address.Tcp(String host, int port) -> asked.addresses(host, port);
          case Address.Service(String service) -> asked.services(service);
          case Address.Unix _, Address.Kubernetes _ ->
              throw new IllegalArgumentException(name + " is not for DNS");
        };
    answer.whenComplete(
        (found, failure) -> control.execute(() -> told(name, since, found, failure)));
  }

  /** DNS has answered, well or not. */
  private void told(
      Address name, Object since, @Nullable Answer answer, @Nullable Throwable failure) {
    if (followed.get(name) != since) {
      return;
    }
    if (answer == null || answer.endpoints().isEmpty()) {
      control.after(AFTER_FAILURE, () -> askAgain(name, since));
      listener.failed(name, failure == null ? "no address" : reason(failure));
      return;
    }
    Duration holds = Duration.ofSeconds(answer.seconds());
    Duration wait = holds.compareTo(SHORTEST) < 0 ? SHORTEST : holds;
    control.after(wait.compareTo(LONGEST) > 0 ? LONGEST : wait, () -> askAgain(name, since));
    listener.found(name, answer.endpoints().stream().map(NamesByDns::endpoint).toList(), null);
  }

  private static DiscoveredEndpoint endpoint(NameResolver.Endpoint found) {
    return new DiscoveredEndpoint(
        found.address(),
        found.port(),
        found.weight(),
        found.priority(),
        AdminState.READY,
        Map.of());
  }

  private void askAgain(Address name, Object since) {
    if (followed.get(name) == since) {
      ask(name, since);
    }
  }

  private static String reason(Throwable failure) {
    Throwable last = failure;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    String message = last.getMessage();
    return message == null ? last.getClass().getSimpleName() : message;
  }

  @Override
  public void close() {
    NameResolver open = resolver;
    if (open != null) {
      open.close();
    }
  }
}
