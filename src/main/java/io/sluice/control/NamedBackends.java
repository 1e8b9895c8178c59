package io.sluice.control;

import io.netty.util.NetUtil;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.discovery.DiscoveredEndpoint;
import io.sluice.discovery.EndpointSource;
import io.sluice.discovery.KubernetesEndpoints;
import java.net.InetAddress;
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
 * Backends whose address stands for others: a name that DNS knows, or a Service of Kubernetes. Each
 * endpoint is a backend of its own, with its own health and counters: a name that stands for a good
 * and a sick machine must not be half well. What cannot be found out keeps its last endpoints,
 * because a server that fails says nothing about the backends.
 */
final class NamedBackends implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NamedBackends.class);

  /** How long a start or a change waits for names; those that take longer come later. */
  private static final Duration FIRST_WAIT = Duration.ofSeconds(3);

  /** So long a name is followed that no pool has: a change may be on its way that needs it. */
  private static final Duration UNUSED = Duration.ofSeconds(30);

  /** More endpoints are counted, not named, in a line of the log. */
  private static final int MOST_LOGGED = 8;

  private final ControlThread control;
  private final AddressPolicy policy;
  private final NamesByDns dns;

  /** Made with the first Service, under the lock. */
  private @Nullable EndpointSource kubernetes;

  /** What each name stands for, without denied addresses; written by the control thread. */
  private final Map<Address, List<DiscoveredEndpoint>> known = new ConcurrentHashMap<>();

  /** Why a name cannot be found out, of late; written by the control thread. */
  private final Map<Address, String> failing = new ConcurrentHashMap<>();

  /** What is to be known of a name that was found out; written by the control thread. */
  private final Map<Address, String> remarks = new ConcurrentHashMap<>();

  // The rest is the control thread's only.
  private final Set<Address> followed = new HashSet<>();

  private final Map<Address, List<DiscoveredEndpoint>> refused = new HashMap<>();
  private final Map<Address, CompletableFuture<Void>> first = new HashMap<>();
  private final Map<String, Set<Address>> namesOf = new HashMap<>();
  private final Map<Address, Set<String>> poolsOf = new HashMap<>();
  private Consumer<String> changed = pool -> {};

  /** Brings what sources say to the control thread. */
  private final EndpointSource.Listener listener =
      new EndpointSource.Listener() {
        @Override
        public void found(
            Address address, List<DiscoveredEndpoint> endpoints, @Nullable String remark) {
          control.execute(() -> told(address, endpoints, remark));
        }

        @Override
        public void failed(Address address, String reason) {
          control.execute(() -> toldOfFailure(address, reason));
        }
      };

  /**
   * Knows nothing yet.
   *
   * @param servers DNS servers, asked in this order; empty: the system's
   * @param policy says which addresses are left out
   */
  NamedBackends(ControlThread control, List<Address.Tcp> servers, AddressPolicy policy) {
    this.control = control;
    this.policy = policy;
    this.dns = new NamesByDns(control, servers, listener);
  }

  private EndpointSource source(Address name) {
    return name instanceof Address.Kubernetes ? kubernetes() : dns;
  }

  private synchronized EndpointSource kubernetes() {
    EndpointSource source = kubernetes;
    if (source == null) {
      source = new KubernetesEndpoints(System.getenv("SLUICE_ZONE"), listener);
      kubernetes = source;
    }
    return source;
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
      List<DiscoveredEndpoint> endpoints = new ArrayList<>();
      for (PlaneMemory.OfEndpoint endpoint : each.endpoints()) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(endpoint.address());
        if (address != null) {
          endpoints.add(
              new DiscoveredEndpoint(
                  inet(address),
                  endpoint.port(),
                  endpoint.weight(),
                  endpoint.priority(),
                  endpoint.state(),
                  endpoint.labels()));
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
                                    e.priority(),
                                    e.state(),
                                    e.labels()))
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
    List<DiscoveredEndpoint> found = known.get(address);
    if (reason != null) {
      return "cannot be resolved now: " + reason;
    }
    if (found == null) {
      return "cannot be resolved now: no answer within %d s".formatted(FIRST_WAIT.toSeconds());
    }
    String remark = remarks.get(address);
    if (remark != null) {
      return remark;
    }
    return found.isEmpty()
        ? "stands only for addresses where no backend may be; see"
            + " sluice.admin.backend-addresses.deny"
        : null;
  }

  private void follow(Address name) {
    if (followed.add(name)) {
      source(name).follow(name);
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
        || address instanceof Address.Kubernetes
        || address instanceof Address.Tcp(String host, int port)
            && NetUtil.createByteArrayFromIpAddressString(host) == null;
  }

  /** On the control thread: a name stands for this. */
  private void told(Address name, List<DiscoveredEndpoint> endpoints, @Nullable String remark) {
    if (!followed.contains(name)) {
      return;
    }
    if (failing.remove(name) != null) {
      LOG.info("{} is resolved again", name);
    }
    String before = remark == null ? remarks.remove(name) : remarks.put(name, remark);
    if (remark != null && !remark.equals(before)) {
      LOG.warn("{} {}", name, remark);
    }
    List<DiscoveredEndpoint> allowed = allowed(name, endpoints);
    List<DiscoveredEndpoint> last = known.put(name, allowed);
    if (last == null || !last.equals(allowed)) {
      if (remark == null) {
        LOG.info("{} stands for {}", name, text(allowed));
      }
      List.copyOf(poolsOf.getOrDefault(name, Set.of())).forEach(changed);
    }
    answered(name);
  }

  /** On the control thread: a name cannot be found out. */
  private void toldOfFailure(Address name, String reason) {
    if (!followed.contains(name)) {
      return;
    }
    if (failing.put(name, reason) == null) {
      LOG.warn(
          "{} cannot be resolved: {}; {}, and it is asked for again and again",
          name,
          reason,
          known.containsKey(name) ? "its last addresses stay" : "it has no backend yet");
    }
    answered(name);
  }

  private void answered(Address name) {
    CompletableFuture<Void> waiting = first.remove(name);
    if (waiting != null) {
      waiting.complete(null);
      control.after(UNUSED, () -> leaveUnused(name));
    }
  }

  /** Without the addresses where no backend may be; these are told of when they are new. */
  private List<DiscoveredEndpoint> allowed(Address name, List<DiscoveredEndpoint> all) {
    List<DiscoveredEndpoint> allowed = new ArrayList<>();
    List<DiscoveredEndpoint> denied = new ArrayList<>();
    String why = "";
    for (DiscoveredEndpoint endpoint : all) {
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

  private void leaveUnused(Address name) {
    if (!poolsOf.containsKey(name) && !first.containsKey(name) && followed.remove(name)) {
      source(name).leave(name);
      known.remove(name);
      failing.remove(name);
      remarks.remove(name);
      refused.remove(name);
    }
  }

  private static String text(List<DiscoveredEndpoint> endpoints) {
    String all =
        String.join(
            ", ", endpoints.stream().limit(MOST_LOGGED).map(e -> address(e).toString()).toList());
    int more = endpoints.size() - MOST_LOGGED;
    return more > 0 ? all + " and " + more + " more" : all.isEmpty() ? "nothing" : all;
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
        if (!names.contains(name)) {
          control.after(UNUSED, () -> leaveUnused(name));
        }
      }
    }
    for (Address name : names) {
      poolsOf.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(pool);
      follow(name);
    }
  }

  /**
   * The pool with a backend for each known endpoint in the place of each name; any thread.
   *
   * <p>Endpoints that end are drained, unless the pool has no others that are ready: then they are
   * used while they serve, as kube-proxy does, rather than that requests fail.
   */
  PoolSpec expand(PoolSpec wanted) {
    List<BackendSpec> backends = new ArrayList<>();
    Set<Integer> ending = new HashSet<>();
    int checkPort = AddressPolicy.checkPort(wanted);
    boolean named = false;
    for (BackendSpec backend : wanted.backends()) {
      if (!isName(backend.address())) {
        backends.add(backend);
        continue;
      }
      named = true;
      List<DiscoveredEndpoint> endpoints = known.getOrDefault(backend.address(), List.of());
      List<Integer> priorities =
          endpoints.stream().map(DiscoveredEndpoint::priority).distinct().sorted().toList();
      TlsSpec tls = endpoints.isEmpty() ? null : tls(wanted, backend);
      for (DiscoveredEndpoint endpoint : endpoints) {
        if (policy.objection(endpoint.address(), checkPort) == null) {
          if (endpoint.state() == AdminState.DRAIN && backend.adminState() == AdminState.READY) {
            ending.add(backends.size());
          }
          backends.add(one(backend, endpoint, priorities.indexOf(endpoint.priority()), tls));
        }
      }
    }
    if (backends.stream().noneMatch(b -> b.adminState() == AdminState.READY && b.weight() > 0)) {
      ending.forEach(i -> backends.set(i, backends.get(i).withAdminState(AdminState.READY)));
    }
    return named ? wanted.withBackends(backends) : wanted;
  }

  /** Settings for the endpoints of a name; null: the pool's. */
  private @Nullable TlsSpec tls(PoolSpec pool, BackendSpec named) {
    TlsSpec tls = pool.tlsOf(named);
    return tls.enabled() && tls.sni() == null
        ? tls.withSni(source(named.address()).host(named.address()))
        : named.tls();
  }

  private static BackendSpec one(
      BackendSpec named, DiscoveredEndpoint endpoint, int rank, @Nullable TlsSpec tls) {
    Address address = address(endpoint);
    Map<String, String> labels = new HashMap<>(endpoint.labels());
    labels.putAll(named.labels());
    AdminState state = endpoint.state();
    return new BackendSpec(
        named.id() + "-" + BackendSpec.defaultId(address),
        address,
        (int) Math.min(BackendSpec.MAX_WEIGHT, (long) named.weight() * endpoint.weight()),
        tls,
        Math.min(BackendSpec.MAX_TIER, named.tier() + rank),
        state.compareTo(named.adminState()) < 0 ? named.adminState() : state,
        labels);
  }

  private static Address address(DiscoveredEndpoint endpoint) {
    return new Address.Tcp(NetUtil.toAddressString(endpoint.address()), endpoint.port());
  }

  @Override
  public synchronized void close() {
    dns.close();
    EndpointSource open = kubernetes;
    if (open != null) {
      open.close();
    }
  }
}
