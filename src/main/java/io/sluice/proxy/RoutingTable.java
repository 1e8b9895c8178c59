package io.sluice.proxy;

import io.sluice.balance.Pool;
import io.sluice.config.RouteSpec;
import io.sluice.config.RouteSpec.RateLimit;
import io.sluice.http.Ascii;
import io.sluice.http.RequestHead;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All routes, compiled for look-up by host and path: immutable, published whole, read once for each
 * request. A match costs some hash look-ups, one for each label of the host and each segment of the
 * path, however many routes there are.
 */
public final class RoutingTable {
  /** The order of routes; see {@link RouteSpec}. */
  private static final Route[] NONE = {};

  /** What an absolute-form target without a path means (RFC 9110 4.2.3). */
  private static final byte[] ROOT = {'/'};

  private final BytesMap<Paths> exactHosts = new BytesMap<>();
  private final BytesMap<Paths> wildcardHosts = new BytesMap<>();
  private final Paths anyHost = new Paths();
  private final Map<String, Pool> pools;

  /** By route. */
  private final Map<String, RateLimiter> limiters = new HashMap<>();

  /** The routes of one host pattern. */
  private static final class Paths {
    final BytesMap<Route[]> exact = new BytesMap<>();
    final BytesMap<Route[]> prefixes = new BytesMap<>();
    Route[] all = NONE;
  }

  /**
   * Compiles routes.
   *
   * @param pools by id; every pool that a route names is in it
   * @param extensions gives the extensions' filters of a route, which run after its own rules
   * @throws IllegalArgumentException when a route names an unknown pool or a filter refuses its
   *     options
   */
  public RoutingTable(
      List<RouteSpec> routes,
      Map<String, Pool> pools,
      Function<RouteSpec, List<RequestFilter>> extensions) {
    this(routes, pools, extensions, null);
  }

  /**
   * Compiles the routes that follow others: a rate limit that stays the same keeps what it has
   * counted.
   *
   * @param before the routes so far; null: none
   * @throws IllegalArgumentException as above
   */
  public RoutingTable(
      List<RouteSpec> routes,
      Map<String, Pool> pools,
      Function<RouteSpec, List<RequestFilter>> extensions,
      @Nullable RoutingTable before) {
    this.pools = Map.copyOf(pools);
    List<RouteSpec> sorted = new ArrayList<>(routes);
    sorted.sort(Route.MOST_SPECIFIC_FIRST);
    for (int rank = 0; rank < sorted.size(); rank++) {
      RouteSpec spec = sorted.get(rank);
      List<RequestFilter> filters = new ArrayList<>(BuiltInFilters.of(spec));
      filters.addAll(extensions.apply(spec));
      add(new Route(spec, rank, poolOf(spec), limiter(spec, before), filters));
    }
  }

  private @Nullable RateLimiter limiter(RouteSpec route, @Nullable RoutingTable before) {
    RateLimit wanted = route.rateLimit();
    if (wanted == null) {
      return null;
    }
    RateLimiter known = before == null ? null : before.limiters.get(route.id());
    RateLimiter limiter =
        known != null && known.spec().equals(wanted)
            ? known
            : new RateLimiter(route, wanted, System.nanoTime());
    limiters.put(route.id(), limiter);
    return limiter;
  }

  private @Nullable Pool poolOf(RouteSpec spec) {
    if (!(spec.action() instanceof RouteSpec.Action.ToPool(String id))) {
      return null;
    }
    Pool pool = pools.get(id);
    if (pool == null) {
      throw new IllegalArgumentException(
          "route " + spec.id() + " goes to pool " + id + ", which does not exist");
    }
    return pool;
  }

  private void add(Route route) {
    Paths paths = pathsFor(route.spec().match().host());
    String path = route.spec().match().path();
    if (path.equals("/**")) {
      paths.all = with(paths.all, route);
    } else if (path.endsWith("/**")) {
      addTo(paths.prefixes, path.substring(0, path.length() - "/**".length()), route);
    } else {
      addTo(paths.exact, path, route);
    }
  }

