package io.sluice.control;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.Address;
import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One listening socket, held by two planes as two processes hold it while one takes over. */
class SharedSocketIT {
  private static final Address.Tcp ANY_PORT = new Address.Tcp("127.0.0.1", 0);
  private static final String REQUEST = head("GET / HTTP/1.1", "Host: t", "Connection: close");

  private ScriptedBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private ProxySetup setup() {
    return new ProxySetup().pool("default", backend.port());
  }

  /** What the other process would receive. */
  private static Map<Address, Integer> copies(RunningProxy of) throws OsException {
    Map<Address, Integer> copies = new HashMap<>();
    for (Map.Entry<Address, Integer> socket : of.dataPlane().descriptors().entrySet()) {
      copies.put(socket.getKey(), Descriptors.duplicate(socket.getValue()));
    }
    return copies;
  }

  private RunningProxy successor(RunningProxy of, boolean held) throws OsException {
    return setup().inherit(new Inheritance(copies(of), held, null)).start();
  }

  @Test
  void aHeldSocketIsServedByTheOtherHolderOnly() throws Exception {
    try (RunningProxy old = setup().start();
        RunningProxy successor = successor(old, true)) {
      assertThat(successor.port()).isEqualTo(old.port());
      for (int i = 0; i < 200; i++) {
        assertThat(old.once(REQUEST).status()).isEqualTo(200);
      }
      Await.until(() -> old.reported().size() == 200, "all are reported by the old one");
      assertThat(successor.reported()).isEmpty();
    }
  }

  @Test
  void whoeverWaitsInTheQueueIsServedWhenTheSuccessorIsTold() throws Exception {
    try (RunningProxy old = setup().start();
        RunningProxy successor = successor(old, true)) {
      old.dataPlane().release();
      try (RawClient client = RawClient.connect(successor.port())) {
        client.send(REQUEST);
        assertThat(Await.rest(() -> successor.status().connections())).isZero();
        successor.dataPlane().accept();
        assertThat(client.read().status()).isEqualTo(200);
      }
      Await.until(() -> successor.reported().size() == 1, "it is reported by the successor");
    }
  }

  @Test
  void connectionsThatWereAcceptedStayWithTheOneThatReleases() throws Exception {
    try (RunningProxy old = setup().start();
        RawClient client = old.connect();
        RunningProxy successor = successor(old, true)) {
      Await.until(() -> old.status().connections() == 1, "the connection is accepted");
      old.dataPlane().release();
      CompletableFuture<Void> drained = old.drain();
      assertThat(client.exchange(REQUEST).status()).isEqualTo(200);
      drained.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
      Await.until(() -> old.reported().size() == 1, "it is reported by the old one");
      assertThat(successor.reported()).isEmpty();
    }
  }

  @Test
  void theOldOneGoesOnWhenItsSuccessorEnds() throws Exception {
    try (RunningProxy old = setup().start()) {
      successor(old, true).close();
      assertThat(old.once(REQUEST).status()).isEqualTo(200);
      try (RunningProxy second = successor(old, false)) {
        assertThat(second.port()).isEqualTo(old.port());
      }
      assertThat(old.once(REQUEST).status()).isEqualTo(200);
    }
  }

  @Test
  void theLastHolderEndsTheSocket() throws Exception {
    RunningProxy old = setup().start();
    int port = old.port();
    successor(old, true).close();
    old.close();
    assertThatThrownBy(() -> RawClient.connect(port)).isInstanceOf(ConnectException.class);
  }

  @Test
  void aSocketOfAnotherAddressIsRefusedAndClosed() throws Exception {
    int other =
        Descriptors.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8, 0);
    int port = ((InetSocketAddress) Descriptors.address(other)).getPort();
    Address.Tcp wanted = new Address.Tcp("127.0.0.2", port);
    assertThatThrownBy(
            () ->
                setup()
                    .listen(wanted)
                    .inherit(new Inheritance(Map.of(wanted, other), false, null))
                    .start())
        .isInstanceOf(DataPlaneException.class)
        .hasMessage(
            "cannot take over the socket of 127.0.0.2:%d: descriptor %d listens on 127.0.0.1:%d"
                    .formatted(port, other, port)
                + " instead; start without it, or change sluice.listeners");
    assertThat(Descriptors.isListening(other)).isFalse();
  }

  @Test
  void aDescriptorThatDoesNotListenIsRefusedAndClosed() throws Exception {
    Path file = Files.createTempFile("sluice", ".txt");
    int plain = Descriptors.append(file, 0600);
    assertThatThrownBy(
            () -> setup().inherit(new Inheritance(Map.of(ANY_PORT, plain), false, null)).start())
        .isInstanceOf(DataPlaneException.class)
        .hasMessageContaining("descriptor " + plain + " is no socket that listens");
    assertThat(Path.of("/proc/self/fd/" + plain)).doesNotExist();
    Files.delete(file);
  }

  @Test
  void aBlockingSocketIsMadeFitForEventLoops() throws Exception {
    try (RunningProxy old = setup().start();
        RunningProxy successor = successor(old, false)) {
      old.dataPlane().release();
      // were accepting to block, the loop would serve nothing after the first connection
      for (int i = 0; i < 5; i++) {
        assertThat(successor.once(REQUEST).status()).isEqualTo(200);
      }
    }
  }
}
