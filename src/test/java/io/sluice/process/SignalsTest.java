package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.os.SignalFd.Signal;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What signals mean, with a process that only notes what it is told. */
@Timeout(60)
class SignalsTest {
  private static final Sender SENDER = new Sender.Unknown();

  private final BlockingQueue<String> steps = new LinkedBlockingQueue<>();
  private final CountDownLatch mayStop = new CountDownLatch(1);
  private final Signals signals =
      new Signals(
          new Signals.Ends(code -> steps.add("exit " + code), code -> steps.add("halt " + code)));

  private final Signals.Actions actions =
      new Signals.Actions() {
        @Override
        public void orderly() {
          steps.add("orderly");
          try {
            mayStop.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          steps.add("stopped");
        }

        @Override
        public void atOnce() {
          steps.add("at once");
        }

        @Override
        public void handOver(String sender) {
          steps.add("hand over");
        }

        @Override
        public void reload(String sender) {
          steps.add("reload");
        }
      };

  private void send(Signal signal) {
    signals.received(signal, SENDER);
  }

  private String next() throws InterruptedException {
    String step = steps.poll(30, TimeUnit.SECONDS);
    return step == null ? "nothing" : step;
  }

  @Test
  void sigtermStopsInOrderAndThenExitsWell() throws Exception {
    signals.serve(actions);
    send(Signal.TERM);
    assertThat(next()).isEqualTo("orderly");
    assertThat(steps).isEmpty();
    mayStop.countDown();
    assertThat(List.of(next(), next())).containsExactly("stopped", "exit 0");
  }

  @Test
  void aSecondSigtermChangesNothing() throws Exception {
    signals.serve(actions);
    send(Signal.TERM);
    assertThat(next()).isEqualTo("orderly");
    send(Signal.TERM);
    mayStop.countDown();
    assertThat(List.of(next(), next())).containsExactly("stopped", "exit 0");
    assertThat(steps).isEmpty();
  }

  @Test
  void sigintEndsAStopThatIsUnderWay() throws Exception {
    signals.serve(actions);
    send(Signal.TERM);
    assertThat(next()).isEqualTo("orderly");
    send(Signal.INT);
    assertThat(List.of(next(), next(), next())).containsExactly("at once", "exit 130", "halt 130");
    mayStop.countDown();
  }

  @Test
  void whatComesDuringTheStartIsDoneWhenItIsOver() throws Exception {
    send(Signal.HUP);
    send(Signal.QUIT);
    assertThat(steps).isEmpty();
    signals.serve(actions);
    assertThat(List.of(next(), next())).containsExactlyInAnyOrder("reload", "hand over");
  }

  @Test
  void sigtermDuringTheStartStopsWhatHasStarted() throws Exception {
    mayStop.countDown();
    send(Signal.TERM);
    signals.serve(actions);
    assertThat(List.of(next(), next(), next())).containsExactly("orderly", "stopped", "exit 0");
  }

  @Test
  void sigtermEndsAStartThatDoesNotEnd() throws Exception {
    send(Signal.TERM);
    assertThat(next()).isEqualTo("exit 0");
  }

  @Test
  void sigintEndsAStartAtOnce() throws Exception {
    send(Signal.INT);
    assertThat(List.of(next(), next())).containsExactly("exit 130", "halt 130");
  }

  @Test
  void theJvmDoesNotEndBeforeTheProcessHasItsExitCode() throws Exception {
    BlockingQueue<Boolean> daemons = new LinkedBlockingQueue<>();
    Signals ofDaemon =
        new Signals(
            new Signals.Ends(code -> daemons.add(Thread.currentThread().isDaemon()), code -> {}));
    // signals are read by a daemon thread, whose threads are daemons too unless told otherwise
    Thread reader = Thread.ofPlatform().daemon().start(() -> ofDaemon.received(Signal.INT, SENDER));
    assertThat(daemons.poll(30, TimeUnit.SECONDS)).isFalse();
    reader.join();
  }

  @Test
  void aFailedStartEndsTheProcessItself() {
    signals.serve(actions);
    assertThat(signals.withdraw()).isTrue();
    send(Signal.TERM);
    signals.exiting();
    assertThat(steps).isEmpty();
  }

  @Test
  void aStopThatIsUnderWayCannotBeTakenBack() throws Exception {
    signals.serve(actions);
    send(Signal.TERM);
    assertThat(next()).isEqualTo("orderly");
    assertThat(signals.withdraw()).isFalse();
    mayStop.countDown();
    assertThat(next()).isEqualTo("stopped");
    signals.exiting();
    assertThat(next()).isEqualTo("exit 0");
  }

  @Test
  void anExitFromInsideStopsInOrder() throws Exception {
    mayStop.countDown();
    signals.atExit(() -> steps.add("cleanup"));
    signals.serve(actions);
    signals.exiting();
    assertThat(List.of(next(), next(), next())).containsExactly("orderly", "stopped", "cleanup");
    assertThat(steps).isEmpty();
  }

  @Test
  void anExitFromInsideWaitsForTheStopThatIsUnderWay() throws Exception {
    signals.atExit(() -> steps.add("cleanup"));
    signals.serve(actions);
    send(Signal.TERM);
    assertThat(next()).isEqualTo("orderly");
    Thread exit = Thread.ofVirtual().start(signals::exiting);
    mayStop.countDown();
    exit.join();
    assertThat(List.of(next(), next(), next()))
        .containsExactlyInAnyOrder("stopped", "exit 0", "cleanup")
        .startsWith("stopped");
  }

  @Test
  void aStopThatFailsIsAFailure() throws Exception {
    signals.serve(
        new Signals.Actions() {
          @Override
          public void orderly() {
            throw new IllegalStateException("made by the test");
          }

          @Override
          public void atOnce() {}

          @Override
          public void handOver(String sender) {}

          @Override
          public void reload(String sender) {}
        });
    send(Signal.TERM);
    assertThat(next()).isEqualTo("exit 1");
  }
}
