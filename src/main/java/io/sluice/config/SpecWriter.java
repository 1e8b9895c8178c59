package io.sluice.config;

import io.sluice.config.RouteSpec.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes records as trees that {@link SnapshotDocument} reads again. Every key is written, null
 * where the record has nothing; what a record keeps without order is sorted, so that equal records
 * give equal documents.
 */
final class SpecWriter {
  private final Naming naming;

  SpecWriter(Naming naming) {
    this.naming = naming;
  }

  /** Keys in the order in which they are put. */
  private final class Section {
    final Map<String, @Nullable Object> tree = new LinkedHashMap<>();

    Section put(String key, @Nullable Object value) {
      Object written =
          switch (value) {
            case Duration duration -> text(duration);
            case Enum<?> constant -> word(constant);
            case null -> null;
            case Number number -> number;
            case Boolean bool -> bool;
            case List<?> list -> list;
            case Map<?, ?> map -> map;
            default -> value.toString();
          };
      tree.put(naming.written(key), written);
      return this;
    }
  }

  private String text(Duration duration) {
    return naming == Naming.FILE ? Durations.text(duration) : duration.toString();
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  Map<String, @Nullable Object> snapshot(Snapshot snapshot) {
    return new Section()
        .put("pools", snapshot.pools().stream().map(this::pool).toList())
        .put("routes", snapshot.routes().stream().map(this::route).toList())
        .tree;
  }

  Map<String, @Nullable Object> pool(PoolSpec pool) {
    BalanceSpec balance = pool.balance();
    return new Section()
        .put("id", pool.id())
        .put("algorithm", pool.algorithm())
        .put("choices", balance.choices() == 0 ? "all" : balance.choices())
        .put("hash", hash(balance.hash()))
        .put("sticky", sticky(balance.sticky()))
        .put("backends", pool.backends().stream().map(this::backend).toList())
        .put("tls", tls(pool.tls()))
        .put("timeouts", timeouts(pool.timeouts()))
        .put("keep-alive", keepAlive(pool.keepAlive()))
        .put("limits", limits(pool.limits()))
        .put("retries", retries(pool.retries()))
        .put("health-check", healthCheck(pool.healthCheck()))
        .put("ejection", ejection(pool.ejection()))
        .put("panic", panic(balance.panic()))
        .put("slow-start", slowStart(balance.slowStart()))
        .put("minimum-capacity", pool.minimumCapacity())
        .put("proxy-protocol", pool.proxyProtocol())
        .tree;
  }

  Map<String, @Nullable Object> backend(BackendSpec backend) {
    return new Section()
        .put("id", backend.id())
        .put("address", backend.address())
        .put("weight", backend.weight())
        .put("tier", backend.tier())
        .put("admin-state", backend.adminState())
        .put("labels", new TreeMap<>(backend.labels()))
        .put("tls", tls(backend.tls()))
        .tree;
  }

  @Nullable Map<String, @Nullable Object> tls(@Nullable TlsSpec tls) {
    if (tls == null) {
      return null;
    }
    TlsSpec.ClientCertificate client = tls.clientCertificate();
    return new Section()
        .put("enabled", tls.enabled())
        .put("sni", tls.sni())
        .put("verify", tls.verify())
        .put("ca", tls.ca())
        .put("alternative-name", tls.alternativeName())
        .put(
            "client-certificate",
            client == null
                ? null
                : new Section().put("cert", client.cert()).put("key", client.key()).tree)
        .tree;
  }

  private Map<String, @Nullable Object> hash(BalanceSpec.Hash hash) {
    return new Section().put("key", hash.key()).put("bounded-load", hash.boundedLoad()).tree;
  }

  @Nullable Map<String, @Nullable Object> sticky(BalanceSpec.@Nullable Sticky sticky) {
    return sticky == null
        ? null
        : new Section()
            .put("cookie", sticky.cookie())
            .put("ttl", sticky.ttl())
            .put("key-file", sticky.keyFile())
            .tree;
  }

  private Map<String, @Nullable Object> slowStart(BalanceSpec.SlowStart slowStart) {
    return new Section().put("duration", slowStart.duration()).put("curve", slowStart.curve()).tree;
  }

  private Map<String, @Nullable Object> panic(BalanceSpec.Panic panic) {
    return new Section().put("threshold", panic.threshold()).put("mode", panic.mode()).tree;
  }

  private Map<String, @Nullable Object> timeouts(PoolSpec.Timeouts timeouts) {
    return new Section()
        .put("connect", timeouts.connect())
        .put("tls", timeouts.tls())
        .put("first-byte", timeouts.firstByte())
        .put("idle", timeouts.idle())
        .put("total", timeouts.total())
        .tree;
  }

  private Map<String, @Nullable Object> keepAlive(PoolSpec.KeepAlive keepAlive) {
    return new Section()
        .put("max-idle-per-thread", keepAlive.maxIdlePerThread())
        .put("idle-timeout", keepAlive.idleTimeout())
        .put("max-age", keepAlive.maxAge())
        .put("max-requests", keepAlive.maxRequests())
        .tree;
  }

  private Map<String, @Nullable Object> limits(PoolSpec.Limits limits) {
    return new Section()
        .put("connections-per-backend", limits.connectionsPerBackend())
        .put("requests-per-backend", limits.requestsPerBackend())
        .put("requests", limits.requests())
        .put("queue", limits.queue())
        .put("queue-timeout", limits.queueTimeout())
        .tree;
  }

  private Map<String, @Nullable Object> retries(PoolSpec.Retries retries) {
    List<Object> on = new ArrayList<>();
    retries.on().stream().sorted().map(SpecWriter::word).forEach(on::add);
    retries.onStatuses().stream().sorted().forEach(on::add);
    PoolSpec.Retries.Budget budget = retries.budget();
    return new Section()
        .put("attempts", retries.attempts())
        .put("on", on)
        .put("methods", retries.methods())
        .put("per-try-timeout", retries.perTryTimeout())
        .put("back-off", retries.backOff())
        .put(
            "budget",
            new Section()
                .put("ratio", budget.ratio())
                .put("min-per-second", budget.minPerSecond())
                .tree)
        .tree;
  }

  @Nullable Map<String, @Nullable Object> healthCheck(@Nullable HealthCheckSpec check) {
    if (check == null) {
      return null;
    }
    // What an HTTP check asks has no place in another one: the readers refuse it there.
    boolean http = check.type() == HealthCheckSpec.Type.HTTP;
    return new Section()
        .put("type", check.type())
        .put("interval", check.interval())
        .put("unhealthy-interval", check.unhealthyInterval())
        .put("timeout", check.timeout())
        .put("rise", check.rise())
        .put("fall", check.fall())
        .put("jitter", check.jitter())
        .put("start", check.startUp() ? "up" : "down")
        .put("tls", tls(check.tls()))
        .put("http", http ? http(check.http()) : null)
        .tree;
  }

  Map<String, @Nullable Object> http(HealthCheckSpec.Http http) {
    List<String> statuses =
        http.expectStatus().stream().map(HealthCheckSpec.StatusRange::toString).toList();
    return new Section()
        .put("method", http.method())
        .put("path", http.path())
        .put("host", http.host())
        .put("headers", http.headers())
        .put("expect-status", String.join(",", statuses))
        .put("expect-body", http.expectBody())
        .put("port", http.port())
        .put("reuse-connection", http.reuseConnection())
        .tree;
  }

  private Map<String, @Nullable Object> ejection(PoolSpec.Ejection ejection) {
    return new Section()
        .put("consecutive-gateway-errors", ejection.consecutiveGatewayErrors())
        .put("consecutive-5xx", ejection.consecutive5xx())
        .put("success-rate", ejection.successRate())
        .put("latency-factor", ejection.latencyFactor())
        .put("base-time", ejection.baseTime())
        .put("max-share", ejection.maxShare())
        .tree;
  }

  Map<String, @Nullable Object> route(RouteSpec route) {
    Action action = route.action();
    RouteSpec.PathRewrite rewrite = route.pathRewrite();
    return new Section()
        .put("id", route.id())
        .put("match", match(route.match()))
        .put("priority", route.priority())
        .put("pool", action instanceof Action.ToPool(String pool) ? pool : null)
        .put("redirect", action instanceof Action.Redirect redirect ? redirect(redirect) : null)
        .put("respond", action instanceof Action.Respond respond ? respond(respond) : null)
        .put("request-headers", headers(route.requestHeaders()))
        .put("response-headers", headers(route.responseHeaders()))
        .put("host-rewrite", route.hostRewrite())
        .put(
            "path-rewrite",
            rewrite == null
                ? null
                : new Section().put("prefix", rewrite.prefix()).put("to", rewrite.to()).tree)
        .put("filters", route.filters().stream().map(this::filter).toList())
        .put("rate-limit", rateLimit(route.rateLimit()))
        .tree;
  }

  private Map<String, @Nullable Object> match(RouteSpec.Match match) {
    return new Section()
        .put("host", match.host())
        .put("path", match.path())
        .put("methods", sorted(match.methods()))
        .put("headers", new TreeMap<>(match.headers()))
        .tree;
  }

  private static List<String> sorted(Set<String> words) {
    return words.stream().sorted().toList();
  }

  private Map<String, @Nullable Object> redirect(Action.Redirect redirect) {
    return new Section().put("to", redirect.to()).put("status", redirect.status()).tree;
  }

  private Map<String, @Nullable Object> respond(Action.Respond respond) {
    return new Section()
        .put("status", respond.status())
        .put("body", respond.body())
        .put("headers", respond.headers())
        .tree;
  }

  private Map<String, @Nullable Object> headers(RouteSpec.HeaderRules rules) {
    return new Section()
        .put("set", rules.set())
        .put("add", rules.add())
        .put("remove", rules.remove())
        .tree;
  }

  Map<String, @Nullable Object> filter(RouteSpec.Filter filter) {
    return new Section()
        .put("name", filter.name())
        .put("options", new TreeMap<>(filter.options()))
        .tree;
  }

  @Nullable Map<String, @Nullable Object> rateLimit(RouteSpec.@Nullable RateLimit limit) {
    if (limit == null) {
      return null;
    }
    BalanceSpec.Key key = limit.key();
    return new Section()
        .put("requests", limit.requests())
        .put("per", limit.per())
        .put("burst", limit.burst())
        .put("key", key == null ? "none" : key)
        .tree;
  }
}
