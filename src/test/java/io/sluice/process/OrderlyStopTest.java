package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Configuration.Shutdown;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OrderlyStopTest {
  private final CompletableFuture<Void> lastRequest = new CompletableFuture<>();
  private final BlockingQueue<String> steps = new LinkedBlockingQueue<>();

  private final OrderlyStop.Planes planes =
      new OrderlyStop.Planes() {
        @Override
        public void refuseTraffic() {
          steps.add("refuse");
        }

        @Override
        public CompletableFuture<Void> drain() {
          steps.add("drain");
          return lastRequest;
        }

        @Override
        public int requests() {
          return lastRequest.isDone() ? 0 : 1;
        }

        @Override
        public void close() {
          steps.add("close");
        }
      };

  private OrderlyStop stop(Duration lameDuck, Duration grace) {
    return new OrderlyStop(
        planes, new Shutdown(lameDuck, grace), Duration.ofHours(1), code -> steps.add("halt"));
  }

  private String nextStep() throws InterruptedException {
    String step = steps.poll(30, TimeUnit.SECONDS);
    return step == null ? "nothing" : step;
  }

  @Test
  void readinessGoesDownFirstAndEverythingIsClosedLast() {
    lastRequest.complete(null);
    stop(Duration.ofMillis(1), Duration.ofHours(1)).run();
    assertThat(List.copyOf(steps)).containsExactly("refuse", "drain", "close");
  }

  @Test
  void itEndsWithTheLastRequestAndNotBefore() throws Exception {
    Thread stopping = Thread.ofVirtual().start(stop(Duration.ZERO, Duration.ofHours(1))::run);
    assertThat(nextStep()).isEqualTo("refuse");
    assertThat(nextStep()).isEqualTo("drain");
    assertThat(steps).isEmpty();
    lastRequest.complete(null);
    assertThat(nextStep()).isEqualTo("close");
    stopping.join();
  }

  @Test
  void theGraceEndsTheWaitForARequestThatNeverEnds() {
    stop(Duration.ZERO, Duration.ofMillis(1)).run();
    assertThat(List.copyOf(steps)).containsExactly("refuse", "drain", "close");
  }

  @Test
  void aFailedDrainStillClosesEverything() {
    lastRequest.completeExceptionally(new IllegalStateException("made by the test"));
    stop(Duration.ZERO, Duration.ofHours(1)).run();
    assertThat(List.copyOf(steps)).containsExactly("refuse", "drain", "close");
  }

  @Test
  void aCloseThatHangsIsEnded() throws Exception {
    lastRequest.complete(null);
    CountDownLatch never = new CountDownLatch(1);
    OrderlyStop.Planes hanging =
        new OrderlyStop.Planes() {
          @Override
          public void refuseTraffic() {}

          @Override
          public CompletableFuture<Void> drain() {
            return lastRequest;
          }

          @Override
          public int requests() {
            return 0;
          }

          @Override
          public void close() {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    OrderlyStop stop =
        new OrderlyStop(
            hanging,
            new Shutdown(Duration.ZERO, Duration.ofHours(1)),
            Duration.ofMillis(1),
            code -> steps.add("halt " + code));
    Thread stopping = Thread.ofVirtual().start(stop::run);
    assertThat(nextStep()).isEqualTo("halt 1");
    never.countDown();
    stopping.join();
  }

  @Test
  void anInterruptDuringThePauseClosesAtOnce() throws Exception {
    Thread stopping = Thread.ofVirtual().start(stop(Duration.ofHours(1), Duration.ofHours(1))::run);
    assertThat(nextStep()).isEqualTo("refuse");
    stopping.interrupt();
    assertThat(nextStep()).isEqualTo("close");
    stopping.join();
  }
}
