package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.OutcomeObserver;
import io.sluice.config.PoolSpec.Ejection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutcomeCounterTest {
  private final List<String> told = new ArrayList<>();

  private static Ejection rules(int gatewayErrors, int serverErrors) {
    return new Ejection(gatewayErrors, serverErrors, 0, 0, Duration.ofSeconds(1), 0.5);
  }

  private OutcomeCounter counter(int gatewayErrors, int serverErrors) {
    return new OutcomeCounter(
        rules(gatewayErrors, serverErrors),
        new OutcomeCounter.Listener() {
          @Override
          public void rowOfFailures(int failures, boolean gateway) {
            told.add(failures + (gateway ? " gateway" : " 5xx"));
          }

          @Override
          public void probeEnded(int status, long firstByteNanos) {
            told.add("probe " + status);
          }
        });
  }

  private static void end(OutcomeCounter counter, int... statuses) {
    for (int status : statuses) {
      counter.tryEnded(status, 0, -1);
    }
  }

  @Test
  void aRowOfGatewayErrorsIsToldOnce() {
    end(counter(3, 0), 502, OutcomeObserver.FAILED, 504, 503, 502);
    assertThat(told).containsExactly("3 gateway");
  }

  @Test
  void aRowThatIsLongerThanNewRulesAllowIsCountedAnew() {
    OutcomeCounter counter = counter(0, 9);
    end(counter, 502, 502, 502, 502);
    counter.rules(rules(3, 9));
    end(counter, 502, 502, 502);
    assertThat(told).containsExactly("3 gateway");
  }

  @Test
  void rulesThatStayLeaveARowAsItIs() {
    OutcomeCounter counter = counter(3, 0);
    end(counter, 502, 502);
    counter.rules(rules(3, 0));
    end(counter, 502);
    assertThat(told).containsExactly("3 gateway");
  }

  @Test
  void aGoodAnswerBreaksTheRow() {
    end(counter(3, 3), 502, 502, 200, 502, 502, 404, 502, 502);
    assertThat(told).isEmpty();
  }

  @Test
  void another5xxBreaksARowOfGatewayErrorsButNotOneOf5xx() {
    end(counter(3, 5), 502, 502, 500, 502, 502);
    assertThat(told).containsExactly("5 5xx");
  }

  @Test
  void whatTheClientDidCountsForNothing() {
    end(counter(2, 0), 502, OutcomeObserver.CANCELLED, 502);
    assertThat(told).containsExactly("2 gateway");
  }

  @Test
  void aTestThatIsOffNeverTells() {
    end(counter(0, 0), 502, 502, 502, 500, 500, 500);
    assertThat(told).isEmpty();
  }

  @Test
  void afterAResetARowBeginsAnew() {
    OutcomeCounter counter = counter(2, 0);
    end(counter, 502, 502, 502);
    counter.resetRows();
    end(counter, 502);
    assertThat(told).containsExactly("2 gateway");
    end(counter, 502);
    assertThat(told).containsExactly("2 gateway", "2 gateway");
  }

  @Test
  void onlyATryThatBeganLaterIsTheProbe() {
    OutcomeCounter counter = counter(0, 0);
    counter.awaitProbe(1_000);
    counter.tryEnded(200, 999, 5);
    assertThat(told).isEmpty();
    counter.tryEnded(503, 1_000, 5);
    counter.tryEnded(200, 1_001, 5);
    assertThat(told).containsExactly("probe 503");
    assertThat(counter.forgetProbe()).isFalse();
  }

  @Test
  void aCancelledProbeIsToldToo() {
    OutcomeCounter counter = counter(0, 0);
    counter.awaitProbe(-5);
    counter.tryEnded(OutcomeObserver.CANCELLED, 0, -1);
    assertThat(told).containsExactly("probe " + OutcomeObserver.CANCELLED);
  }

  @Test
  void triesAreCountedOnlyForThoseWhoCompareThem() {
    OutcomeCounter off = counter(5, 0);
    end(off, 200, 500);
    assertThat(off.drainTries()).isZero();
    OutcomeCounter on =
        new OutcomeCounter(
            new Ejection(0, 0, 1.9, 3, Duration.ofSeconds(1), 0.5),
            new OutcomeCounter.Listener() {
              @Override
              public void rowOfFailures(int failures, boolean gateway) {
                told.add("row");
              }

              @Override
              public void probeEnded(int status, long firstByteNanos) {
                told.add("probe");
              }
            });
    on.tryEnded(200, 0, 1_000_000);
    on.tryEnded(404, 0, 1_000_000);
    on.tryEnded(500, 0, 1_000_000);
    on.tryEnded(OutcomeObserver.FAILED, 0, -1);
    assertThat(on.drainTries()).isEqualTo(4);
    assertThat(on.drainGood()).isEqualTo(2);
    double[] latencies = new double[LatencySketch.BUCKETS];
    on.drainLatencies(latencies);
    assertThat(latencies[LatencySketch.bucket(1_000_000)]).isEqualTo(3);
    assertThat(told).isEmpty();
  }
}
