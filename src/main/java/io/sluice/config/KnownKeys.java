package io.sluice.config;

import java.util.List;
import java.util.Set;

/**
 * Which keys stand where. A key under {@code later} has a reserved meaning that this version does
 * not have yet: accepting it silently would promise something that does not happen, so it is
 * refused by name. Building the feature moves its key over to {@code now}.
 */
enum KnownKeys {
  FILE(
      "",
      now(
          "sluice",
          "version",
          "threads",
          "pid_file",
          "error_log",
          "upgrade_sock",
          "user",
          "group",
          "grace_period_seconds",
          "graceful_shutdown_timeout_seconds",
          "spring",
          "logging",
          "management",
          "server"),
      later()),
  SLUICE(
      "sluice",
      now(
          "mode",
          "threads",
          "listeners",
          "resolvers",
          "trusted-proxies",
          "via",
          "admin",
          "store",
          "shutdown",
          "upgrade",
          "access-log",
          "extensions",
          "bootstrap"),
      later()),
  LISTENER(
      "sluice.listeners[]",
      now("address", "http2", "socket", "proxy-protocol", "limits", "tls"),
      later()),
  PROXY_PROTOCOL("sluice.listeners[].proxy-protocol", now("accept-from"), later()),
  SOCKET("sluice.listeners[].socket", now("mode", "user", "group"), later()),
  LISTENER_LIMITS(
      "sluice.listeners[].limits",
      now(
          "connections",
          "requests",
          "request-line",
          "headers",
          "header-count",
          "header-timeout",
          "body-idle",
          "body-rate",
          "keep-alive",
          "tunnel-idle",
          "http2-streams"),
      later()),
  LISTENER_TLS(
      "sluice.listeners[].tls",
      now(
          "certificates",
          "bundle",
          "min-version",
          "ciphers",
          "client-auth",
          "tickets",
          "hsts",
          "redirect-from",
          "redirect-port"),
      later()),
  CERTIFICATE("sluice.listeners[].tls.certificates[]", now("cert", "key", "bundle"), later()),
  CLIENT_AUTH("sluice.listeners[].tls.client-auth", now("mode", "ca", "crl"), later()),
  HSTS("sluice.listeners[].tls.hsts", now("max-age", "include-subdomains", "preload"), later()),
  ADMIN(
      "sluice.admin",
      now(
          "address",
          "base-path",
          "password-file",
          "token-file",
          "allowed-hosts",
          "backend-addresses"),
      later()),
  BACKEND_ADDRESSES("sluice.admin.backend-addresses", now("deny"), later()),
  STORE("sluice.store", now("path", "revisions"), later()),
  SHUTDOWN("sluice.shutdown", now("lame-duck", "grace"), later()),
  UPGRADE("sluice.upgrade", now("ready", "wait"), later()),
  ACCESS_LOG("sluice.access-log", now("format", "target"), later()),
  EXTENSIONS("sluice.extensions", now("path"), later()),
  BOOTSTRAP("sluice.bootstrap", now("pools", "routes"), later()),
  POOL(
      "sluice.bootstrap.pools[]",
      now(
          "id",
          "algorithm",
          "choices",
          "hash",
          "sticky",
          "backends",
          "tls",
          "timeouts",
          "keep-alive",
          "limits",
          "retries",
          "health-check",
          "ejection",
          "panic",
          "slow-start",
          "minimum-capacity",
          "proxy-protocol"),
      later("protocol")),
  BACKEND(
      "sluice.bootstrap.pools[].backends[]",
      now("id", "address", "weight", "tier", "admin-state", "labels", "tls"),
      later()),
  TLS(
      "sluice.bootstrap.pools[].tls",
      now("enabled", "sni", "verify", "ca", "alternative-name", "client-certificate"),
      later()),
  CLIENT_CERTIFICATE(
      "sluice.bootstrap.pools[].tls.client-certificate", now("cert", "key"), later()),
  TIMEOUTS(
      "sluice.bootstrap.pools[].timeouts",
      now("connect", "tls", "first-byte", "idle", "total"),
      later()),
  KEEP_ALIVE(
      "sluice.bootstrap.pools[].keep-alive",
      now("max-idle-per-thread", "idle-timeout", "max-age", "max-requests"),
      later()),
  HASH("sluice.bootstrap.pools[].hash", now("key", "bounded-load"), later()),
  STICKY("sluice.bootstrap.pools[].sticky", now("cookie", "ttl", "key-file"), later()),
  SLOW_START("sluice.bootstrap.pools[].slow-start", now("duration", "curve"), later()),
  PANIC("sluice.bootstrap.pools[].panic", now("threshold", "mode"), later()),
  POOL_LIMITS(
      "sluice.bootstrap.pools[].limits",
      now("connections-per-backend", "requests-per-backend", "requests", "queue", "queue-timeout"),
      later()),
  RETRIES(
      "sluice.bootstrap.pools[].retries",
      now("attempts", "on", "methods", "per-try-timeout", "back-off", "budget"),
      later()),
  RETRY_BUDGET("sluice.bootstrap.pools[].retries.budget", now("ratio", "min-per-second"), later()),
  HEALTH_CHECK(
      "sluice.bootstrap.pools[].health-check",
      now(
          "type",
          "interval",
          "unhealthy-interval",
          "timeout",
          "rise",
          "fall",
          "jitter",
          "start",
          "tls",
          "http"),
      later()),
  HEALTH_CHECK_HTTP(
      "sluice.bootstrap.pools[].health-check.http",
      now(
          "method",
          "path",
          "host",
          "headers",
          "expect-status",
          "expect-body",
          "port",
          "reuse-connection"),
      later()),
  EJECTION(
      "sluice.bootstrap.pools[].ejection",
      now(
          "consecutive-gateway-errors",
          "consecutive-5xx",
          "success-rate",
          "latency-factor",
          "base-time",
          "max-share"),
      later()),
  ROUTE(
      "sluice.bootstrap.routes[]",
      now(
          "id",
          "match",
          "priority",
          "pool",
          "redirect",
          "respond",
          "request-headers",
          "response-headers",
          "host-rewrite",
          "path-rewrite",
          "filters",
          "rate-limit"),
      later("split")),
  RATE_LIMIT(
      "sluice.bootstrap.routes[].rate-limit", now("requests", "per", "burst", "key"), later()),
  MATCH("sluice.bootstrap.routes[].match", now("host", "path", "methods", "headers"), later()),
  REDIRECT("sluice.bootstrap.routes[].redirect", now("to", "status"), later()),
  RESPOND("sluice.bootstrap.routes[].respond", now("status", "body", "headers"), later()),
  REQUEST_HEADERS(
      "sluice.bootstrap.routes[].request-headers", now("set", "add", "remove"), later()),
  RESPONSE_HEADERS(
      "sluice.bootstrap.routes[].response-headers", now("set", "add", "remove"), later()),
  PATH_REWRITE("sluice.bootstrap.routes[].path-rewrite", now("prefix", "to"), later()),
  FILTER("sluice.bootstrap.routes[].filters[]", now("name", "options"), later());

