package io.sluice.proxy;

import io.sluice.balance.Pool;
import io.sluice.config.RouteSpec;
import io.sluice.http.Ascii;
import io.sluice.http.RequestHead;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A compiled route: conditions as bytes, filters in order, and where its requests go. */
final class Route {
  /** The most specific first; the order among equals is that of declaration (stable sort). */
  static final Comparator<RouteSpec> MOST_SPECIFIC_FIRST =
      Comparator.comparingInt(RouteSpec::priority)
          .reversed()
          .thenComparing(Comparator.comparingInt(Route::hostRank).reversed())
          .thenComparing(Comparator.comparingInt(Route::pathRank).reversed())
          .thenComparing(r -> r.match().methods().isEmpty())
          .thenComparing(
              Comparator.comparingInt((RouteSpec r) -> r.match().headers().size()).reversed());

  private final RouteSpec spec;
  private final int rank;
  private final @Nullable Pool pool;
  private final @Nullable RateLimiter limiter;
  private final RequestFilter[] filters;
  private final byte[][] methods;
  private final byte[][] headerNames;
  private final byte[] @Nullable [] headerValues;

  /**
   * A route.
   *
   * @param rank its place in the order of specificity, 0 first
   * @param pool null when the route answers by itself
   * @param limiter as the spec says; null: none
   * @param filters built-in ones and extensions, in order
   */
  Route(
      RouteSpec spec,
      int rank,
      @Nullable Pool pool,
      @Nullable RateLimiter limiter,
      List<RequestFilter> filters) {
    this.spec = spec;
    this.rank = rank;
    this.pool = pool;
    this.limiter = limiter;
    this.filters = filters.toArray(RequestFilter[]::new);
    this.methods =
        spec.match().methods().stream().sorted().map(Ascii::bytes).toArray(byte[][]::new);
    List<Map.Entry<String, String>> headers =
        spec.match().headers().entrySet().stream().sorted(Map.Entry.comparingByKey()).toList();
    this.headerNames =
        headers.stream()
            .map(e -> Ascii.bytes(e.getKey().toLowerCase(Locale.ROOT)))
            .toArray(byte[][]::new);
    this.headerValues =
        headers.stream()
            .map(e -> e.getValue().equals("*") ? null : Ascii.bytes(e.getValue()))
            .toArray(byte[][]::new);
  }

  private static int hostRank(RouteSpec route) {
    String host = route.match().host();
    if (host == null) {
      return 0;
    }
    return host.startsWith("*.") ? host.length() : 1000;
  }

  private static int pathRank(RouteSpec route) {
    String path = route.match().path();
    return path.endsWith("/**") ? path.length() - "/**".length() : 100_000;
  }

  RouteSpec spec() {
    return spec;
  }

  int rank() {
    return rank;
  }

  @Nullable Pool pool() {
    return pool;
  }

  @Nullable RateLimiter limiter() {
    return limiter;
  }

  RequestFilter[] filters() {
    return filters;
  }

  /** Whether the conditions beside host and path hold. */
  boolean accepts(RequestHead head) {
    return (methods.length == 0 || hasMethod(head)) && hasHeaders(head);
  }

  private boolean hasMethod(RequestHead head) {
    for (byte[] method : methods) {
      if (equal(head.bytes(), head.methodStart(), head.methodEnd(), method)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasHeaders(RequestHead head) {
    for (int i = 0; i < headerNames.length; i++) {
      int field = head.find(headerNames[i], 0);
      byte[] value = headerValues[i];
      while (field >= 0
          && value != null
          && !equal(head.bytes(), head.valueStart(field), head.valueEnd(field), value)) {
        field = head.find(headerNames[i], field + 1);
      }
      if (field < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean equal(byte[] bytes, int from, int to, byte[] wanted) {
    return java.util.Arrays.equals(bytes, from, to, wanted, 0, wanted.length);
  }
}
