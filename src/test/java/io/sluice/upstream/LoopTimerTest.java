package io.sluice.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopTimerTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final EventLoop loop = new DefaultEventLoop();
  private final LoopTimer timer = onLoop(() -> new LoopTimer(loop));

  private <T> T onLoop(Callable<T> task) {
    return loop.submit(task).syncUninterruptibly().getNow();
  }

  private void runOnLoop(Runnable task) {
    loop.submit(task).syncUninterruptibly();
  }

  @AfterEach
  void stop() {
    timer.stop();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Notes when it was wanted and when it came. */
  private static class Probe extends LoopTimer.Deadline {
    final CountDownLatch came = new CountDownLatch(1);
    long wanted;
    long happened;
    int times;

    @Override
    protected void expired() {
      happened = System.nanoTime();
      times++;
      came.countDown();
    }

    void awaitIt() throws InterruptedException {
      assertThat(came.await(20, TimeUnit.SECONDS)).as("the deadline comes").isTrue();
    }
  }

  private void arm(Probe probe, long afterMillis) {
    long now = System.nanoTime();
    probe.wanted = now + afterMillis * MILLI;
    timer.set(probe, now, afterMillis * MILLI);
  }

  @Test
  void aDeadlineComesOnceAndNeverEarly() throws InterruptedException {
    List<Probe> probes = new ArrayList<>();
    runOnLoop(
        () -> {
          for (int i = 0; i < 40; i++) {
            Probe probe = new Probe();
            probes.add(probe);
            arm(probe, i * 7L);
          }
        });
    for (Probe probe : probes) {
      probe.awaitIt();
    }
    runOnLoop(
        () -> {
          for (Probe probe : probes) {
            assertThat(probe.happened - probe.wanted).isGreaterThanOrEqualTo(0);
            assertThat(probe.times).isEqualTo(1);
            assertThat(probe.isArmed()).isFalse();
          }
        });
  }

  @Test
  void aDeadlineThatMovedAwayComesAtItsNewMoment() throws InterruptedException {
    Probe probe = new Probe();
    runOnLoop(
        () -> {
          arm(probe, 10);
          arm(probe, 230);
        });
    probe.awaitIt();
    assertThat(probe.happened).isGreaterThanOrEqualTo(probe.wanted);
    assertThat(probe.times).isEqualTo(1);
  }

  @Test
  void aDeadlineThatMovedNearerComesBeforeItsOldMoment() throws InterruptedException {
    Probe probe = new Probe();
    runOnLoop(
        () -> {
          arm(probe, TimeUnit.HOURS.toMillis(1));
          arm(probe, 20);
        });
    probe.awaitIt();
    assertThat(probe.happened).isGreaterThanOrEqualTo(probe.wanted);
  }

  @Test
  void aClearedOrRemovedDeadlineDoesNotCome() throws InterruptedException {
    Probe cleared = new Probe();
    Probe removed = new Probe();
    Probe later = new Probe();
    runOnLoop(
        () -> {
          arm(cleared, 20);
          arm(removed, 20);
          arm(later, 200);
          timer.clear(cleared);
          timer.remove(removed);
          timer.remove(removed);
        });
    later.awaitIt();
    runOnLoop(
        () -> {
          assertThat(cleared.times + removed.times).isZero();
          assertThat(cleared.isArmed() || removed.isArmed()).isFalse();
        });
  }

  @Test
  void aClearedDeadlineCanBeSetAgain() throws InterruptedException {
    Probe probe = new Probe();
    runOnLoop(
        () -> {
          arm(probe, 20);
          timer.clear(probe);
          arm(probe, 120);
        });
    probe.awaitIt();
    assertThat(probe.happened).isGreaterThanOrEqualTo(probe.wanted);
  }

  @Test
  void aDeadlineMayBeSetAgainWhenItComes() throws InterruptedException {
    CountDownLatch three = new CountDownLatch(3);
    LoopTimer.Deadline again =
        new LoopTimer.Deadline() {
          @Override
          protected void expired() {
            three.countDown();
            timer.set(this, System.nanoTime(), MILLI);
          }
        };
    runOnLoop(() -> timer.set(again, System.nanoTime(), MILLI));
    assertThat(three.await(20, TimeUnit.SECONDS)).isTrue();
    runOnLoop(() -> timer.remove(again));
  }

  /** Deadlines of one connection come in the same tick, and the first one ends the connection. */
  @Test
  void aDeadlineThatFailsDoesNotStopTheOthers() throws InterruptedException {
    Probe failing =
        new Probe() {
          @Override
          protected void expired() {
            super.expired();
            throw new IllegalStateException("wanted by the test");
          }
        };
    Probe neighbour = new Probe();
    Probe later = new Probe();
    runOnLoop(
        () -> {
          arm(failing, 10);
          arm(neighbour, 10);
          arm(later, 200);
        });
    failing.awaitIt();
    neighbour.awaitIt();
    later.awaitIt();
  }

  @Test
  void aDeadlineMayRemoveItsNeighboursWhenItComes() throws InterruptedException {
    List<Probe> neighbours = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      neighbours.add(new Probe());
    }
    Probe first =
        new Probe() {
          @Override
          protected void expired() {
            super.expired();
            timer.remove(neighbours.get(0));
            timer.remove(neighbours.get(5));
          }
        };
    runOnLoop(
        () -> {
          arm(first, 0);
          neighbours.forEach(n -> arm(n, 0));
        });
    for (int i = 1; i < 5; i++) {
      neighbours.get(i).awaitIt();
    }
    Probe later = new Probe();
    runOnLoop(() -> arm(later, 100));
    later.awaitIt();
    assertThat(neighbours.get(0).times + neighbours.get(5).times).isZero();
  }

  @Test
  void aDeadlineMayMoveItsNeighboursWhenItComes() throws InterruptedException {
    List<Probe> neighbours = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      neighbours.add(new Probe());
    }
    Probe first =
        new Probe() {
          @Override
          protected void expired() {
            super.expired();
            for (Probe neighbour : neighbours) {
              timer.remove(neighbour);
              arm(neighbour, 120);
            }
          }
        };
    runOnLoop(
        () -> {
          arm(first, 0);
          neighbours.forEach(n -> arm(n, 0));
        });
    for (Probe neighbour : neighbours) {
      neighbour.awaitIt();
      assertThat(neighbour.happened).isGreaterThanOrEqualTo(neighbour.wanted);
    }
    Probe later = new Probe();
    runOnLoop(() -> arm(later, 10));
    later.awaitIt();
  }

  @Test
  void deadlinesBeyondOneTurnOfTheWheelWait() throws InterruptedException {
    Probe far = new Probe();
    Probe near = new Probe();
    runOnLoop(
        () -> {
          // a multiple of the wheel's turn falls into the slot that is due next
          arm(far, 1024L * LoopTimer.TICK_MILLIS);
          arm(near, 2L * LoopTimer.TICK_MILLIS);
        });
    near.awaitIt();
    runOnLoop(
        () -> {
          assertThat(far.isArmed()).isTrue();
          assertThat(far.times).isZero();
          timer.remove(far);
        });
  }

  @Test
  void aStalledLoopMissesNoDeadline() throws InterruptedException {
    List<Probe> probes = new ArrayList<>();
    runOnLoop(
        () -> {
          for (int i = 0; i < 8; i++) {
            Probe probe = new Probe();
            probes.add(probe);
            arm(probe, i * 30L);
          }
          long until = System.nanoTime() + 400 * MILLI;
          while (System.nanoTime() < until) {
            Thread.onSpinWait();
          }
        });
    for (Probe probe : probes) {
      probe.awaitIt();
      assertThat(probe.happened).isGreaterThanOrEqualTo(probe.wanted);
    }
  }

  @Test
  void anyMixOfCallsKeepsTheWheelWhole() throws InterruptedException {
    List<Probe> probes = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      probes.add(new Probe());
    }
    SplittableRandom random = new SplittableRandom(11);
    runOnLoop(
        () -> {
          for (int i = 0; i < 5000; i++) {
            Probe probe = probes.get(random.nextInt(probes.size()));
            switch (random.nextInt(4)) {
              case 0 -> timer.clear(probe);
              case 1 -> timer.remove(probe);
              default -> arm(probe, random.nextInt(100_000));
            }
          }
          probes.forEach(p -> arm(p, random.nextInt(250)));
        });
    for (Probe probe : probes) {
      probe.awaitIt();
      assertThat(probe.happened).isGreaterThanOrEqualTo(probe.wanted);
    }
  }
}
