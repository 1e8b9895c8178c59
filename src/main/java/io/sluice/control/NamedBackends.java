package io.sluice.control;

import io.netty.util.NetUtil;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.upstream.NameResolver;
import io.sluice.upstream.NameResolver.Answer;
import io.sluice.upstream.NameResolver.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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

  /** How long a start or a change waits for names; those that take longer come later. */
  private static final Duration FIRST_WAIT = Duration.ofSeconds(3);

  /** A name server that says 0 is not asked more often. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private final ControlThread control;
  private final List<Address.Tcp> servers;
  private final AddressPolicy policy;

  /** What each name stands for, without denied addresses; written by the control thread. */
  private final Map<Address, List<Endpoint>> known = new ConcurrentHashMap<>();

  /** Why DNS knows no address for a name, of late; written by the control thread. */
  private final Map<Address, String> failing = new ConcurrentHashMap<>();

  /** Made with the first name; written by the control thread, closed by any. */
  private volatile @Nullable NameResolver resolver;

  // The rest is the control thread's only.
  private final Set<Address> followed = new HashSet<>();

  private final Map<Address, List<Endpoint>> refused = new HashMap<>();
  private final Map<Address, CompletableFuture<Void>> first = new HashMap<>();
  private final Map<String, Set<Address>> namesOf = new HashMap<>();
  private final Map<Address, Set<String>> poolsOf = new HashMap<>();
  private Consumer<String> changed = pool -> {};

  /**
   * Knows nothing yet.
   *
   * @param servers asked in this order; empty: the system's
   * @param policy says which addresses are left out
   */
  NamedBackends(ControlThread control, List<Address.Tcp> servers, AddressPolicy policy) {
    this.control = control;
    this.servers = servers;
    this.policy = policy;
  }

  /**
   * Takes over what the process before knew, so that a start waits for no name server and an
   * upgrade does not need one. Before anything is looked up; {@link #use} has the names asked for
   * anew.
   */
  void remember(List<PlaneMemory.OfName> memory, Collection<PoolSpec> pools) {
    Map<String, Address> wanted = new HashMap<>();
    pools.forEach(pool -> names(pool).forEach(name -> wanted.put(name.toString(), name)));
    for (PlaneMemory.OfName each : memory) {
      Address name = wanted.get(each.name());
      List<Endpoint> endpoints = new ArrayList<>();
      for (PlaneMemory.OfEndpoint endpoint : each.endpoints()) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(endpoint.address());
        if (address != null) {
          endpoints.add(
              new Endpoint(inet(address), endpoint.port(), endpoint.weight(), endpoint.priority()));
        }
      }
      if (name != null && !endpoints.isEmpty()) {
        known.put(name, allowed(name, endpoints));
      }
    }
  }

  private static InetAddress inet(byte[] address) {
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes", e);
    }
  }

  /** What names stand for, for the process that comes next; any thread. */
  List<PlaneMemory.OfName> memory() {
    List<PlaneMemory.OfName> memory = new ArrayList<>();
    known.forEach(
        (name, endpoints) ->
            memory.add(
                new PlaneMemory.OfName(
                    name.toString(),
                    endpoints.stream()
                        .map(
                            e ->
                                new PlaneMemory.OfEndpoint(
                                    NetUtil.toAddressString(e.address()),
                                    e.port(),
                                    e.weight(),
                                    e.priority()))
                        .toList())));
    return memory;
  }

  /**
   * Looks up the names of pools that are not known yet. The future completes on any thread when all
   * are, or when it has taken long enough, and never exceptionally.
   */
  CompletableFuture<Void> lookUp(Collection<PoolSpec> pools) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    control.execute(
        () -> {
          List<CompletableFuture<Void>> answers =
              unknown(pools).stream().map(this::firstAnswer).toList();
          CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
              .thenRun(() -> done.complete(null));
        });
    return done.completeOnTimeout(null, FIRST_WAIT.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whether there are names that were never asked for. */
  boolean hasUnknown(Collection<PoolSpec> pools) {
    return !unknown(pools).isEmpty();
  }

  private Set<Address> unknown(Collection<PoolSpec> pools) {
    Set<Address> unknown = new LinkedHashSet<>();
    for (PoolSpec pool : pools) {
      for (Address name : names(pool)) {
        if (!known.containsKey(name) && !failing.containsKey(name)) {
          unknown.add(name);
        }
      }
    }
    return unknown;
  }

  private CompletableFuture<Void> firstAnswer(Address name) {
    CompletableFuture<Void> answer =
        first.computeIfAbsent(name, unasked -> new CompletableFuture<>());
    follow(name);
    return answer;
  }

  /** Why a name that was looked up stands for no backend now; null: it does, or is no name. */
  @Nullable String trouble(Address address) {
    if (!isName(address)) {
      return null;
    }
    String reason = failing.get(address);
    List<Endpoint> found = known.get(address);
    if (reason != null) {
      return "cannot be resolved now: " + reason;
    }
    if (found == null) {
      return "cannot be resolved now: no answer within %d s".formatted(FIRST_WAIT.toSeconds());
    }
    return found.isEmpty()
        ? "stands only for addresses where no backend may be; see"
            + " sluice.admin.backend-addresses.deny"
        : null;
  }

  private void follow(Address name) {
    if (followed.add(name)) {
      ask(name);
    }
  }

  private static Set<Address> names(PoolSpec pool) {
    Set<Address> names = new LinkedHashSet<>();
    for (BackendSpec backend : pool.backends()) {
      if (isName(backend.address())) {
        names.add(backend.address());
      }
    }
    return names;
  }

  private static boolean isName(Address address) {
    return address instanceof Address.Service
        || address instanceof Address.Tcp(String host, int port)
            && NetUtil.createByteArrayFromIpAddressString(host) == null;
  }

  private void ask(Address name) {
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
          case Address.Unix unix -> throw new IllegalArgumentException(unix + " is no name");
        };
    answer.whenComplete((found, failure) -> control.execute(() -> told(name, found, failure)));
  }

  /** On the control thread: DNS has answered, well or not. */
  private void told(Address name, @Nullable Answer answer, @Nullable Throwable failure) {
    if (answer == null || answer.endpoints().isEmpty()) {
      String reason = failure == null ? "no address" : reason(failure);
      if (failing.put(name, reason) == null) {
        LOG.warn(
            "{} cannot be resolved: {}; {}, and it is asked for again every {} s",
            name,
            reason,
            known.containsKey(name) ? "its last addresses stay" : "it has no backend yet",
            AFTER_FAILURE.toSeconds());
      }
      control.after(AFTER_FAILURE, () -> askAgain(name));
    } else {
      if (failing.remove(name) != null) {
        LOG.info("{} is resolved again", name);
      }
      Duration holds = Duration.ofSeconds(answer.seconds());
      Duration wait = holds.compareTo(SHORTEST) < 0 ? SHORTEST : holds;
      control.after(wait.compareTo(LONGEST) > 0 ? LONGEST : wait, () -> askAgain(name));
      List<Endpoint> allowed = allowed(name, answer.endpoints());
      List<Endpoint> before = known.put(name, allowed);
      if (before == null || !before.equals(allowed)) {
        LOG.info("{} stands for {}", name, text(allowed));
        List.copyOf(poolsOf.getOrDefault(name, Set.of())).forEach(changed);
      }
    }
    CompletableFuture<Void> waiting = first.remove(name);
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  /** Without the addresses where no backend may be; these are told of when they are new. */
  private List<Endpoint> allowed(Address name, List<Endpoint> all) {
    List<Endpoint> allowed = new ArrayList<>();
    List<Endpoint> denied = new ArrayList<>();
    String why = "";
    for (Endpoint endpoint : all) {
      String objection = policy.objection(endpoint.address(), endpoint.port());
      if (objection == null) {
        allowed.add(endpoint);
      } else {
        denied.add(endpoint);
        why = objection;
      }
    }
    if (denied.isEmpty()) {
      refused.remove(name);
    } else if (!denied.equals(refused.put(name, denied))) {
      LOG.warn("{} stands for {}, which is left out: {}", name, text(denied), why);
    }
    return List.copyOf(allowed);
  }

  private void askAgain(Address name) {
    if (poolsOf.containsKey(name) || first.containsKey(name)) {
      ask(name);
    } else {
      followed.remove(name);
      known.remove(name);
      failing.remove(name);
      refused.remove(name);
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

  private static String text(List<Endpoint> endpoints) {
    return String.join(", ", endpoints.stream().map(e -> address(e).toString()).toList());
  }

  /**
   * Tells of pools whose names stand for other addresses, on the control thread.
   *
   * @param listener gets a pool's id; {@link #expand} gives its backends then
   */
  void onChange(Consumer<String> listener) {
    changed = listener;
  }

  /**
   * Follows the names of a pool from now on, and no longer those that it had before.
   *
   * @param wanted null: the pool is gone
   */
  void use(String pool, @Nullable PoolSpec wanted) {
    Set<Address> names = wanted == null ? Set.of() : names(wanted);
    Set<Address> before = names.isEmpty() ? namesOf.remove(pool) : namesOf.put(pool, names);
    if (before != null) {
      for (Address name : before) {
        poolsOf.computeIfPresent(
            name, (n, pools) -> pools.remove(pool) && pools.isEmpty() ? null : pools);
      }
    }
    for (Address name : names) {
      poolsOf.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(pool);
      follow(name);
    }
  }

  /** The pool with a backend for each known address in the place of each name; any thread. */
  PoolSpec expand(PoolSpec wanted) {
    List<BackendSpec> backends = new ArrayList<>();
    int checkPort = AddressPolicy.checkPort(wanted);
    boolean named = false;
    for (BackendSpec backend : wanted.backends()) {
      if (!isName(backend.address())) {
        backends.add(backend);
        continue;
      }
      named = true;
      List<Endpoint> endpoints = known.getOrDefault(backend.address(), List.of());
      List<Integer> priorities =
          endpoints.stream().map(Endpoint::priority).distinct().sorted().toList();
      for (Endpoint endpoint : endpoints) {
        if (policy.objection(endpoint.address(), checkPort) == null) {
          int rank = priorities.indexOf(endpoint.priority());
          backends.add(one(backend, endpoint, rank, wanted.tlsOf(backend)));
        }
      }
    }
    return named ? wanted.withBackends(backends) : wanted;
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
    NameResolver open = resolver;
    if (open != null) {
      open.close();
    }
  }
}