  /** Sections of the file that Spring reads; nothing below them is checked here. */
  static final Set<String> SPRING = Set.of("spring", "logging", "management", "server");

  private final String path;

  @SuppressWarnings("ImmutableEnumChecker") // from List.of, never changed
  private final List<String> available;

  @SuppressWarnings("ImmutableEnumChecker") // from List.of, never changed
  private final List<String> unavailable;

  KnownKeys(String path, List<String> available, List<String> unavailable) {
    this.path = path;
    this.available = available;
    this.unavailable = unavailable;
  }

  private static List<String> now(String... keys) {
    return List.of(keys);
  }

  private static List<String> later(String... keys) {
    return List.of(keys);
  }

  /** Where these keys stand; {@code []} for any item of a list. */
  String path() {
    return path;
  }

  List<String> available() {
    return available;
  }

  /** Keys of a later version. */
  List<String> unavailable() {
    return unavailable;
  }

  /** What is wrong with a key that is neither available nor reserved. */
  String unknown(String key, Naming naming) {
    List<String> known = naming.written(available);
    int dot = key.indexOf('.');
    if (dot > 0 && known.contains(key.substring(0, dot))) {
      return "unknown key; keys are not joined by dots here: write "
          + Quoted.of(key.substring(0, dot))
          + " and the rest below it";
    }
    if (naming == Naming.FILE && key.equals("<<")) {
      return "YAML's merge key is not supported; write the keys out";
    }
    String elsewhere = Elsewhere.of(key, this);
    if (elsewhere != null) {
      return elsewhere;
    }
    return "unknown key" + NearestName.hint(key, known);
  }

  /** The keys for a message, the reserved ones left out. */
  String listed(Naming naming) {
    return String.join(", ", naming.written(available));
  }
}
