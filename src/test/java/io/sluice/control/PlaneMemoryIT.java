package io.sluice.control;

import static io.sluice.testkit.ProxySetup.backend;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Ejection;
import io.sluice.balance.Health.State;
import io.sluice.balance.PoolStatus.Mode;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.BalanceSpec;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.HealthCheckSpec.Http;
import io.sluice.config.PoolSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.testing.Until;
import io.sluice.testkit.Await;
import io.sluice.testkit.DeadPort;
import io.sluice.testkit.Edits;
import io.sluice.testkit.NameServer;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a data plane knows that begins with the memory of another one, both with real backends. */
class PlaneMemoryIT {
  private static final String REQUEST = Wire.head("GET / HTTP/1.1", "Host: t");

  /** Longer than any test: whoever begins anew has made no second check. */
  private static final Duration LONG = Duration.ofHours(1);

  private static final ScriptedBackend.Script BUSY =
      c -> c.send(Wire.head("HTTP/1.1 503 Busy", "Content-Length: 0"));

  private ScriptedBackend a;
  private ScriptedBackend b;

  @BeforeEach
  void start() throws Exception {
    a = ScriptedBackend.start("a");
    b = ScriptedBackend.start("b");
  }

  @AfterEach
  void stop() throws Exception {
    a.close();
    b.close();
  }

  private List<BackendSpec> backends() {
    return List.of(backend("a", a.port(), 1), backend("b", b.port(), 1));
  }

  private ProxySetup setup(UnaryOperator<PoolSpec> change) {
    return new ProxySetup().eachPool(change).pool("web", backends());
  }

  /** A successor, by way of the bytes that a process would send. */
  private static ProxySetup inheriting(RunningProxy old, ProxySetup setup) {
    PlaneMemory memory = PlaneMemory.fromJson(old.dataPlane().memory().toJson());
    return setup.inherit(new Inheritance(Map.of(), false, memory));
  }

  private static HealthCheckSpec checks(int fall, boolean startUp) {
    return new HealthCheckSpec(
        HealthCheckSpec.Type.TCP,
        LONG,
        LONG,
        Duration.ofSeconds(30),
        1,
        fall,
        0,
        startUp,
        null,
        Http.DEFAULT);
  }

  private static BackendStatus status(RunningProxy proxy, String backend) {
    return Objects.requireNonNull(proxy.dataPlane().backend("web", backend));
  }

  @Test
  void healthIsKnownFromTheFirstMomentWithItsReasonAndItsBegin() throws Exception {
    b.close();
    UnaryOperator<PoolSpec> checked = pool -> pool.withHealthCheck(checks(1, false));
    try (RunningProxy old = setup(checked).start()) {
      Await.until(
          () ->
              status(old, "a").health().state() == State.UP
                  && status(old, "b").health().state() == State.DOWN,
          "both are checked");
      try (RunningProxy next = inheriting(old, setup(checked)).start()) {
        // Without it, start: down would leave nobody to ask.
        for (int i = 0; i < 4; i++) {
          assertThat(next.once(REQUEST).value("X-Backend")).isEqualTo("a");
        }
        for (String each : List.of("a", "b")) {
          assertThat(status(next, each).health()).isEqualTo(status(old, each).health());
          assertThat(Objects.requireNonNull(next.health("web", each)).counts().transitions())
              .isEqualTo(1);
        }
        assertThat(next.health("web", "b")).isNotNull();
      }
    }
  }

  @Test
  void whatCountsTowardsADecisionCountsOn() throws Exception {
    UnaryOperator<PoolSpec> checked = pool -> pool.withHealthCheck(checks(2, true));
    b.close();
    try (RunningProxy old = setup(checked).start()) {
      Await.until(
          () -> Objects.requireNonNull(old.health("web", "b")).counts().failed() == 1,
          "the first failure");
      assertThat(status(old, "b").health().state()).isEqualTo(State.UNKNOWN);
      try (RunningProxy next = inheriting(old, setup(checked)).start()) {
        Await.until(() -> status(next, "b").health().state() == State.DOWN, "the second one");
        assertThat(status(next, "b").health().reason()).isNotNull();
        assertThat(Objects.requireNonNull(next.health("web", "b")).counts().failed()).isEqualTo(2);
      }
    }
  }

  @Test
  void aBackendOrACheckThatHasChangedBeginsAnew() throws Exception {
    UnaryOperator<PoolSpec> checked = pool -> pool.withHealthCheck(checks(1, true));
    try (RunningProxy old = setup(checked).start();
        ScriptedBackend other = ScriptedBackend.start("other")) {
      Await.until(
          () ->
              status(old, "a").health().state() == State.UP
                  && status(old, "b").health().state() == State.UP,
          "both are checked");
      PoolSpec moved =
          checked.apply(
              PoolSpec.of(
                  "web",
                  List.of(
                      backend("a", a.port(), 1).withAdminState(AdminState.MAINT),
                      backend("c", b.port(), 1))));
      try (RunningProxy next = inheriting(old, new ProxySetup().pool(moved)).start()) {
        assertThat(status(next, "a").health().reason()).as("not checked in maintenance").isNull();
        assertThat(Objects.requireNonNull(next.health("web", "c")).counts().transitions())
            .as("another id")
            .isLessThanOrEqualTo(1);
      }
      UnaryOperator<PoolSpec> slower = pool -> pool.withHealthCheck(http());
      try (RunningProxy next = inheriting(old, setup(slower)).start()) {
        assertThat(status(next, "a").health().state()).isEqualTo(State.UNKNOWN);
      }
      PoolSpec readdressed =
          checked.apply(PoolSpec.of("web", List.of(backend("a", other.port(), 1))));
      Instant since = status(old, "a").health().since();
      try (RunningProxy next = inheriting(old, new ProxySetup().pool(readdressed)).start()) {
        assertThat(status(next, "a").health().since()).isAfter(since);
      }
    }
  }

