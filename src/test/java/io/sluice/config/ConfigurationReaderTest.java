package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Configuration.AccessLog;
import io.sluice.config.Configuration.Shutdown;
import io.sluice.config.ListenerSpec.Limits;
import io.sluice.config.ListenerSpec.SocketFile;
import io.sluice.config.PoolSpec.KeepAlive;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.config.PoolSpec.Timeouts;
import io.sluice.config.RouteSpec.Action;
import io.sluice.config.RouteSpec.Filter;
import io.sluice.config.RouteSpec.HeaderRules;
import io.sluice.config.RouteSpec.Match;
import io.sluice.config.RouteSpec.PathRewrite;
import io.sluice.config.RouteSpec.RateLimit;
import io.sluice.config.TlsSpec.ClientCertificate;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationReaderTest {
  static final Configuration DEFAULTS =
      new Configuration(
          Runtime.getRuntime().availableProcessors(),
          List.of(new ListenerSpec(new Address.Tcp("0.0.0.0", 6188), Limits.DEFAULT)),
          List.of(),
          List.of(),
          null,
          Configuration.Mode.MANAGED,
          Configuration.Store.DEFAULT,
          Configuration.Admin.DEFAULT,
          Shutdown.DEFAULT,
          Configuration.Process.beside(Configuration.Store.DEFAULT),
          AccessLog.DEFAULT,
          Path.of("./extensions"),
          new Snapshot(List.of(), List.of()));

  private static final Limits HTTP_1_ONLY = Limits.DEFAULT.withHttp2Streams(0);

  private static final String EVERYTHING =
      """
      pid_file: /run/sluice/sluice.pid
      error_log: error.log
      upgrade_sock: /run/sluice/upgrade.sock
      user: www-data
      group: adm
      grace_period_seconds: 60
      graceful_shutdown_timeout_seconds: 7
      sluice:
        threads: 3
        listeners:
          - address: 127.0.0.1:8080
            limits:
              connections: 1000
              requests: 5000
              request-line: 4096
              headers: 64KiB
              header-count: 50
              header-timeout: 5s
              body-idle: 1500ms
              body-rate: 1KiB
              keep-alive: 2m
              tunnel-idle: 1h
              http2-streams: 250
          - {address: "[2001:DB8::1]:0", http2: false, proxy-protocol: {accept-from: [10.0.0.0/8, "2001:db8::2"]}}
          - address: unix:/run/sluice.sock
            socket: {mode: 666, user: www-data, group: "sluice.clients"}
          - {address: "unix:/run/other.sock", socket: {mode: "0600"}, proxy-protocol: {}}
        resolvers: ["192.0.2.53:53", "[2001:db8::53]:5353"]
        trusted-proxies: [10.0.0.0/8, 192.0.2.1, "fd00::/8"]
        via: edge-1
        mode: declarative
        admin: {address: LocalHost:9000, base-path: /sluice, password-file: pw, token-file: /t,
                allowed-hosts: [LB.example.com], backend-addresses: {deny: [10.0.0.0/8]}}
        store: {path: /var/lib/sluice/db, revisions: 50}
        shutdown: {lame-duck: 5s, grace: 60s}
        access-log: {format: text, target: /var/log/sluice/access.log}
        extensions: {path: /opt/sluice/extensions}
        bootstrap:
          pools:
            - id: web
              algorithm: my-hash
              choices: all
              hash: {key: "header:X-User", bounded-load: 1.5}
              sticky: {cookie: STICK, ttl: 0s, key-file: /etc/sluice/sticky.key}
              backends:
                - 10.0.0.1:8443
                - {id: b2, address: B.example.com:8443, weight: 3, tls: {enabled: false}, tier: 1,
                   admin-state: drain, labels: {zone: a, example.com/rack: "7"}}
                - {address: "[::1]:8443", weight: 0}
                - unix:/run/web.sock
              tls:
                enabled: true
                sni: Web.example.com
                verify: false
                ca: /etc/sluice/ca.pem
                alternative-name: 10.0.0.1
                client-certificate: {cert: client.pem, key: client.key}
              timeouts: {connect: 500ms, tls: 2s, first-byte: 20s, idle: 40s, total: 2h}
              keep-alive:
                max-idle-per-thread: 16
                idle-timeout: 15s
                max-age: 1h
                max-requests: 10000
              limits: {connections-per-backend: 50, requests-per-backend: 100, requests: 150,
                       queue: 20, queue-timeout: 250ms}
              retries:
                attempts: 3
                on: [refused-stream, 503, connect-failure, 429]
                methods: all
                per-try-timeout: 2s
                back-off: 0s
                budget: {ratio: 0.1, min-per-second: 5}
              health-check:
                type: http
                interval: 10s
                unhealthy-interval: 2s
                timeout: 500ms
                rise: 2
                fall: 3
                jitter: 0
                start: down
                tls: {enabled: false}
                http:
                  method: HEAD
                  path: /health?full=1
                  host: health.example.com
                  headers: {X-Check: "1"}
                  expect-status: 200-299, 304
                  expect-body: /ok|ready/
                  port: 9000
                  reuse-connection: true
              ejection: {consecutive-gateway-errors: 1, consecutive-5xx: 7, success-rate: 1.9,
                         latency-factor: 3, base-time: 10s, max-share: 0.1}
              panic: {threshold: 0.5, mode: last-known-good}
              slow-start: {duration: PT30S, curve: 2}
              minimum-capacity: 0.25
              proxy-protocol: v2
            - {id: empty, backends: []}
            - {id: plain, backends: [], sticky: {}, health-check: {}, retries: {on: []}}
          routes:
            - id: api
              match:
                host: "*.Example.com"
                path: /api/**
                methods: [GET, POST]
                headers: {X-Tenant: a, X-Beta: "*"}
              priority: -5
              pool: web
              request-headers:
                set: {X-Edge: sluice, X-Number: 0644, X-Empty: ""}
                add: {X-Trace: yes}
                remove: [Cookie]
              response-headers:
                set: {Server: Sluice}
                add: {Vary: Accept}
                remove: [X-A]
              host-rewrite: backend.example.com:8443
              path-rewrite: {prefix: /api, to: /}
              filters: [audit, {name: tag, options: {name: blue}}]
              rate-limit: {requests: 100, per: 1m, burst: 20, key: "header:X-Api-Key"}
            - id: to-https
              redirect: {to: "https://{host}{path}{query}", status: 308}
            - id: moved
              match: {host: "[2001:DB8::1]", path: /old}
              redirect: {to: "/new{path}"}
            - id: closed
              match: {host: 10.0.0.1, path: /}
              respond:
                status: 503
                body: |
                  closed
                headers: {Retry-After: 60}
              rate-limit: {requests: 1, key: none}
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# only a comment\n",
        "---\n",
        "sluice:\n",
        "sluice: ~\n",
        "sluice: {}\n",
        "sluice: {threads: , listeners: , admin: , via: null, bootstrap: {pools: [], routes: }}",
        "sluice: {admin: {}, shutdown: {}, access-log: {}, extensions: {}, bootstrap: {}}",
        "spring: {main: {banner-mode: off}}\nlogging.level.root: DEBUG\nserver: 5\n",
        "management: [anything]\n"
      })
  void whatIsNotWrittenHasItsDefault(String yaml) throws InvalidConfigurationException {
    assertThat(ConfigurationReader.read("f.yaml", yaml)).isEqualTo(DEFAULTS);
  }

  @Test
  void everyKeyReachesItsRecord() throws Exception {
    Configuration read = ConfigurationReader.read("f.yaml", EVERYTHING);

    assertThat(read)
        .isEqualTo(
            new Configuration(
                3,
                listeners(),
                List.of(new Address.Tcp("192.0.2.53", 53), new Address.Tcp("2001:db8::53", 5353)),
                List.of(
                    new Cidr(InetAddress.ofLiteral("10.0.0.0"), 8),
                    new Cidr(InetAddress.ofLiteral("192.0.2.1"), 32),
                    new Cidr(InetAddress.ofLiteral("fd00::"), 8)),
                "edge-1",
                Configuration.Mode.DECLARATIVE,
                new Configuration.Store(Path.of("/var/lib/sluice/db"), 50),
                new Configuration.Admin(
                    new Address.Tcp("localhost", 9000),
                    "/sluice",
                    Path.of("pw"),
                    Path.of("/t"),
                    List.of("lb.example.com"),
                    List.of(new Cidr(InetAddress.ofLiteral("10.0.0.0"), 8))),
                new Shutdown(Duration.ofSeconds(5), Duration.ofMinutes(1)),
                new Configuration.Process(
                    Path.of("/run/sluice/sluice.pid"),
                    Path.of("error.log"),
                    Path.of("/run/sluice/upgrade.sock"),
                    "www-data",
                    "adm",
                    Duration.ofSeconds(7),
                    Configuration.Upgrade.DEFAULT),
                new AccessLog(AccessLog.Format.TEXT, "/var/log/sluice/access.log"),
                Path.of("/opt/sluice/extensions"),
                new Snapshot(List.of(webPool(), emptyPool(), plainPool()), routes())));
  }

  private static List<ListenerSpec> listeners() {
    return List.of(
        new ListenerSpec(
            new Address.Tcp("127.0.0.1", 8080),
            new Limits(
                1000,
                5000,
                4096,
                65_536,
                50,
                Duration.ofSeconds(5),
                Duration.ofMillis(1500),
                1024,
                Duration.ofMinutes(2),
                Duration.ofHours(1),
                250)),
        new ListenerSpec(new Address.Tcp("2001:db8::1", 0), HTTP_1_ONLY)
            .withProxyProtocol(
                new ListenerSpec.ProxyProtocol(
                    List.of(
                        new Cidr(InetAddress.ofLiteral("10.0.0.0"), 8),
                        new Cidr(InetAddress.ofLiteral("2001:db8::2"), 128)))),
        new ListenerSpec(
            new Address.Unix(Path.of("/run/sluice.sock")),
            Limits.DEFAULT,
            new SocketFile(0666, "www-data", "sluice.clients")),
        new ListenerSpec(
                new Address.Unix(Path.of("/run/other.sock")),
                Limits.DEFAULT,
                new SocketFile(0600, null, null))
            .withProxyProtocol(new ListenerSpec.ProxyProtocol(List.of())));
  }

  private static PoolSpec webPool() {
    return PoolSpec.of("web", webBackends())
        .withAlgorithm("my-hash")
        .withTls(
            new TlsSpec(
                true,
                "web.example.com",
                false,
                Path.of("/etc/sluice/ca.pem"),
                "10.0.0.1",
                new ClientCertificate(Path.of("client.pem"), Path.of("client.key"))))
        .withTimeouts(
            new Timeouts(
                Duration.ofMillis(500),
                Duration.ofSeconds(2),
                Duration.ofSeconds(20),
                Duration.ofSeconds(40),
                Duration.ofHours(2)))
        .withKeepAlive(new KeepAlive(16, Duration.ofSeconds(15), Duration.ofHours(1), 10_000))
        .withBalance(
            new BalanceSpec(
                0,
                new BalanceSpec.Hash(
                    new BalanceSpec.Key(BalanceSpec.Key.Source.HEADER, "x-user"), 1.5),
                new BalanceSpec.Sticky("STICK", Duration.ZERO, Path.of("/etc/sluice/sticky.key")),
                new BalanceSpec.SlowStart(Duration.ofSeconds(30), 2),
                new BalanceSpec.Panic(0.5, BalanceSpec.Panic.Mode.LAST_KNOWN_GOOD)))
        .withLimits(new PoolSpec.Limits(50, 100, 150, 20, Duration.ofMillis(250)))
        .withRetries(
            new Retries(
                3,
                Set.of(Retries.Condition.CONNECT_FAILURE, Retries.Condition.REFUSED_STREAM),
                Set.of(429, 503),
                Retries.Methods.ALL,
                Duration.ofSeconds(2),
                Duration.ZERO,
                new Retries.Budget(0.1, 5)))
        .withHealthCheck(webCheck())
        .withEjection(new PoolSpec.Ejection(1, 7, 1.9, 3, Duration.ofSeconds(10), 0.1))
        .withMinimumCapacity(0.25)
        .withProxyProtocol(PoolSpec.ProxyProtocol.V2);
  }

  private static List<BackendSpec> webBackends() {
    return List.of(
        BackendSpec.of("10-0-0-1-8443", new Address.Tcp("10.0.0.1", 8443)),
        new BackendSpec(
            "b2",
            new Address.Tcp("b.example.com", 8443),
            3,
            TlsSpec.OFF,
            1,
            BackendSpec.AdminState.DRAIN,
            Map.of("zone", "a", "example.com/rack", "7")),
        BackendSpec.of("1-8443", new Address.Tcp("::1", 8443)).withWeight(0),
        BackendSpec.of("run-web-sock", new Address.Unix(Path.of("/run/web.sock"))));
  }

  private static HealthCheckSpec webCheck() {
    return new HealthCheckSpec(
        HealthCheckSpec.Type.HTTP,
        Duration.ofSeconds(10),
        Duration.ofSeconds(2),
        Duration.ofMillis(500),
        2,
        3,
        0,
        false,
        TlsSpec.OFF,
        new HealthCheckSpec.Http(
            "HEAD",
            "/health?full=1",
            "health.example.com",
            List.of(
                new HealthCheckSpec.StatusRange(200, 299),
                new HealthCheckSpec.StatusRange(304, 304)),
            new HealthCheckSpec.BodyPattern("ok|ready", true),
            Map.of("X-Check", "1"),
            9000,
            true));
  }

  private static PoolSpec emptyPool() {
    return PoolSpec.of("empty", List.of());
  }

  private static PoolSpec plainPool() {
    return PoolSpec.of("plain", List.of())
        .withBalance(BalanceSpec.DEFAULT.withSticky(BalanceSpec.Sticky.DEFAULT))
        .withHealthCheck(HealthCheckSpec.DEFAULT)
        .withRetries(Retries.DEFAULT.withOn(Set.of(), Set.of()));
  }

  private static List<RouteSpec> routes() {
    return List.of(
        new RouteSpec(
            "api",
            new Match(
                "*.example.com",
                "/api/**",
                Set.of("GET", "POST"),
                Map.of("x-tenant", "a", "x-beta", "*")),
            -5,
            new Action.ToPool("web"),
            new HeaderRules(
                Map.of("X-Edge", "sluice", "X-Number", "0644", "X-Empty", ""),
                Map.of("X-Trace", "yes"),
                List.of("Cookie")),
            new HeaderRules(Map.of("Server", "Sluice"), Map.of("Vary", "Accept"), List.of("X-A")),
            "backend.example.com:8443",
            new PathRewrite("/api", "/"),
            List.of(new Filter("audit", Map.of()), new Filter("tag", Map.of("name", "blue"))),
            new RateLimit(
                100,
                Duration.ofMinutes(1),
                20,
                new BalanceSpec.Key(BalanceSpec.Key.Source.HEADER, "x-api-key"))),
        RouteSpec.of(
            "to-https", Match.ALL, new Action.Redirect("https://{host}{path}{query}", 308)),
        RouteSpec.of(
            "moved",
            new Match("[2001:db8::1]", "/old", Set.of(), Map.of()),
            new Action.Redirect("/new{path}", 302)),
        RouteSpec.of(
                "closed",
                new Match("10.0.0.1", "/", Set.of(), Map.of()),
                new Action.Respond(503, "closed\n", Map.of("Retry-After", "60")))
            .withRateLimit(new RateLimit(1, Duration.ofSeconds(1), 0, null)));
  }

  @Test
  void withoutRoutesEverythingGoesToThePoolDefault() throws Exception {
    Snapshot read = bootstrap("pools: [{id: a, backends: []}, {id: default, backends: []}]");

    assertThat(read.routes())
        .containsExactly(RouteSpec.of("default", Match.ALL, new Action.ToPool("default")));
  }

  @Test
  void withoutAPoolDefaultThereIsNoDefaultRoute() throws Exception {
    assertThat(bootstrap("pools: [{id: a, backends: []}]").routes()).isEmpty();
  }

  @Test
  void aRouteOfOnesOwnReplacesTheDefaultRoute() throws Exception {
    Snapshot read =
        bootstrap(
            "pools: [{id: default, backends: []}]\n"
                + "    routes: [{id: a, match: {path: /a}, pool: default}]");

    assertThat(read.routes()).extracting(RouteSpec::id).containsExactly("a");
  }

  @Test
  void headersKeepTheOrderOfTheFile() throws Exception {
    Snapshot read =
        bootstrap(
            "routes: [{id: a, respond: {status: 200}, "
                + "response-headers: {add: {Z: 1, B: 2, Y: 3, A: 4}}}]");

    assertThat(read.routes().getFirst().responseHeaders().add().keySet())
        .containsExactly("Z", "B", "Y", "A");
  }

  @Test
  void anAliasStandsForWhatItsAnchorNames() throws Exception {
    Snapshot read =
        bootstrap(
            "pools: [{id: a, backends: [], timeouts: &t {connect: 5s}},"
                + " {id: b, backends: [], timeouts: *t}]");

    assertThat(read.pools())
        .extracting(pool -> pool.timeouts().connect())
        .containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(5));
  }

  private static Snapshot bootstrap(String yaml) throws InvalidConfigurationException {
    return ConfigurationReader.read("f.yaml", "sluice:\n  bootstrap:\n    " + yaml).bootstrap();
  }
}
