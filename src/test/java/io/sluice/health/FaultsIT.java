package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.PoolSpec.Retries;
import io.sluice.config.PoolSpec.Retries.Budget;
import io.sluice.config.PoolSpec.Retries.Condition;
import io.sluice.config.PoolSpec.Timeouts;
import io.sluice.health.SickBackend.Fault;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.Reported;
import io.sluice.testkit.RouteSetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One of three backends falls ill under a steady load. Without further tries that costs no other
 * requests than those that were on it until it was left out; with them it costs nothing, except
 * where an answer breaks off that the client has the beginning of. Ejection alone has to see to it:
 * checks, which may be faster, are left out.
 */
class FaultsIT {
  private static final List<String> ALGORITHMS = List.of("round-robin", "least-request");
  private static final List<String> PLAIN = ALGORITHMS.stream().map(a -> a + "-plain").toList();
  private static final List<String> RETRYING =
      ALGORITHMS.stream().map(a -> a + "-retrying").toList();
  private static final List<String> ALL = Stream.concat(PLAIN.stream(), RETRYING.stream()).toList();

  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Timeouts TIMEOUTS =
      new Timeouts(Duration.ofSeconds(1), LONG, Duration.ofSeconds(1), LONG, Duration.ZERO);
  private static final Retries RETRIES =
      Retries.DEFAULT
          .withAttempts(2)
          .withOn(Set.of(Condition.CONNECT_FAILURE, Condition.RESET), Set.of(500))
          .withPerTryTimeout(Duration.ofMillis(500))
          .withBudget(new Budget(1, 1000));

  private ScriptedBackend first;
  private ScriptedBackend second;
  private SickBackend third;

  @BeforeEach
  void start() throws IOException {
    first = ScriptedBackend.start("b1").otherwise(SickBackend::well);
    second = ScriptedBackend.start("b2").otherwise(SickBackend::well);
    third = new SickBackend();
  }

  @AfterEach
  void stop() throws IOException {
    first.close();
    second.close();
    third.close();
  }

  /** A pool for each algorithm without further tries and one with them, and a path for each. */
  private RunningProxy proxy(Duration ejection) {
    List<BackendSpec> backends =
        List.of(
            ProxySetup.backend("b1", first.port(), 1),
            ProxySetup.backend("b2", second.port(), 1),
            BackendSpec.of("b3", new Address.Tcp(third.host(), third.port())));
    ProxySetup setup = new ProxySetup();
    for (String id : ALL) {
      setup.route(RouteSetup.route(id).path(path(id)).toPool(id));
      setup.pool(
          PoolSpec.of(id, backends)
              .withAlgorithm(ALGORITHMS.stream().filter(id::startsWith).findFirst().orElseThrow())
              .withTimeouts(TIMEOUTS)
              .withRetries(PLAIN.contains(id) ? Retries.NONE : RETRIES)
              .withEjection(new PoolSpec.Ejection(2, 0, 0, 0, ejection, 0.5)));
    }
    return setup.start();
  }

  private static String path(String pool) {
    return "/" + pool;
  }

  private static SteadyLoad load(RunningProxy proxy) {
    SteadyLoad load = new SteadyLoad(proxy.port(), ALL.stream().map(FaultsIT::path).toList());
    load.awaitMore(5);
    return load;
  }

  private static void awaitEligible(RunningProxy proxy, int backends) {
    Await.until(
        () -> proxy.status().pools().stream().allMatch(pool -> pool.eligible() == backends),
        backends + " backends are eligible in every pool");
  }

  private void awaitMet(int times) {
    Await.until(
        () -> ALL.stream().allMatch(pool -> third.met(path(pool)) >= times),
        "the fault is met by " + times + " requests of every pool");
  }

  private static List<Reported> reported(
      RunningProxy proxy, String pool, Predicate<Reported> which) {
    return proxy.reported().stream()
        .filter(r -> r.target().equals(path(pool)))
        .filter(which)
        .toList();
  }

  private static boolean hasFailed(Reported request) {
    return request.status() != 200 || request.errorReason() != null;
  }

