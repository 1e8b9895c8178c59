package io.sluice.config;

import io.sluice.config.RouteSpec.Filter;
import io.sluice.config.RouteSpec.HeaderRules;
import io.sluice.config.RouteSpec.Match;
import io.sluice.config.RouteSpec.PathRewrite;
import io.sluice.config.RouteSpec.RateLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one of {@code sluice.bootstrap.routes}. */
final class RouteReader {
  private static final int MOST_REQUESTS = 1_000_000;

  private RouteReader() {}

  static RouteSpec read(YamlMapping route) {
    HeaderRules request = HeaderReader.rules(route, KnownKeys.REQUEST_HEADERS);
    String hostRewrite = route.optional("host-rewrite", HostNames::hostField);
    if (hostRewrite != null && setsHost(request)) {
      route.problem(
          "host-rewrite",
          route.naming().written("request-headers") + ".set.Host says the same; keep one of them");
    }
    return new RouteSpec(
        BootstrapReader.id(route, "default"),
        match(route.mapping("match", KnownKeys.MATCH)),
        route.value("priority", Numbers.within(Integer.MIN_VALUE, Integer.MAX_VALUE), 0),
        ActionReader.read(route),
        request,
        HeaderReader.rules(route, KnownKeys.RESPONSE_HEADERS),
        hostRewrite,
        pathRewrite(route.mapping("path-rewrite", KnownKeys.PATH_REWRITE)),
        filters(route.items("filters")),
        rateLimit(route.mapping("rate-limit", KnownKeys.RATE_LIMIT)));
  }

  private static boolean setsHost(HeaderRules rules) {
    return rules.set().keySet().stream().anyMatch(n -> n.toLowerCase(Locale.ROOT).equals("host"));
  }

  private static Match match(@Nullable YamlMapping match) {
    if (match == null) {
      return Match.ALL;
    }
    return new Match(
        match.optional("host", MatchPatterns::host),
        match.value("path", MatchPatterns::path, Match.ALL.path()),
        methods(match.items("methods")),
        HeaderReader.values(match.get("headers"), HeaderReader.Use.MATCH));
  }

  private static Set<String> methods(List<YamlValue> items) {
    Set<String> methods = new LinkedHashSet<>();
    for (YamlValue item : items) {
      String method = item.parsed(Texts::method);
      if (method != null && !methods.add(method)) {
        item.problem(Quoted.of(method) + " is given twice");
      }
    }
    return methods;
  }

  private static @Nullable PathRewrite pathRewrite(@Nullable YamlMapping rewrite) {
    if (rewrite == null) {
      return null;
    }
    String prefix = part(rewrite, "prefix");
    String to = part(rewrite, "to");
    return prefix == null || to == null ? null : new PathRewrite(prefix, to);
  }

  private static @Nullable String part(YamlMapping rewrite, String key) {
    YamlValue value = rewrite.required(key, "a path without a slash at the end, or /");
    return value == null ? null : value.parsed(MatchPatterns::prefix);
  }

  private static @Nullable RateLimit rateLimit(@Nullable YamlMapping limit) {
    if (limit == null) {
      return null;
    }
    int requests = limit.value("requests", Numbers.within(0, MOST_REQUESTS), 0);
    Duration per =
        limit.value(
            "per",
            Durations.within(Duration.ofSeconds(1), Duration.ofHours(24)),
            Duration.ofSeconds(1));
    int burst = limit.value("burst", Numbers.within(0, MOST_REQUESTS), 0);
    BalanceSpec.Key key = BalanceReader.rateLimitKey(limit);
    return requests == 0 ? null : new RateLimit(requests, per, burst, key);
  }

  private static List<Filter> filters(List<YamlValue> items) {
    List<Filter> filters = new ArrayList<>();
    for (YamlValue item : items) {
      String name;
      Map<String, String> options = new LinkedHashMap<>();
      if (item.isScalar()) {
        name = item.parsed(Texts::id);
      } else {
        YamlMapping filter = item.mapping(KnownKeys.FILTER);
        YamlValue value = filter == null ? null : filter.required("name", "an extension's filter");
        name = value == null ? null : value.parsed(Texts::id);
        if (filter != null) {
          options = options(filter.get("options"));
        }
      }
      if (name != null) {
        filters.add(new Filter(name, options));
      }
    }
    return filters;
  }

  private static Map<String, String> options(@Nullable YamlValue mapping) {
    Map<String, String> options = new LinkedHashMap<>();
    List<YamlValue.Entry> entries = mapping == null ? null : mapping.entries();
    for (YamlValue.Entry entry : entries == null ? List.<YamlValue.Entry>of() : entries) {
      YamlValue value = entry.value();
      String text = value == null ? null : value.text();
      if (text != null && options.putIfAbsent(entry.name(), text) != null && mapping != null) {
        mapping.problems().add(entry.place(), "is given twice");
      }
    }
    return options;
  }
}
