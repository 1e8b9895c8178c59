package io.sluice.control;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.config.Address;
import io.sluice.config.ListenerSpec.SocketFile;
import io.sluice.os.Descriptors;
import io.sluice.os.Identity;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.UnixClient;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listeners on Unix sockets: who gets in, and what becomes of their files. */
class UnixListenerIT {
  private static final String REQUEST = head("GET / HTTP/1.1", "Host: t", "Connection: close");

  @TempDir private Path directory;
  private ScriptedBackend backend;
  private Path path;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
    path = directory.resolve("sluice.sock");
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private ProxySetup setup() {
    return new ProxySetup().pool("default", backend.port()).listen(new Address.Unix(path));
  }

  private void assertServed() throws IOException {
    assertThat(UnixClient.once(path, REQUEST).status()).isEqualTo(200);
  }

  private void assertRefused(ProxySetup setup, String why) {
    assertThatExceptionOfType(DataPlaneException.class)
        .isThrownBy(setup::start)
        .withMessage(
            "cannot listen on unix:%s: %s; stop what holds it or change sluice.listeners",
            path, why);
  }

  private static PosixFileAttributes file(Path path) throws IOException {
    return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static String rights(Path path) throws IOException {
    return PosixFilePermissions.toString(file(path).permissions());
  }

  /** What a process that was killed leaves behind. */
  private static void leaveSocket(Path path) throws IOException {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
  }

  @Test
  void requestsAreServedAndTheFileGoesAtTheEnd() throws Exception {
    try (RunningProxy proxy = setup().start()) {
      assertServed();
      assertThat(rights(path)).isEqualTo("rw-rw----");
      assertThat(proxy.dataPlane().addresses()).hasToString("[" + path + "]");
      assertThat(proxy.awaitReport("/").status()).isEqualTo(200);
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void theFileHasTheRightsThatAreWanted() throws Exception {
    try (RunningProxy proxy = setup().socketFile(new SocketFile(0602, null, null)).start()) {
      assertThat(proxy.port()).isNegative();
      assertThat(rights(path)).isEqualTo("rw-----w-");
    }
  }

  @Test
  void onlyRootGivesTheFileToSomebodyElse() throws Exception {
    ProxySetup given = setup().socketFile(new SocketFile(0620, "daemon", "daemon"));
    if (Identity.uid() != 0) {
      assertRefused(
          given,
          "the socket cannot be given to user daemon and group daemon (lchown: Operation not"
              + " permitted): only root can, and others only to groups they are in");
      assertThat(path).doesNotExist();
      return;
    }
    try (RunningProxy proxy = given.start()) {
      assertThat(proxy.port()).isNegative();
      assertThat(rights(path)).isEqualTo("rw--w----");
      assertThat(file(path).owner().getName()).isEqualTo("daemon");
      assertThat(file(path).group().getName()).isEqualTo("daemon");
      assertServed();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void anOwnerThatDoesNotExistIsNamed() {
    assertRefused(
        setup().socketFile(new SocketFile(0660, "no-such-user", null)),
        "there is no user no-such-user to own the socket");
    assertRefused(
        setup().socketFile(new SocketFile(0660, null, "no-such-group")),
        "there is no group no-such-group to own the socket");
    assertThat(path).doesNotExist();
  }

  @Test
  void aSocketThatAnEndedProcessHasLeftIsReplaced() throws Exception {
    leaveSocket(path);
    try (RunningProxy proxy = setup().start()) {
      assertThat(proxy.port()).isNegative();
      assertServed();
    }
  }

  @Test
  void aSocketThatSomebodyListensOnIsLeftAlone() throws Exception {
    try (RunningProxy first = setup().start()) {
      assertRefused(setup(), "another process listens on " + path);
      assertServed();
      assertThat(first.port()).isNegative();
    }
  }

  @Test
  void aSocketWithAFullQueueIsNoDeadOne() throws Exception {
    int full = Descriptors.listen(UnixDomainSocketAddress.of(path), 0, 0600);
    try (UnixClient waiting = UnixClient.connect(path)) {
      assertRefused(setup(), "another process listens on " + path);
      waiting.send("still connected");
    } finally {
      Descriptors.close(full);
    }
  }

  @Test
  void whateverElseIsInThePlaceIsLeftAlone() throws Exception {
    Files.writeString(path, "mine");
    assertRefused(setup(), path + " exists and is no socket; it is left alone");
    assertThat(path).hasContent("mine");
    Files.delete(path);

    Files.createDirectory(path);
    assertRefused(setup(), path + " is a directory and is no socket; it is left alone");
    Files.delete(path);

    Path target = directory.resolve("dead.sock");
    leaveSocket(target);
    Files.createSymbolicLink(path, target);
    assertRefused(setup(), path + " is a symbolic link and no socket; it is left alone");
    assertThat(target).exists();
    Files.delete(path);

    Files.createSymbolicLink(path, directory.resolve("nowhere"));
    assertRefused(setup(), path + " is a symbolic link and no socket; it is left alone");
  }

  @Test
  void aMissingDirectoryIsNamed() {
    path = directory.resolve("missing").resolve("a.sock");
    assertRefused(setup(), "there is no directory " + path.getParent());
  }

  @Test
  void theFileOfAnotherOneInItsPlaceIsNotRemoved() throws Exception {
    RunningProxy first = setup().start();
    Files.delete(path);
    try (RunningProxy second = setup().start()) {
      first.close();
      assertThat(second.port()).isNegative();
      assertServed();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void aFileThatIsGoneAlreadyIsMissedByNobody() throws Exception {
    try (RunningProxy proxy = setup().start()) {
      Files.delete(path);
      assertThat(proxy.port()).isNegative();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void theFileGoesWithTheSuccessorNotWithTheOneThatReleases() throws Exception {
    RunningProxy old = setup().start();
    try (RunningProxy successor = setup().inherit(old.leave(true)).start()) {
      successor.dataPlane().accept();
      old.dataPlane().release();
      old.drain().get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
      old.close();
      assertThat(rights(path)).isEqualTo("rw-rw----");
      assertServed();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void aSuccessorThatFailsLeavesTheFileToTheOneThatServes() throws Exception {
    try (RunningProxy old = setup().start()) {
      setup().inherit(old.leave(true)).start().close();
      assertServed();
      assertThat(old.port()).isNegative();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void aFileThatTheSystemListensOnStaysWithIt() throws Exception {
    int systems = Descriptors.listen(UnixDomainSocketAddress.of(path), 8, 0666);
    Inheritance activated =
        new Inheritance(
            Map.of(new Address.Unix(path), Descriptors.duplicate(systems)), false, null);
    try (RunningProxy proxy = setup().inherit(activated).start()) {
      assertThat(proxy.port()).isNegative();
      assertServed();
    }
    assertThat(rights(path)).isEqualTo("rw-rw-rw-");
    assertThat(Descriptors.isListening(systems)).isTrue();
    Descriptors.close(systems);
  }

  @Test
  void theProbeIsServedWhileTheListenersAreHeldAndLeavesNothing() throws Exception {
    try (RunningProxy old = setup().start();
        RunningProxy successor = setup().inherit(old.leave(true)).start()) {
      Path probe = ((UnixDomainSocketAddress) successor.dataPlane().openProbe()).getPath();
      Path around = Objects.requireNonNull(probe.getParent());
      assertThat(rights(around)).isEqualTo("rwx------");
      assertThat(UnixClient.once(probe, REQUEST).status()).isEqualTo(200);
      assertThat(successor.awaitReport("/").status()).isEqualTo(200);
      successor.dataPlane().closeProbe();
      assertThat(around).doesNotExist();
      assertThat(old.reported()).isEmpty();

      Path second = ((UnixDomainSocketAddress) successor.dataPlane().openProbe()).getPath();
      successor.close();
      assertThat(second.getParent()).doesNotExist();
    }
  }
}
