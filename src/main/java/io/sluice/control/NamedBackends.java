package io.sluice.control;

import io.netty.util.NetUtil;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.upstream.NameResolver;
import io.sluice.upstream.NameResolver.Answer;
import io.sluice.upstream.NameResolver.Endpoint;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backends that are given by name. Each address that DNS knows for the name is a backend of its
 * own, with its own health and counters: a name that stands for a good and a sick machine must not
 * be half well. Names are asked for again when their records end; what cannot be resolved keeps its
 * last addresses, because a name server that fails says nothing about the backends.
 */
final class NamedBackends implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NamedBackends.class);

  /** How long the start waits for names; those that take longer come later. */
  private static final Duration FIRST_WAIT = Duration.ofSeconds(3);

  /** A name server that says 0 is not asked more often. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private record Follower(PoolSpec wanted, Consumer<PoolSpec> changed) {}

  private final ControlThread control;
  private final @Nullable NameResolver resolver;

  /** Written by the starting thread, then by the control thread. */
  private final Map<Address, List<Endpoint>> known = new ConcurrentHashMap<>();

  // The control thread's only.
  private final Set<Address> failing = new HashSet<>();
  private final List<Follower> followers = new ArrayList<>();

  private NamedBackends(ControlThread control, @Nullable NameResolver resolver) {
    this.control = control;
    this.resolver = resolver;
  }

  /**
   * Looks the names of all pools up, at once, and waits a bounded time for the answers.
   *
   * @param servers asked in this order; empty: the system's
   */
  static NamedBackends lookUp(
      Collection<PoolSpec> pools, List<Address.Tcp> servers, ControlThread control) {
    Set<Address> names = new LinkedHashSet<>();
    for (PoolSpec pool : pools) {
      pool.backends().stream()
          .map(BackendSpec::address)
          .filter(NamedBackends::isName)
          .forEach(names::add);
    }
    if (names.isEmpty()) {
      return new NamedBackends(control, null);
    }
    NameResolver resolver =
        new NameResolver(
            servers.stream().map(s -> new InetSocketAddress(s.host(), s.port())).toList());
    NamedBackends named = new NamedBackends(control, resolver);
    named.first(names);
    return named;
  }

  private void first(Set<Address> names) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (Address name : names) {
      answers.add(
          ask(name)
              .whenComplete(
                  (answer, failure) -> {
                    if (answer != null) {
                      known.put(name, answer.endpoints());
                    }
                    control.execute(() -> told(name, answer, failure));
                  }));
    }
    try {
      CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
          .get(FIRST_WAIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      LOG.debug("not every name is resolved at the start", e); // each one is told of by itself
    } catch (TimeoutException e) {
      LOG.warn("names of backends take longer than {} to resolve; they follow later", FIRST_WAIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isName(Address address) {
    return address instanceof Address.Service
        || address instanceof Address.Tcp(String host, int port)
            && NetUtil.createByteArrayFromIpAddressString(host) == null;
  }

  private CompletableFuture<Answer> ask(Address name) {
    if (resolver == null) {
      throw new IllegalStateException("nothing was given by name");
    }
    return switch (name) {
      case Address.Tcp(String host, int port) -> resolver.addresses(host, port);
      case Address.Service(String service) -> resolver.services(service);
      case Address.Unix unix -> throw new IllegalArgumentException(unix + " is no name");
    };
  }

  /** On the control thread: DNS has answered, well or not. */
  private void told(Address name, @Nullable Answer answer, @Nullable Throwable failure) {
    if (answer == null || answer.endpoints().isEmpty()) {
      if (failing.add(name)) {
        LOG.warn(
            "{} cannot be resolved: {}; {}, and it is asked for again every {} s",
            name,
            failure == null ? "no address" : reason(failure),
            known.containsKey(name) ? "its last addresses stay" : "it has no backend yet",
            AFTER_FAILURE.toSeconds());
      }
      control.after(AFTER_FAILURE, () -> askAgain(name));
      return;
    }
    if (failing.remove(name)) {
      LOG.info("{} is resolved again", name);
    }
    Duration holds = Duration.ofSeconds(answer.seconds());
    Duration wait = holds.compareTo(SHORTEST) < 0 ? SHORTEST : holds;
    control.after(wait.compareTo(LONGEST) > 0 ? LONGEST : wait, () -> askAgain(name));
    List<Endpoint> before = known.put(name, answer.endpoints());
    if (before == null || !before.equals(answer.endpoints())) {
      LOG.info("{} stands for {}", name, text(answer.endpoints()));
    }
    // also when nothing is new: a follower may have come with what was known before
    followers.stream().filter(f -> uses(f.wanted, name)).forEach(this::tell);
  }

  private void askAgain(Address name) {
    ask(name).whenComplete((answer, failure) -> control.execute(() -> told(name, answer, failure)));
  }

  private static String reason(Throwable failure) {
    Throwable last = failure;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    String message = last.getMessage();
    return message == null ? last.getClass().getSimpleName() : message;
  }

  private static String text(List<Endpoint> endpoints) {
    return String.join(", ", endpoints.stream().map(e -> address(e).toString()).toList());
  }

  private static boolean uses(PoolSpec pool, Address name) {
    return pool.backends().stream().anyMatch(b -> b.address().equals(name));
  }

  private void tell(Follower follower) {
    follower.changed.accept(expand(follower.wanted));
  }

  /**
   * Tells of every change of a pool's addresses, on the control thread.
   *
   * @param changed gets what {@link #expand} gives then
   */
  void follow(PoolSpec wanted, Consumer<PoolSpec> changed) {
    if (wanted.backends().stream().anyMatch(b -> isName(b.address()))) {
      Follower follower = new Follower(wanted, changed);
      control.execute(
          () -> {
            followers.add(follower);
            tell(follower);
          });
    }
  }

  /** The pool with a backend for each known address in the place of each name. */
  PoolSpec expand(PoolSpec wanted) {
    List<BackendSpec> backends = new ArrayList<>();
    for (BackendSpec backend : wanted.backends()) {
      if (isName(backend.address())) {
        List<Endpoint> endpoints = known.getOrDefault(backend.address(), List.of());
        List<Integer> priorities =
            endpoints.stream().map(Endpoint::priority).distinct().sorted().toList();
        for (Endpoint endpoint : endpoints) {
          int rank = priorities.indexOf(endpoint.priority());
          backends.add(one(backend, endpoint, rank, wanted.tlsOf(backend)));
        }
      } else {
        backends.add(backend);
      }
    }
    return backends.equals(wanted.backends()) ? wanted : wanted.withBackends(backends);
  }

  private static BackendSpec one(BackendSpec named, Endpoint endpoint, int rank, TlsSpec tls) {
    Address address = address(endpoint);
    return new BackendSpec(
        named.id() + "-" + BackendSpec.defaultId(address),
        address,
        (int) Math.min(BackendSpec.MAX_WEIGHT, (long) named.weight() * endpoint.weight()),
        tls.enabled() && tls.sni() == null ? tls.withSni(host(named.address())) : named.tls(),
        Math.min(BackendSpec.MAX_TIER, named.tier() + rank),
        named.adminState(),
        named.labels());
  }

  private static Address address(Endpoint endpoint) {
    return new Address.Tcp(NetUtil.toAddressString(endpoint.address()), endpoint.port());
  }

  /** The name that a certificate must have: the host, or the domain that offers the service. */
  private static String host(Address name) {
    return name instanceof Address.Tcp tcp
        ? tcp.host()
        : name.toString().replaceFirst("^srv:[^.]+\\.[^.]+\\.", "");
  }

  @Override
  public void close() {
    if (resolver != null) {
      resolver.close();
    }
  }
}
