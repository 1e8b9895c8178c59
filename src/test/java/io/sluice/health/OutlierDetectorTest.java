package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Backend;
import io.sluice.balance.Ejection;
import io.sluice.balance.Health;
import io.sluice.balance.Health.State;
import io.sluice.balance.OutcomeObserver;
import io.sluice.balance.Pool;
import io.sluice.balance.RoundRobin;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.Await;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The detector with its real loop, fed by hand: no request, no port. */
class OutlierDetectorTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final HealthLoops loops = new HealthLoops();
  private final OutlierDetector detector = new OutlierDetector(loops);
  private Pool pool = watched(rules(2, SHORT, 0.5), 3);

  @AfterEach
  void close() {
    detector.close();
    loops.close();
  }

  private static PoolSpec.Ejection rules(int gatewayErrors, Duration base, double maxShare) {
    return new PoolSpec.Ejection(gatewayErrors, 0, 0, 0, base, maxShare);
  }

  private Pool watched(PoolSpec.Ejection rules, int size) {
    List<BackendSpec> specs = new ArrayList<>();
    List<Backend> backends = new ArrayList<>();
    for (int i = 1; i <= size; i++) {
      BackendSpec spec = BackendSpec.of("b" + i, new Address.Tcp("127.0.0.1", i));
      specs.add(spec);
      backends.add(new Backend("p", spec, TlsSpec.OFF));
    }
    PoolSpec spec = PoolSpec.of("p", specs).withEjection(rules);
    pool = new Pool(spec, backends, new RoundRobin(), Runnable::run);
    detector.apply(List.of(pool));
    detector.settled().syncUninterruptibly();
    return pool;
  }

  private static void await(BooleanSupplier condition, String what) {
    Await.until(condition, what);
  }

  private Backend backend(int number) {
    return pool.backends().get(number - 1);
  }

  private static void end(Backend backend, int... statuses) {
    for (int status : statuses) {
      backend.tryEnded(status, System.nanoTime(), 1_000_000);
    }
  }

  private void eject(int number) {
    end(backend(number), 502, OutcomeObserver.FAILED);
    await(() -> backend(number).ejection().isEjected(), "b" + number + " is ejected");
  }

  private void awaitOffer(int number) {
    await(() -> pool.isProbeOffered(backend(number)), "the probe of b" + number + " is offered");
  }

  @Test
  void aProbeThatGoesWellEndsTheEjection() {
    eject(1);
    Ejection ejection = backend(1).ejection();
    assertThat(ejection.reason()).isEqualTo("2 gateway errors in a row");
    assertThat(ejection.count()).isEqualTo(1);
    awaitOffer(1);
    end(backend(1), 200);
    await(() -> !backend(1).ejection().isEjected(), "b1 is back");
    assertThat(backend(1).ejection().count()).isEqualTo(1);
    assertThat(pool.isProbeOffered(backend(1))).isFalse();
  }

  @Test
  void requestsThatWereUnderWayDecideNothing() {
    long before = System.nanoTime();
    eject(1);
    awaitOffer(1);
    backend(1).tryEnded(200, before, 1_000_000);
    backend(1).tryEnded(502, before, -1);
    detector.settled().syncUninterruptibly();
    assertThat(backend(1).ejection().isEjected()).isTrue();
    assertThat(backend(1).ejection().count()).isEqualTo(1);
    assertThat(pool.isProbeOffered(backend(1))).isTrue();
  }

  @Test
  void aProbeThatTheClientCancelsIsGivenToAnother() {
    eject(1);
    awaitOffer(1);
    pool.withdrawProbe(backend(1)); // a request has it
    end(backend(1), OutcomeObserver.CANCELLED);
    awaitOffer(1);
    assertThat(backend(1).ejection().count()).isEqualTo(1);
  }

  @Test
  void aBackendThatIsDownIsNotProbedBeforeItIsUp() {
    watched(rules(2, SHORT, 0.7), 3);
    eject(1);
    backend(1).health(new Health(State.DOWN, "test", Instant.now()));
    eject(2);
    awaitOffer(2);
    end(backend(2), 200);
    await(() -> !backend(2).ejection().isEjected(), "b2 is back");
    assertThat(backend(1).ejection().isEjected()).isTrue();
    backend(1).health(new Health(State.UP, "test", Instant.now()));
    awaitOffer(1);
  }

  @Test
  void whatStillWaitsIsTakenBackWhenTheBackendGoesDown() {
    eject(1);
    awaitOffer(1);
    backend(1).health(new Health(State.DOWN, "test", Instant.now()));
    await(() -> !pool.isProbeOffered(backend(1)), "the offer is taken back");
    backend(1).health(new Health(State.UP, "test", Instant.now()));
    awaitOffer(1);
  }

  @Test
  void theLastBackendThatTakesRequestsStays() {
    backend(2).health(new Health(State.DOWN, "test", Instant.now()));
    backend(3).health(new Health(State.DOWN, "test", Instant.now()));
    end(backend(1), 502, 502, 502, 502);
    detector.settled().syncUninterruptibly();
    assertThat(backend(1).ejection().isEjected()).isFalse();
    backend(2).health(new Health(State.UP, "test", Instant.now()));
    eject(1);
  }

  @Test
  void withAWholeShareEvenTheLastMayGo() {
    watched(rules(2, LONG, 1.0), 2);
    eject(1);
    eject(2);
    assertThat(pool.status().eligible()).isZero();
  }

  @Test
  void backendsThatTheOperatorTookOutDoNotCountForTheShare() {
    watched(rules(2, LONG, 0.5), 4);
    PoolSpec spec = pool.spec();
    List<BackendSpec> backends = new ArrayList<>(spec.backends());
    backends.set(3, backends.get(3).withAdminState(AdminState.DRAIN));
    PoolSpec next = spec.withBackends(backends);
    pool.apply(pool.prepare(next, new RoundRobin.Factory(), null));
    eject(1);
    end(backend(2), 502, 502, 502);
    detector.settled().syncUninterruptibly();
    assertThat(backend(2).ejection().isEjected()).as("1 of 3 is half, rounded down").isFalse();
  }

  @Test
  void anEjectionThatIsLongAgoCountsNoLonger() {
    eject(1);
    awaitOffer(1);
    end(backend(1), 200);
    await(
        () -> !backend(1).ejection().isEjected() && backend(1).ejection().count() == 0,
        "the ejection is forgotten");
  }

  @Test
  void withoutRulesNobodyStaysEjected() {
    watched(rules(2, LONG, 0.5), 3);
    eject(1);
    PoolSpec next = pool.spec().withEjection(PoolSpec.Ejection.NONE);
    pool.apply(pool.prepare(next, new RoundRobin.Factory(), null));
    detector.apply(List.of(pool));
    await(() -> !backend(1).ejection().isEjected(), "b1 is back");
    end(backend(1), 502, 502, 502, 502);
    detector.settled().syncUninterruptibly();
    assertThat(backend(1).ejection()).isEqualTo(Ejection.NONE);
  }

  @Test
  void whoWasEjectedForItsLatencyMustAnswerItsProbeFasterThanTheLimit() {
    watched(new PoolSpec.Ejection(0, 0, 0, 3, SHORT, 0.5), 3);
    for (int i = 0; i < 200; i++) {
      backend(1).tryEnded(200, System.nanoTime(), Duration.ofMillis(10).toNanos());
      backend(2).tryEnded(200, System.nanoTime(), Duration.ofMillis(10).toNanos());
      backend(3).tryEnded(200, System.nanoTime(), Duration.ofMillis(100).toNanos());
    }
    await(() -> backend(3).ejection().isEjected(), "the slow one is ejected");
    assertThat(backend(3).ejection().reason()).startsWith("its median latency is ");
    awaitOffer(3);
    backend(3).tryEnded(200, System.nanoTime(), Duration.ofMillis(100).toNanos());
    await(() -> backend(3).ejection().count() == 2, "it stays ejected");
    assertThat(backend(3).ejection().reason()).isEqualTo("its probe request took 100 ms");
    awaitOffer(3);
    backend(3).tryEnded(200, System.nanoTime(), Duration.ofMillis(12).toNanos());
    await(() -> !backend(3).ejection().isEjected(), "it is back");
  }
}
