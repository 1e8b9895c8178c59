package io.sluice.config;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A wanted route: which requests it takes and what becomes of them.
 *
 * <p>Of all routes that match a request, the one with the highest priority wins; among equals the
 * most specific: an exact host before a wildcard (a longer one before a shorter) before any host;
 * then an exact path before a prefix (a longer one before a shorter) before {@code /**}; then a
 * route that names methods; then the one with more header conditions; then the one declared first.
 *
 * @param id unique name
 * @param match which requests
 * @param priority any int, default 0; higher wins
 * @param action what is done
 * @param requestHeaders edits of the request's head on its way to the backend
 * @param responseHeaders edits of the answer's head on its way to the client
 * @param hostRewrite the Host sent to the backend; null: the client's
 * @param pathRewrite edit of the path; null: none
 * @param filters extensions to run, in order
 * @param rateLimit how many requests a client may make; null: any number
 */
public record RouteSpec(
    String id,
    Match match,
    int priority,
    Action action,
    HeaderRules requestHeaders,
    HeaderRules responseHeaders,
    @Nullable String hostRewrite,
    @Nullable PathRewrite pathRewrite,
    List<Filter> filters,
    @Nullable RateLimit rateLimit) {

  public RouteSpec {
    filters = List.copyOf(filters);
  }

  /** A route of priority 0 without edits, filters and limits. */
  public static RouteSpec of(String id, Match match, Action action) {
    return new RouteSpec(
        id, match, 0, action, HeaderRules.NONE, HeaderRules.NONE, null, null, List.of(), null);
  }

  /** The same of this priority. */
  public RouteSpec withPriority(int wanted) {
    return with(draft -> draft.priority = wanted);
  }

  /** The same with these edits of the request. */
  public RouteSpec withRequestHeaders(HeaderRules wanted) {
    return with(draft -> draft.requestHeaders = wanted);
  }

  /** The same with these edits of the answer. */
  public RouteSpec withResponseHeaders(HeaderRules wanted) {
    return with(draft -> draft.responseHeaders = wanted);
  }

  /** The same with this Host for the backend; null: the client's. */
  public RouteSpec withHostRewrite(@Nullable String wanted) {
    return with(draft -> draft.hostRewrite = wanted);
  }

  /** The same with this edit of the path; null: none. */
  public RouteSpec withPathRewrite(@Nullable PathRewrite wanted) {
    return with(draft -> draft.pathRewrite = wanted);
  }

  /** The same with these extensions. */
  public RouteSpec withFilters(List<Filter> wanted) {
    return with(draft -> draft.filters = wanted);
  }

  /** The same with this limit; null: none. */
  public RouteSpec withRateLimit(@Nullable RateLimit wanted) {
    return with(draft -> draft.rateLimit = wanted);
  }

  /** Where one component is another one and the rest stays. */
  private static final class Draft {
    private String id;
    private Match match;
    private int priority;
    private Action action;
    private HeaderRules requestHeaders;
    private HeaderRules responseHeaders;
    private @Nullable String hostRewrite;
    private @Nullable PathRewrite pathRewrite;
    private List<Filter> filters;
    private @Nullable RateLimit rateLimit;

    Draft(RouteSpec spec) {
      id = spec.id;
      match = spec.match;
      priority = spec.priority;
      action = spec.action;
      requestHeaders = spec.requestHeaders;
      responseHeaders = spec.responseHeaders;
      hostRewrite = spec.hostRewrite;
      pathRewrite = spec.pathRewrite;
      filters = spec.filters;
      rateLimit = spec.rateLimit;
    }

    RouteSpec spec() {
      return new RouteSpec(
          id,
          match,
          priority,
          action,
          requestHeaders,
          responseHeaders,
          hostRewrite,
          pathRewrite,
          filters,
          rateLimit);
    }
  }

  private RouteSpec with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.spec();
  }

  /**
   * Which requests a route takes.
   *
   * @param host lower case: {@code a.example} exactly, {@code *.example} any name below, null any;
   *     a port in the request's Host is ignored
   * @param path {@code /a} exactly, {@code /a/**} this path and all below, {@code /**} any; the
   *     query takes no part
   * @param methods any of these, case-sensitive; empty: any
   * @param headers all of these: field name in lower case to the exact value, or {@code *} for
   *     "present"
   */
  public record Match(
      @Nullable String host, String path, Set<String> methods, Map<String, String> headers) {
    /** Every request. */
    public static final Match ALL = new Match(null, "/**", Set.of(), Map.of());

    public Match {
      methods = Set.copyOf(methods);
      headers = Map.copyOf(headers);
    }
  }

  /** What a route does with its requests. */
  public sealed interface Action {
    /** Sends them to a pool. */
    record ToPool(String pool) implements Action {}

    /**
     * Answers with a redirect.
     *
     * @param to absolute URL or absolute path; {@code {host}}, {@code {path}} and {@code {query}}
     *     (with its question mark) stand for the request's
     * @param status 301, 302, 303, 307 or 308; default 302
     */
    record Redirect(String to, int status) implements Action {}

    /**
     * Answers by itself.
     *
     * @param status 200 to 599
     * @param body UTF-8 text, may be empty
     * @param headers added to the answer; Content-Type defaults to {@code text/plain;
     *     charset=utf-8}
     */
    record Respond(int status, String body, Map<String, String> headers) implements Action {
      public Respond {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
      }
    }
  }

  /**
   * Edits of a head: first remove, then set (replaces all fields of the name), then add.
   *
   * @param set field name to value
   * @param add field name to value
   * @param remove field names
   */
  public record HeaderRules(Map<String, String> set, Map<String, String> add, List<String> remove) {
    /** No edit. */
    public static final HeaderRules NONE = new HeaderRules(Map.of(), Map.of(), List.of());

    public HeaderRules {
      set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
      add = Collections.unmodifiableMap(new LinkedHashMap<>(add));
      remove = List.copyOf(remove);
    }

    /** Whether there is nothing to do. */
    public boolean isEmpty() {
      return set.isEmpty() && add.isEmpty() && remove.isEmpty();
    }
  }

  /**
   * Replaces the beginning of the path; the query stays.
   *
   * @param prefix whole path segments, without a trailing slash; {@code /} or empty stands for the
   *     path's beginning
   * @param to what stands there instead; {@code /} or empty removes the prefix
   */
  public record PathRewrite(String prefix, String to) {}

  /**
   * An extension's filter on this route.
   *
   * @param name as its factory says
   * @param options the extension's own settings
   */
  public record Filter(String name, Map<String, String> options) {
    public Filter {
      options = Map.copyOf(options);
    }
  }

  /**
   * A token bucket for each client: full at first, filled again evenly.
   *
   * @param requests that flow back into a bucket in {@code per}, 1 to 1000000
   * @param per 1 s to 24 h; default 1 s
   * @param burst how much a bucket holds, 0 to 1000000; 0 (default): as much as {@code requests}
   * @param key what tells clients apart: their address (default) or a header; null: one bucket for
   *     all
   */
  public record RateLimit(int requests, Duration per, int burst, BalanceSpec.@Nullable Key key) {
    /** What a bucket holds. */
    public int capacity() {
      return burst == 0 ? requests : burst;
    }
  }
}
