package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.os.Descriptors;
import io.sluice.testkit.Await;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The management plane's socket, held by two of them as while one process replaces another. */
class AdminSharedSocketIT {
  private static final String LIVE =
      Wire.head("GET /actuator/health/liveness HTTP/1.1", "Host: localhost");

  private static RunningPlane plane(@Nullable Integer descriptor, boolean held) throws Exception {
    return new RunningPlane(
        new RunningPlane.Setup(
            RunningPlane.configuration(
                Configuration.Mode.MANAGED,
                GuardedPlane.admin("/"),
                new Snapshot(List.of(), List.of())),
            "",
            List.of(),
            EventFeed.HEARTBEAT,
            descriptor,
            held));
  }

  private static RunningPlane successor(RunningPlane of) throws Exception {
    return plane(Descriptors.duplicate(of.plane.descriptor()), true);
  }

  private static void awaitEnd(CompletableFuture<Void> released) throws Exception {
    released.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void whoeverWaitsInTheQueueIsServedByTheSuccessor() throws Exception {
    try (RunningPlane old = plane(null, false);
        RunningPlane successor = successor(old)) {
      assertThat(successor.port()).isEqualTo(old.port());
      awaitEnd(old.plane.release());
      old.plane.close();
      try (RawClient client = RawClient.connect(successor.port())) {
        client.send(LIVE);
        successor.plane.accept();
        assertThat(client.read().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void anIdleConnectionMayStillAskOnceAndIsClosedThen() throws Exception {
    try (RunningPlane old = plane(null, false);
        RawClient idle = RawClient.connect(old.port());
        RawClient used = RawClient.connect(old.port());
        RunningPlane successor = successor(old)) {
      assertThat(used.exchange(LIVE).saysClose()).isFalse();
      CompletableFuture<Void> released = old.plane.release();
      Response last = used.exchange(LIVE);
      while (!last.saysClose()) { // its event loop hears of the release a moment later
        assertThat(last.status()).isEqualTo(200);
        last = used.exchange(LIVE);
      }
      assertThat(last.status()).isEqualTo(200);
      assertThat(used.readToEnd()).isEmpty();
      assertThat(idle.readToEnd()).isEmpty();
      awaitEnd(released);
      assertThat(successor.port()).isEqualTo(old.port());
    }
  }

  @Test
  void anEventStreamEndsSoThatItsClientTurnsToTheSuccessor() throws Exception {
    try (RunningPlane old = plane(null, false);
        RawClient client = RawClient.connect(old.port());
        RunningPlane successor = successor(old)) {
      successor.plane.accept();
      client.send(
          Wire.head(
              "GET /api/v1/events HTTP/1.1",
              "Host: localhost",
              "Authorization: Bearer " + old.tokenOf(Role.VIEWER)));
      var open = client.readHead("GET");
      assertThat(open.body().read()).isPositive();
      CompletableFuture<Void> released = old.plane.release();
      assertThat(Wire.text(open.body().readAllBytes())).contains("snapshot");
      awaitEnd(released);
    }
  }

  @Test
  void noCallIsLostHoweverOftenItChangesHands() throws Exception {
    Queue<String> lost = new ConcurrentLinkedQueue<>();
    AtomicLong answered = new AtomicLong();
    AtomicBoolean over = new AtomicBoolean();
    RunningPlane serving = plane(null, false);
    int port = serving.port();
    Runnable caller =
        () -> {
          while (!over.get()) {
            try (RawClient client = RawClient.connect(port)) {
              int status = client.exchange(LIVE).status();
              answered.incrementAndGet();
              if (status != 200) {
                lost.add("status " + status);
              }
            } catch (IOException e) {
              lost.add(e.toString());
            }
          }
        };
    List<CompletableFuture<Void>> callers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      callers.add(CompletableFuture.runAsync(caller, Thread.ofVirtual()::start));
    }
    for (int i = 0; i < 4; i++) {
      RunningPlane old = serving;
      serving = successor(old);
      serving.plane.accept();
      awaitEnd(old.plane.release());
      old.close();
      long enough = answered.get() + 200;
      Await.until(() -> answered.get() > enough || !lost.isEmpty(), "calls are answered");
    }
    over.set(true);
    for (CompletableFuture<Void> ended : callers) {
      awaitEnd(ended);
    }
    serving.close();
    assertThat(lost).isEmpty();
  }

  @Test
  void theOldOneGoesOnWhenItsSuccessorEnds() throws Exception {
    try (RunningPlane old = plane(null, false)) {
      successor(old).close();
      try (RawClient client = RawClient.connect(old.port())) {
        assertThat(client.exchange(LIVE).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aSocketOfAnotherAddressIsRefusedAndClosed() throws Exception {
    int other =
        Descriptors.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.2"), 0), 8, 0);
    int port = ((InetSocketAddress) Descriptors.address(other)).getPort();
    assertThatExceptionOfType(AdminPlaneException.class)
        .isThrownBy(() -> plane(other, true))
        .withMessage(
            "the socket of the admin address 127.0.0.1:0 cannot be taken over: descriptor %d listens"
                    .formatted(other)
                + " on 127.0.0.2:%d instead; start without it, or set sluice.admin.address in"
                    .formatted(port)
                + " sluice.conf");
    assertThat(Path.of("/proc/self/fd/" + other)).doesNotExist();
  }
}