  private static long retries(RunningProxy proxy, String pool) {
    return proxy.status().loads().stream()
        .filter(load -> load.pool().equals(pool))
        .flatMap(load -> load.retries().values().stream())
        .mapToLong(Long::longValue)
        .sum();
  }

  /** Of the pools without further tries: whatever has failed was on the sick backend. */
  private static void assertOnlyTheSickBackendCosts(RunningProxy proxy, SteadyLoad load) {
    for (String pool : PLAIN) {
      List<Reported> failed = reported(proxy, pool, FaultsIT::hasFailed);
      assertThat(failed).as(pool).hasSize(load.failed(path(pool)));
      assertThat(failed).as(pool).allMatch(r -> "b3".equals(r.backendId()));
    }
  }

  private static void assertNothingIsLost(RunningProxy proxy, SteadyLoad load) {
    for (String pool : RETRYING) {
      assertThat(load.failed(path(pool))).as(pool).isZero();
      assertThat(reported(proxy, pool, FaultsIT::hasFailed)).as(pool).isEmpty();
      assertThat(retries(proxy, pool)).as("further tries of " + pool).isPositive();
    }
  }

  private static int allFailed(SteadyLoad load) {
    return ALL.stream().mapToInt(pool -> load.failed(path(pool))).sum();
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSE", "BLACK_HOLE", "HANG", "RESET_IN_HEAD", "RESET_IN_BODY"})
  void aBackendThatFailsEveryRequestCostsThoseThatAreOnItUntilItIsLeftOut(Fault fault)
      throws Exception {
    try (RunningProxy proxy = proxy(LONG);
        SteadyLoad load = load(proxy)) {
      assertThat(allFailed(load)).as("while all are well").isZero();
      third.become(fault);
      awaitEligible(proxy, 2);
      load.awaitMore(2); // those that had chosen before have ended then
      int until = allFailed(load);
      load.awaitMore(10);
      assertThat(allFailed(load)).as("nothing fails any more").isEqualTo(until);
      load.stop();
      assertOnlyTheSickBackendCosts(proxy, load);
      for (String pool : PLAIN) {
        assertThat(load.failed(path(pool))).as(pool).isGreaterThanOrEqualTo(2);
      }
      if (fault == Fault.RESET_IN_BODY) {
        for (String pool : RETRYING) {
          assertThat(load.failed(path(pool))).as(pool).isBetween(1, third.met(path(pool)));
        }
      } else {
        assertNothingIsLost(proxy, load);
      }
    }
  }

  @Test
  void aBackendThatFailsAtTimesCostsExactlyTheRequestsThatItFails() throws Exception {
    try (RunningProxy proxy = proxy(LONG);
        SteadyLoad load = load(proxy)) {
      third.become(Fault.ERRORS);
      awaitMet(2);
      load.stop();
      assertOnlyTheSickBackendCosts(proxy, load);
      for (String pool : PLAIN) {
        assertThat(load.failed(path(pool))).as(pool).isEqualTo(third.met(path(pool)));
      }
      assertNothingIsLost(proxy, load);
    }
  }

  @Test
  void aSlowBackendCostsNothing() throws Exception {
    try (RunningProxy proxy = proxy(LONG);
        SteadyLoad load = load(proxy)) {
      third.become(Fault.SLOW);
      awaitMet(10);
      load.stop();
      assertThat(allFailed(load)).isZero();
    }
  }

  @Test
  void aBackendThatComesAndGoesCostsNoMoreThanItsRequestsEachTime() throws Exception {
    try (RunningProxy proxy = proxy(SHORT);
        SteadyLoad load = load(proxy)) {
      for (int i = 0; i < 3; i++) {
        third.become(Fault.REFUSE);
        awaitEligible(proxy, 2);
        third.recover();
        awaitEligible(proxy, 3);
      }
      load.stop();
      assertOnlyTheSickBackendCosts(proxy, load);
      for (String pool : PLAIN) {
        assertThat(load.failed(path(pool))).as(pool).isGreaterThanOrEqualTo(3 * 2);
      }
      assertNothingIsLost(proxy, load);
    }
  }
}
