package io.sluice.config;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.RouteSpec.Action;
import io.sluice.config.RouteSpec.Filter;
import io.sluice.config.RouteSpec.HeaderRules;
import io.sluice.config.RouteSpec.Match;
import io.sluice.config.RouteSpec.PathRewrite;
import io.sluice.config.RouteSpec.RateLimit;
import io.sluice.config.TlsSpec.ClientCertificate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Draws specs that a document can hold; each value is the default now and then. */
final class Specs {
  private static final List<String> ODD_TEXTS =
      List.of(
          "",
          " ",
          "null",
          "~",
          "yes",
          "true",
          "5",
          "0644",
          "1:30",
          "1e3",
          "- a",
          "a: b",
          "# no comment",
          "{a}",
          "*a",
          "&a",
          "!tag",
          "'",
          "\"\\",
          "a\nb\n",
          "\r\n",
          "\t",
          "\u0000\u0007",
          "\u0085\u2028\u2029",
          "\uFEFF",
          "\uFFFE",
          "ä\uD83D\uDE00",
          " a ",
          "<<",
          "=",
          "---",
          "...",
          "x".repeat(300));

  private final Random random;
  private int ids;

  Specs(long seed) {
    this.random = new Random(seed);
  }

  Snapshot snapshot() {
    List<PoolSpec> pools = list(4, this::pool);
    List<RouteSpec> routes = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      routes.add(route(pools));
    }
    return new Snapshot(pools, routes);
  }

  private PoolSpec pool() {
    List<BackendSpec> backends = list(4, this::backend);
    return new PoolSpec(
        ids++ == 0 ? "default" : id(),
        one("round-robin", "ring-hash", "my-own"),
        backends,
        random.nextBoolean() ? TlsSpec.OFF : tls(),
        new PoolSpec.Timeouts(wait(0), wait(0), wait(0), wait(0), wait(0)),
        new PoolSpec.KeepAlive(upTo(65_535), wait(1), wait(0), upTo(1_000_000_000)),
        balance(),
        new PoolSpec.Limits(
            upTo(1_000_000), upTo(1_000_000), upTo(10_000_000), upTo(1_000_000), wait(1)),
        retries(),
        maybe(this::healthCheck),
        new PoolSpec.Ejection(upTo(1000), upTo(1000), share(10), share(1000), wait(1), share(1)),
        share(1),
        one(PoolSpec.ProxyProtocol.values()));
  }

  private BalanceSpec balance() {
    return new BalanceSpec(
        one(0, 2, 16),
        new BalanceSpec.Hash(key(BalanceSpec.Key.Source.values()), one(0.0, 1.25, 1.000001, 10.0)),
        maybe(() -> new BalanceSpec.Sticky(one("SLUICE", "S"), wait(0), maybe(this::file))),
        new BalanceSpec.SlowStart(wait(0), 0.1 + share(9)),
        new BalanceSpec.Panic(share(1), one(BalanceSpec.Panic.Mode.values())));
  }

  private BalanceSpec.Key key(BalanceSpec.Key.Source... sources) {
    BalanceSpec.Key.Source source = one(sources);
    return switch (source) {
      case CLIENT_IP -> BalanceSpec.Key.CLIENT_IP;
      case PATH -> BalanceSpec.Key.PATH;
      default -> new BalanceSpec.Key(source, "x-name");
    };
  }

  private PoolSpec.Retries retries() {
    if (random.nextInt(3) == 0) {
      return PoolSpec.Retries.DEFAULT;
    }
    Set<PoolSpec.Retries.Condition> on = new HashSet<>();
    for (PoolSpec.Retries.Condition condition : PoolSpec.Retries.Condition.values()) {
      if (random.nextBoolean()) {
        on.add(condition);
      }
    }
    return new PoolSpec.Retries(
        upTo(10),
        on,
        random.nextBoolean() ? Set.of() : Set.of(408, 429, 503, 599),
        one(PoolSpec.Retries.Methods.values()),
        wait(0),
        Duration.ofMillis(random.nextInt(60_001)),
        new PoolSpec.Retries.Budget(share(1), upTo(1_000_000)));
  }

  private HealthCheckSpec healthCheck() {
    if (random.nextInt(4) == 0) {
      return HealthCheckSpec.DEFAULT;
    }
    HealthCheckSpec.Type type = one(HealthCheckSpec.Type.values());
    return new HealthCheckSpec(
        type,
        Duration.ofMillis(10 + random.nextInt(10_000)),
        Duration.ofSeconds(1),
        wait(1),
        1 + upTo(99),
        1 + upTo(99),
        share(0.5),
        random.nextBoolean(),
        maybe(this::tls),
        type == HealthCheckSpec.Type.HTTP && random.nextBoolean()
            ? http()
            : HealthCheckSpec.Http.DEFAULT);
  }

  private HealthCheckSpec.Http http() {
    return new HealthCheckSpec.Http(
        one("GET", "HEAD"),
        one("/", "/health?full=1"),
        maybe(() -> "a.example:80"),
        List.of(
            new HealthCheckSpec.StatusRange(200, 299), new HealthCheckSpec.StatusRange(304, 304)),
        maybe(
            () ->
                random.nextBoolean()
                    ? new HealthCheckSpec.BodyPattern("^ok|\\d$", true)
                    : new HealthCheckSpec.BodyPattern(one("ok", "yes", "~", "a\nb"), false)),
        headers(),
        upTo(65_535),
        random.nextBoolean());
  }

  BackendSpec backend() {
    Address address = address();
    String standard = BackendSpec.defaultId(address);
    boolean takesStandard = standard.length() <= 63 && random.nextBoolean();
    BackendSpec plain = BackendSpec.of(takesStandard ? standard : id(), address);
    return random.nextBoolean()
        ? plain
        : plain
            .withWeight(upTo(65_535))
            .withTier(upTo(15))
            .withAdminState(one(AdminState.values()))
            .withLabels(
                random.nextBoolean() ? Map.of() : Map.of("zone", one("a", "7", ""), "a/.tls", "~"))
            .withTls(maybe(this::tls));
  }

  private Address address() {
    int port = 1000 + ids++;
    return switch (random.nextInt(4)) {
      case 0 -> new Address.Tcp("2001:db8::1", port);
      case 1 -> new Address.Unix(Path.of("/run/a b: #" + port + ".sock"));
      case 2 -> new Address.Service("_http._tcp.a" + port + ".example");
      default -> new Address.Tcp("a.example", port);
    };
  }

  private TlsSpec tls() {
    return random.nextInt(4) == 0
        ? TlsSpec.OFF
        : new TlsSpec(
            random.nextBoolean(),
            maybe(() -> "b.example"),
            random.nextBoolean(),
            maybe(this::file),
            maybe(() -> one("c.example", "2001:db8::2", "10.0.0.1")),
            maybe(() -> new ClientCertificate(file(), file())));
  }

  RouteSpec route(List<PoolSpec> pools) {
    Action action =
        switch (pools.isEmpty() ? 1 + random.nextInt(2) : random.nextInt(3)) {
          case 0 -> new Action.ToPool(pools.get(random.nextInt(pools.size())).id());
          case 1 ->
              new Action.Redirect(
                  one("/new{path}", "https://{host}{path}{query}"), one(301, 302, 308));
          default -> new Action.Respond(one(200, 503), one(ODD_TEXTS), headers());
        };
    return new RouteSpec(
        id(),
        random.nextInt(3) == 0
            ? Match.ALL
            : new Match(
                maybe(() -> one("*.a.example", "a.example", "[2001:db8::1]")),
                one("/**", "/a/**", "/"),
                random.nextBoolean() ? Set.of() : Set.of("GET", "POST", "M-SEARCH"),
                random.nextBoolean() ? Map.of() : Map.of("x-a", "*", "x-b", "1", "x-c", "")),
        one(0, Integer.MIN_VALUE, Integer.MAX_VALUE),
        action,
        rules(),
        rules(),
        maybe(() -> "d.example:80"),
        maybe(() -> new PathRewrite(one("/a", "", "/"), one("/b/c", "", "/"))),
        list(3, () -> new Filter(id(), random.nextBoolean() ? Map.of() : options())),
        maybe(
            () ->
                new RateLimit(
                    1 + upTo(999_999),
                    Duration.ofSeconds(1 + upTo(100)),
                    upTo(1_000_000),
                    maybe(
                        () ->
                            key(
                                BalanceSpec.Key.Source.CLIENT_IP,
                                BalanceSpec.Key.Source.HEADER)))));
  }

  private Map<String, String> options() {
    Map<String, String> options = new HashMap<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      options.put(one(ODD_TEXTS), one(ODD_TEXTS));
    }
    return options;
  }

  private HeaderRules rules() {
    return random.nextBoolean()
        ? HeaderRules.NONE
        : new HeaderRules(headers(), headers(), random.nextBoolean() ? List.of() : List.of("X-A"));
  }

  private Map<String, String> headers() {
    return random.nextBoolean()
        ? Map.of()
        : Map.of("X-Edge", one("sluice", "5", "", "no", "ä"), "health-check", "x", "Null", "null");
  }

  private Path file() {
    return Path.of(one("/etc/sluice/a.pem", "a b.pem", "~", "null", "5"));
  }

  private String id() {
    return one("id", "A.b_c", "0", "null") + "-" + ids++;
  }

  private Duration wait(int leastMillis) {
    return one(
        Duration.ofSeconds(1),
        Duration.ofMillis(leastMillis),
        Duration.ofMillis(1 + random.nextInt(5000)),
        Duration.ofMinutes(90).minusMinutes(60),
        Duration.ofHours(1));
  }

  private double share(double most) {
    return one(0.0, most, random.nextDouble() * most, 1e-7, most / 3);
  }

  private int upTo(int most) {
    return one(0, most, random.nextInt(most + 1));
  }

  private <T> @Nullable T maybe(Supplier<T> drawn) {
    return random.nextBoolean() ? null : drawn.get();
  }

  private <T> List<T> list(int most, Supplier<T> drawn) {
    List<T> list = new ArrayList<>();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      list.add(drawn.get());
    }
    return list;
  }

  @SafeVarargs
  private <T> T one(T... values) {
    return values[random.nextInt(values.length)];
  }

  private <T> T one(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }
}