  private Paths pathsFor(@Nullable String host) {
    if (host == null) {
      return anyHost;
    }
    boolean wildcard = host.startsWith("*.");
    byte[] key = Ascii.bytes(wildcard ? host.substring(2) : host);
    int hash = hostHash(key, 0, key.length);
    BytesMap<Paths> map = wildcard ? wildcardHosts : exactHosts;
    Paths paths = map.get(key, 0, key.length, hash);
    if (paths == null) {
      paths = new Paths();
      map.put(key, hash, paths);
    }
    return paths;
  }

  private static void addTo(BytesMap<Route[]> map, String path, Route route) {
    byte[] key = Ascii.bytes(path);
    int hash = pathHash(key, 0, key.length);
    Route[] known = map.get(key, 0, key.length, hash);
    map.put(key, hash, with(known == null ? NONE : known, route));
  }

  private static Route[] with(Route[] routes, Route route) {
    Route[] more = Arrays.copyOf(routes, routes.length + 1);
    more[routes.length] = route;
    return more;
  }

  private static int hostHash(byte[] bytes, int from, int to) {
    int hash = 0;
    for (int i = to - 1; i >= from; i--) {
      hash = hash * 31 + Ascii.lower(bytes[i]);
    }
    return hash;
  }

  private static int pathHash(byte[] bytes, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = hash * 31 + bytes[i];
    }
    return hash;
  }

  @Nullable Pool pool(String id) {
    return pools.get(id);
  }

  /**
   * The route for a request; null when none matches.
   *
   * @param scratch receives the host in lower case, at least as long as the host
   */
  @Nullable Route match(RequestHead head, byte[] scratch) {
    Route best = match(anyHost, head, null);
    if (!exactHosts.isEmpty() || !wildcardHosts.isEmpty()) {
      best = matchHost(head, scratch, best);
    }
    return best;
  }

  private @Nullable Route matchHost(RequestHead head, byte[] scratch, @Nullable Route known) {
    int length = lowerCaseHost(head, scratch);
    Route best = known;
    int hash = 0;
    for (int i = length - 1; i >= 0; i--) {
      if (scratch[i] == '.') {
        best = match(wildcardHosts.get(scratch, i + 1, length, hash), head, best);
      }
      hash = hash * 31 + scratch[i];
    }
    return length == 0 ? best : match(exactHosts.get(scratch, 0, length, hash), head, best);
  }

  /** The host without port and final dot, in lower case. */
  private static int lowerCaseHost(RequestHead head, byte[] scratch) {
    byte[] b = head.bytes();
    int from = head.hostStart();
    int to = head.hostEnd();
    int p = to;
    while (p > from && b[p - 1] >= '0' && b[p - 1] <= '9') {
      p--;
    }
    if (p > from && b[p - 1] == ':') {
      to = p - 1;
    }
    if (to > from && b[to - 1] == '.') {
      to--;
    }
    int length = Math.min(to - from, scratch.length);
    for (int i = 0; i < length; i++) {
      scratch[i] = Ascii.lower(b[from + i]);
    }
    return length;
  }

  private static @Nullable Route match(
      @Nullable Paths paths, RequestHead head, @Nullable Route known) {
    if (paths == null) {
      return known;
    }
    Route best = better(paths.all, head, known);
    if (paths.exact.isEmpty() && paths.prefixes.isEmpty()) {
      return best;
    }
    byte[] b = head.bytes();
    int from = head.pathStart();
    int to = head.pathEnd();
    if (from == to) {
      return better(paths.exact.get(ROOT, 0, 1, pathHash(ROOT, 0, 1)), head, best);
    }
    int hash = 0;
    for (int i = from; i < to; i++) {
      if (b[i] == '/' && i > from) {
        best = better(paths.prefixes.get(b, from, i, hash), head, best);
      }
      hash = hash * 31 + b[i];
    }
    best = better(paths.prefixes.get(b, from, to, hash), head, best);
    return better(paths.exact.get(b, from, to, hash), head, best);
  }

  private static @Nullable Route better(
      Route @Nullable [] routes, RequestHead head, @Nullable Route known) {
    if (routes != null) {
      for (Route route : routes) {
        if (known != null && known.rank() <= route.rank()) {
          return known;
        }
        if (route.accepts(head)) {
          return route;
        }
      }
    }
    return known;
  }
}
