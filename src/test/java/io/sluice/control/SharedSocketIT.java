package io.sluice.control;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.Address;
import io.sluice.config.ListenerSpec;
import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One listening socket, held by two planes as two processes hold it while one takes over. */
class SharedSocketIT {
  private static final int NON_BLOCKING = 04000;
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

  private RunningProxy successor(RunningProxy of, boolean held) throws OsException {
    return setup().inherit(of.leave(held)).start();
  }

  /** What the event loops of this process wait for on a socket, one mask for each. */
  private static List<Integer> waits(int descriptor) throws IOException {
    String socket = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
    long number = Long.parseLong(socket.replaceAll("\\D", ""));
    Pattern entry =
        Pattern.compile("events: +([0-9a-f]+) .* ino:" + Long.toHexString(number) + " ");
    List<Integer> masks = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fdinfo"))) {
      for (Path one : all) {
        Matcher found = entry.matcher(read(one));
        while (found.find()) {
          masks.add(Integer.parseInt(found.group(1), 16));
        }
      }
    }
    return masks;
  }

  /** How many of them wait for connections. */
  private static long waiting(int descriptor) {
    try {
      return waits(descriptor).stream().filter(mask -> (mask & 1) != 0).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return ""; // closed meanwhile
    }
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
  void whoHasReleasedASocketIsNotWokenByItAnyMore() throws Exception {
    try (RunningProxy old = setup().start();
        RunningProxy successor = successor(old, true)) {
      int descriptor = successor.dataPlane().descriptors().values().iterator().next();
      assertThat(waiting(descriptor)).as("the successor is held").isEqualTo(1);
      successor.dataPlane().accept();
      Await.until(() -> waiting(descriptor) == 2, "both wait for connections");
      old.dataPlane().release();
      assertThat(waits(descriptor)).as("nothing is left of the old one").hasSize(1);
    }
  }

  @Test
  void aPlaceThatGetsFreeIsNotTakenFromASocketThatWasReleased() throws Exception {
    ListenerSpec.Limits one = limits(1);
    try (RunningProxy old = setup().limits(one).start();
        RunningProxy successor = setup().limits(one).inherit(old.leave(true)).start()) {
      try (RawClient first = old.connect()) {
        Await.until(() -> old.status().connections() == 1, "the only place is taken");
        old.dataPlane().release();
        first.close();
      }
      try (RawClient second = RawClient.connect(successor.port())) {
        second.send(REQUEST);
        Await.until(() -> old.status().connections() == 0, "the place is free");
        assertThat(Await.rest(() -> successor.status().connections())).isZero();
        successor.dataPlane().accept();
        assertThat(second.read().status()).isEqualTo(200);
      }
      assertThat(old.status().connections()).isZero();
    }
  }

  @Test
  void whoWasHeldKeepsToItsLimit() throws Exception {
    try (RunningProxy old = setup().start();
        RunningProxy successor = setup().limits(limits(2)).inherit(old.leave(true)).start()) {
      old.dataPlane().release();
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        clients.add(RawClient.connect(successor.port()));
      }
      successor.dataPlane().accept();
      Await.until(() -> successor.status().connections() == 2, "its places are taken");
      assertThat(Await.rest(() -> successor.status().connections())).isEqualTo(2);
      for (RawClient client : clients) { // a place for the next one each time
        assertThat(client.exchange(REQUEST).status()).isEqualTo(200);
        client.close();
      }
    }
  }

  private static ListenerSpec.Limits limits(int connections) {
    ListenerSpec.Limits usual = ListenerSpec.Limits.DEFAULT;
    return new ListenerSpec.Limits(
        connections,
        0,
        usual.requestLineBytes(),
        usual.headerBytes(),
        usual.headerCount(),
        usual.headerTimeout(),
        usual.bodyIdle(),
        usual.bodyRate(),
        usual.keepAlive(),
        usual.tunnelIdle());
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

  /** The system's service manager hands over sockets that block. */
  @Test
  void aBlockingSocketIsMadeFitForEventLoops() throws Exception {
    try (ServerSocketChannel blocking = ServerSocketChannel.open()) {
      blocking.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int descriptor = Descriptors.duplicate(descriptorOf(blocking.getLocalAddress()));
      assertThat(flags(descriptor) & NON_BLOCKING).isZero();
      Inheritance activated = new Inheritance(Map.of(ANY_PORT, descriptor), false, null);
      try (RunningProxy proxy = setup().inherit(activated).start()) {
        assertThat(flags(descriptor) & NON_BLOCKING).isNotZero();
        // were accepting to block, the loop would serve nothing after the first connection
        for (int i = 0; i < 5; i++) {
          assertThat(proxy.once(REQUEST).status()).isEqualTo(200);
        }
      }
    }
  }

  private static int flags(int descriptor) throws IOException {
    String info = Files.readString(Path.of("/proc/self/fdinfo/" + descriptor));
    return Integer.parseInt(info.replaceAll("(?s).*flags:\\s+([0-7]+).*", "$1"), 8);
  }

  /** The number of a listening socket that Java does not tell. */
  private static int descriptorOf(SocketAddress address) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path one : all) {
        int number = Integer.parseInt(String.valueOf(one.getFileName()));
        if (Descriptors.isListening(number) && Descriptors.address(number).equals(address)) {
          return number;
        }
      }
    }
    throw new AssertionError("no descriptor for " + address);
  }
}