  /** One whose first check of anything takes longer than the test. */
  private static HealthCheckSpec http() {
    return new HealthCheckSpec(
        HealthCheckSpec.Type.HTTP,
        LONG,
        LONG,
        Duration.ofSeconds(60),
        2,
        2,
        0,
        true,
        null,
        Http.DEFAULT);
  }

  private static PoolSpec.Ejection ejection(Duration base) {
    return new PoolSpec.Ejection(2, 0, 0, 0, base, 0.5);
  }

  /** Asks until b is ejected, or no longer is. */
  private static void awaitEjection(RunningProxy proxy, boolean ejected) throws Exception {
    Until.holds(
        "the begin or the end of an ejection",
        () -> {
          proxy.once(REQUEST);
          return status(proxy, "b").ejection().isEjected() == ejected;
        });
  }

  @Test
  void anEjectionLastsOnAndTheNextOneGrows() throws Exception {
    UnaryOperator<PoolSpec> rules =
        pool -> pool.withEjection(ejection(LONG)).withRetries(PoolSpec.Retries.NONE);
    b.otherwise(BUSY);
    try (RunningProxy old = setup(rules).start()) {
      awaitEjection(old, true);
      Ejection before = status(old, "b").ejection();
      try (RunningProxy next = inheriting(old, setup(rules)).start()) {
        Ejection after = status(next, "b").ejection();
        assertThat(after.reason()).isEqualTo(before.reason()).contains("in a row");
        assertThat(after.count()).isEqualTo(1);
        Instant until = Objects.requireNonNull(before.until());
        assertThat(Objects.requireNonNull(after.until()))
            .isBetween(until.minusSeconds(60), until.plusSeconds(1));
        for (int i = 0; i < 4; i++) {
          assertThat(next.once(REQUEST).value("X-Backend")).isEqualTo("a");
        }
      }
      UnaryOperator<PoolSpec> off =
          pool -> pool.withEjection(new PoolSpec.Ejection(0, 0, 0, 0, LONG, 0.5));
      try (RunningProxy next = inheriting(old, setup(off)).start()) {
        assertThat(status(next, "b").ejection().isEjected()).as("nobody would end it").isFalse();
      }
    }
  }

  @Test
  void anEjectionThatIsOverIsEndedByAProbeInTheNextProcess() throws Exception {
    UnaryOperator<PoolSpec> rules =
        pool ->
            pool.withEjection(ejection(Duration.ofMillis(50))).withRetries(PoolSpec.Retries.NONE);
    b.otherwise(BUSY);
    try (RunningProxy old = setup(rules).start()) {
      awaitEjection(old, true);
      ProxySetup later = inheriting(old, setup(rules));
      b.otherwise(c -> c.send(Wire.head("HTTP/1.1 200 OK", "Content-Length: 0")));
      try (RunningProxy next = later.start()) {
        awaitEjection(next, false);
        b.otherwise(BUSY);
        awaitEjection(next, true);
        assertThat(status(next, "b").ejection().count()).isGreaterThanOrEqualTo(1);
      }
    }
  }

  @Test
  void ejectionsSinceTheFirstMemoryAreTakenOverWhileTheNextProcessIsThere() throws Exception {
    UnaryOperator<PoolSpec> rules =
        pool -> pool.withEjection(ejection(LONG)).withRetries(PoolSpec.Retries.NONE);
    try (RunningProxy old = setup(rules).start();
        RunningProxy next = inheriting(old, setup(rules)).start()) {
      b.otherwise(BUSY);
      awaitEjection(old, true);
      assertThat(status(next, "b").ejection().isEjected()).isFalse();
      next.dataPlane().renew(PlaneMemory.fromJson(old.dataPlane().memory().toJson()));
      Await.until(() -> status(next, "b").ejection().isEjected(), "the same one there");
      assertThat(status(next, "b").ejection().count()).isEqualTo(1);
    }
  }

