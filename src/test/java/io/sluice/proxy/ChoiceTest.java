package io.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Backend;
import io.sluice.balance.Ejection;
import io.sluice.balance.Pool;
import io.sluice.balance.RoundRobin;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.TestRequest;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Of two backends that may have one request each. */
class ChoiceTest {
  private static final int MOST = 1;

  private final Backend first = backend("b1", 1);
  private final Backend second = backend("b2", 2);
  private final Pool pool =
      new Pool(
          PoolSpec.of("p", List.of(first.spec(), second.spec())),
          List.of(first, second),
          new RoundRobin(),
          Runnable::run);
  private final Choice choice = new Choice(TestRequest.ANY.avoiding(this::isTried));

  @BeforeEach
  void start() {
    choice.reset();
    choice.start(pool, MOST);
  }

  private boolean isTried(Backend backend) {
    return choice.avoids(backend);
  }

  private static Backend backend(String id, int port) {
    return new Backend("p", ProxySetup.backend(id, port, 1), TlsSpec.OFF);
  }

  private static void eject(Backend backend) {
    backend.ejection(new Ejection(Instant.MAX, "for a test", 1));
  }

  @Test
  void theRequestIsCountedWhereItGoes() {
    Backend chosen = choice.reserve();
    assertThat(chosen).isIn(first, second);
    assertThat(first.inFlight() + second.inFlight()).isEqualTo(1);
  }

  @Test
  void aFullOneIsPassedOver() {
    first.requestStarted();
    assertThat(choice.reserve()).isSameAs(second);
  }

  @Test
  void oneThatWasNotTriedIsWaitedForWhileItIsFull() {
    choice.tries(first);
    second.requestStarted();
    assertThat(choice.reserve()).isNull();
    assertThat(choice.isEveryFull()).isTrue();
    second.requestEnded();
    assertThat(choice.reserve()).isSameAs(second);
  }

  @Test
  void whenAllWereTriedItIsOneOfThemAgain() {
    choice.tries(first);
    choice.tries(second);
    first.requestStarted();
    assertThat(choice.reserve()).isSameAs(second);
    assertThat(choice.reserve()).isNull();
    assertThat(choice.isEveryFull()).isTrue();
  }

  @Test
  void withoutAnyBackendThereIsNothingToWaitFor() {
    eject(first);
    eject(second);
    assertThat(choice.reserve()).isNull();
    assertThat(choice.isEveryFull()).isFalse();
  }

  @Test
  void aBackendThatWaitsForItsProbeAndIsFullGoesOnWaiting() {
    first.requestStarted();
    second.requestStarted();
    eject(second);
    assertThat(pool.offerProbe(second)).isTrue();
    assertThat(choice.reserve()).isNull();
    assertThat(choice.isEveryFull()).isTrue();
    assertThat(pool.isProbeOffered(second)).as("nobody has probed it").isTrue();
    second.requestEnded();
    assertThat(choice.reserve()).isSameAs(second);
    assertThat(pool.isProbeOffered(second)).isFalse();
  }
}
