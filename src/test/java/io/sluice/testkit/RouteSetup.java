package io.sluice.testkit;

import io.sluice.config.RouteSpec;
import io.sluice.config.RouteSpec.Action;
import io.sluice.config.RouteSpec.HeaderRules;
import io.sluice.config.RouteSpec.PathRewrite;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A route put together word by word; the last word says what it does. */
public final class RouteSetup {
  private final String id;
  private @Nullable String host;
  private String path = "/**";
  private Set<String> methods = Set.of();
  private Map<String, String> headers = Map.of();
  private int priority;
  private HeaderRules request = HeaderRules.NONE;
  private HeaderRules response = HeaderRules.NONE;
  private @Nullable String hostRewrite;
  private @Nullable PathRewrite pathRewrite;
  private RouteSpec.@Nullable RateLimit rateLimit;
  private final List<RouteSpec.Filter> filters = new ArrayList<>();

  private RouteSetup(String id) {
    this.id = id;
  }

  public static RouteSetup route(String id) {
    return new RouteSetup(id);
  }

  public RouteSetup host(String value) {
    host = value;
    return this;
  }

  public RouteSetup path(String value) {
    path = value;
    return this;
  }

  public RouteSetup methods(String... values) {
    methods = Set.of(values);
    return this;
  }

  public RouteSetup headers(Map<String, String> value) {
    headers = value;
    return this;
  }

  public RouteSetup priority(int value) {
    priority = value;
    return this;
  }

  public RouteSetup request(HeaderRules value) {
    request = value;
    return this;
  }

  public RouteSetup response(HeaderRules value) {
    response = value;
    return this;
  }

  public RouteSetup hostRewrite(String value) {
    hostRewrite = value;
    return this;
  }

  public RouteSetup pathRewrite(String prefix, String to) {
    pathRewrite = new PathRewrite(prefix, to);
    return this;
  }

  public RouteSetup rateLimit(RouteSpec.RateLimit value) {
    rateLimit = value;
    return this;
  }

  public RouteSetup filter(String name, Map<String, String> options) {
    filters.add(new RouteSpec.Filter(name, options));
    return this;
  }

  public RouteSpec toPool(String pool) {
    return with(new Action.ToPool(pool));
  }

  public RouteSpec redirect(String to, int status) {
    return with(new Action.Redirect(to, status));
  }

  public RouteSpec respond(int status, String body, Map<String, String> fields) {
    return with(new Action.Respond(status, body, fields));
  }

  private RouteSpec with(Action action) {
    return new RouteSpec(
        id,
        new RouteSpec.Match(host, path, methods, headers),
        priority,
        action,
        request,
        response,
        hostRewrite,
        pathRewrite,
        filters,
        rateLimit);
  }
}