  @Test
  void cookiesWithAMadeUpKeyHoldInTheNextProcess() throws Exception {
    UnaryOperator<PoolSpec> sticky =
        pool ->
            pool.withBalance(
                balance(
                    new BalanceSpec.Sticky("S", Duration.ZERO, null),
                    BalanceSpec.SlowStart.DEFAULT,
                    BalanceSpec.Panic.DEFAULT));
    try (RunningProxy old = setup(sticky).start()) {
      Response first = old.once(REQUEST);
      String cookie = first.value("Set-Cookie").replaceFirst(";.*", "");
      String request = Wire.head("GET / HTTP/1.1", "Host: t", "Cookie: " + cookie);
      try (RunningProxy next = inheriting(old, setup(sticky)).start()) {
        for (int i = 0; i < 6; i++) {
          Response again = next.once(request);
          assertThat(again.value("X-Backend")).isEqualTo(first.value("X-Backend"));
          assertThat(again.values("Set-Cookie")).isEmpty();
        }
        try (RunningProxy third = inheriting(next, setup(sticky)).start()) {
          assertThat(third.once(request).values("Set-Cookie")).isEmpty();
        }
      }
    }
  }

  /** Of three backends c never was well, and the pool begins to panic when b goes too. */
  @Test
  void aPanickingPoolGoesOnWithTheBackendsThatWereGoodLast() throws Exception {
    Duration often = Duration.ofMillis(50);
    HealthCheckSpec checks =
        new HealthCheckSpec(
            HealthCheckSpec.Type.TCP,
            often,
            often,
            Duration.ofSeconds(30),
            1,
            1,
            0,
            false,
            null,
            Http.DEFAULT);
    BalanceSpec.Panic panic = new BalanceSpec.Panic(0.6, BalanceSpec.Panic.Mode.LAST_KNOWN_GOOD);
    UnaryOperator<PoolSpec> rules =
        pool ->
            pool.withHealthCheck(checks)
                .withBalance(balance(null, BalanceSpec.SlowStart.DEFAULT, panic));
    try (DeadPort dead = new DeadPort()) {
      List<BackendSpec> three = new ArrayList<>(backends());
      three.add(backend("c", dead.port(), 1));
      aPanickingPoolGoesOn(rules, three);
    }
  }

  private void aPanickingPoolGoesOn(UnaryOperator<PoolSpec> rules, List<BackendSpec> three)
      throws Exception {
    try (RunningProxy old = new ProxySetup().eachPool(rules).pool("web", three).start()) {
      Await.until(
          () -> mode(old) == Mode.NORMAL && status(old, "c").health().state() == State.DOWN,
          "two are well");
      b.close();
      Await.until(() -> mode(old) == Mode.PANIC, "panic");
      try (RunningProxy next =
          inheriting(old, new ProxySetup().eachPool(rules).pool("web", three)).start()) {
        assertThat(next.dataPlane().pool("web")).isEqualTo(old.dataPlane().pool("web"));
        assertThat(shares(next))
            .isEqualTo(shares(old))
            .containsAllEntriesOf(Map.of("a", 0.5, "b", 0.5));
      }
    }
  }

  private static Mode mode(RunningProxy proxy) {
    return Objects.requireNonNull(proxy.dataPlane().pool("web")).mode();
  }

  private static BalanceSpec balance(
      BalanceSpec.@Nullable Sticky sticky, BalanceSpec.SlowStart slow, BalanceSpec.Panic panic) {
    return new BalanceSpec(2, BalanceSpec.Hash.DEFAULT, sticky, slow, panic);
  }

  private static Map<String, Double> shares(RunningProxy proxy) {
    Map<String, Double> shares = new TreeMap<>();
    proxy.status().backends().forEach(each -> shares.put(each.backend(), each.share()));
    return shares;
  }

  @Test
  void aSlowStartGoesOnWhereItWas() throws Exception {
    UnaryOperator<PoolSpec> slow =
        pool ->
            pool.withBalance(
                balance(null, new BalanceSpec.SlowStart(LONG, 1), BalanceSpec.Panic.DEFAULT));
    try (RunningProxy old = setup(slow).start()) {
      old.change(Edits.backend("web", "b", x -> x.withAdminState(AdminState.DRAIN)));
      old.change(Edits.backend("web", "b", x -> x.withAdminState(AdminState.READY)));
      assertThat(status(old, "b").share()).isLessThan(0.2);
      try (RunningProxy next = inheriting(old, setup(slow)).start()) {
        assertThat(shares(next)).isEqualTo(shares(old));
      }
    }
  }

  @Test
  void namesKeepTheirAddressesWithoutANameServer() throws Exception {
    try (NameServer dns = new NameServer()) {
      dns.host("web.test", 3600, "127.0.0.1");
      PoolSpec named =
          PoolSpec.of("web", List.of(BackendSpec.of("x", new Address.Tcp("web.test", a.port()))))
              .withHealthCheck(checks(1, false));
      List<String> ids = new ArrayList<>();
      try (RunningProxy old = new ProxySetup().resolver(dns.address()).pool(named).start()) {
        old.status().backends().forEach(each -> ids.add(each.backend()));
        Await.until(() -> status(old, ids.getFirst()).up(), "it is up");
        dns.fail(true);
        try (RunningProxy next =
            inheriting(old, new ProxySetup().resolver(dns.address()).pool(named)).start()) {
          assertThat(next.status().backends())
              .extracting(BackendStatus::backend)
              .containsExactlyElementsOf(ids);
          assertThat(next.once(REQUEST).status()).isEqualTo(200);
        }
      }
    }
  }
}
