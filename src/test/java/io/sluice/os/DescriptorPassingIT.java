package io.sluice.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.os.UnixStream.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sockets, and descriptors that travel over them. */
class DescriptorPassingIT {
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir private Path directory;

  /** Two ends of one connection. */
  private record Pair(UnixListener listener, UnixStream here, UnixStream there)
      implements AutoCloseable {
    @Override
    public void close() throws OsException {
      here.close();
      there.close();
      listener.close();
    }
  }

  private Pair pair() throws OsException {
    Path path = directory.resolve("pair");
    UnixListener listener = UnixListener.bind(path, 0600);
    UnixStream here = UnixStream.connect(path);
    return new Pair(listener, here, Objects.requireNonNull(listener.accept()));
  }

  @Test
  void aListeningSocketGoesOnWithWhoeverReceivesIt() throws Exception {
    int first = Descriptors.listen(ANY, 16, 0);
    SocketAddress address = Descriptors.address(first);
    int received;
    try (Pair pair = pair()) {
      pair.here.send(HELLO, first);
      Message message = pair.there.receive(100, 4);
      assertThat(message.data()).isEqualTo(HELLO);
      assertThat(message.descriptors()).hasSize(1).doesNotContain(first);
      received = message.descriptors()[0];
    }
    Descriptors.close(first);
    assertThat(Descriptors.isListening(first)).isFalse();
    assertThat(Descriptors.isListening(received)).isTrue();
    assertThat(Descriptors.address(received)).isEqualTo(address);
    try (Socket client = new Socket()) {
      client.connect(address);
      assertThat(client.isConnected()).isTrue();
    }
    Descriptors.close(received);
  }

  @Test
  void severalDescriptorsKeepTheirOrderAndComeWithTheFirstByte() throws Exception {
    int[] sent = {
      Descriptors.listen(ANY, 1, 0), Descriptors.listen(ANY, 1, 0), Descriptors.listen(ANY, 1, 0)
    };
    byte[] much = new byte[1 << 20];
    Arrays.fill(much, (byte) 7);
    try (Pair pair = pair()) {
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  pair.here.send(much, sent);
                } catch (OsException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      Message first = pair.there.receive(1, 8);
      assertThat(first.descriptors()).hasSize(3);
      for (int i = 0; i < sent.length; i++) {
        assertThat(Descriptors.address(first.descriptors()[i]))
            .isEqualTo(Descriptors.address(sent[i]));
        Descriptors.close(first.descriptors()[i]);
      }
      int count = 1;
      while (count < much.length) {
        Message more = pair.there.receive(1 << 16, 8);
        assertThat(more.descriptors()).isEmpty();
        assertThat(more.data()).isNotEmpty();
        count += more.data().length;
      }
      sending.get(30, TimeUnit.SECONDS);
    }
    for (int descriptor : sent) {
      Descriptors.close(descriptor);
    }
  }

  @Test
  void descriptorsThatNobodyAskedForAreNotKept() throws Exception {
    int sent = Descriptors.listen(ANY, 1, 0);
    SocketAddress address = Descriptors.address(sent);
    try (Pair pair = pair()) {
      pair.here.send(HELLO, sent, sent, sent);
      assertThat(pair.there.receive(100, 0).descriptors()).isEmpty();
    }
    Descriptors.close(sent);
    // were a copy of it left anywhere, the port would still accept
    try (Socket client = new Socket()) {
      assertThatThrownBy(() -> client.connect(address)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void theOtherEndIsKnown() throws Exception {
    try (Pair pair = pair()) {
      int pid = Math.toIntExact(ProcessHandle.current().pid());
      assertThat(pair.there.peer().pid()).isEqualTo(pid);
      assertThat(pair.here.peer().uid()).isEqualTo(Identity.uid());
    }
  }

  @Test
  void theEndOfTheOtherSideIsSeen() throws Exception {
    try (Pair pair = pair()) {
      pair.here.close();
      assertThat(pair.there.receive(10, 1).data()).isEmpty();
      assertThatThrownBy(() -> pair.there.send(HELLO)).isInstanceOf(OsException.class);
    }
  }

  @Test
  void silenceEndsTheWaitAfterItsTime() throws Exception {
    try (Pair pair = pair()) {
      pair.there.timeout(Duration.ofMillis(20));
      assertThatThrownBy(() -> pair.there.receive(10, 0))
          .isInstanceOfSatisfying(OsException.class, e -> assertThat(e.isTimeout()).isTrue());
    }
  }

  @Test
  void closingWakesWhoWaits() throws Exception {
    Pair pair = pair();
    CompletableFuture<UnixStream> accepting = async(pair.listener::accept);
    CompletableFuture<Message> receiving = async(() -> pair.there.receive(10, 0));
    pair.close();
    assertThat(accepting.get(30, TimeUnit.SECONDS)).isNull();
    assertThat(receiving.handle((message, failure) -> true).get(30, TimeUnit.SECONDS)).isTrue();
  }

  private static <T> CompletableFuture<T> async(java.util.concurrent.Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                result.complete(task.call());
              } catch (Exception e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  @Test
  void aUnixSocketHasItsModeWhateverTheMaskIs() throws Exception {
    for (int mode : new int[] {0600, 0660, 0666}) {
      Path path = directory.resolve("mode-" + mode);
      int listening = Descriptors.listen(UnixDomainSocketAddress.of(path), 1, mode);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo(mode == 0600 ? "rw-------" : mode == 0660 ? "rw-rw----" : "rw-rw-rw-");
      assertThat(Descriptors.address(listening)).isEqualTo(UnixDomainSocketAddress.of(path));
      Descriptors.close(listening);
    }
  }

  @Test
  void nothingIsPutInThePlaceOfAFile() throws Exception {
    Path path = Files.writeString(directory.resolve("file"), "mine");
    assertThatThrownBy(() -> UnixListener.bind(path, 0600))
        .isInstanceOfSatisfying(OsException.class, e -> assertThat(e.isInUse()).isTrue())
        .hasMessage("bind: Address already in use");
    assertThat(Files.readString(path)).isEqualTo("mine");
  }

  @Test
  void addressesOfEachFamilyAreRead() throws Exception {
    for (String host : new String[] {"127.0.0.1", "::1", "0.0.0.0", "::"}) {
      int listening = Descriptors.listen(new InetSocketAddress(host, 0), 1, 0);
      InetSocketAddress address = (InetSocketAddress) Descriptors.address(listening);
      assertThat(address.getAddress()).isEqualTo(InetAddress.getByName(host));
      assertThat(address.getPort()).isPositive();
      int copy = Descriptors.duplicate(listening);
      Descriptors.close(listening);
      assertThat(Descriptors.address(copy)).isEqualTo(address);
      Descriptors.close(copy);
    }
  }

  @Test
  void whatIsNoListenerIsTold() throws Exception {
    int file = Descriptors.append(directory.resolve("log"), 0600);
    assertThat(Descriptors.isListening(file)).isFalse();
    Descriptors.close(file);
    assertThatThrownBy(() -> Descriptors.close(file)).hasMessage("close: Bad file descriptor");
    assertThatThrownBy(() -> UnixStream.connect(directory.resolve("nobody")))
        .hasMessage("connect: No such file or directory");
    Path longer = directory.resolve("x".repeat(108));
    assertThatThrownBy(() -> UnixListener.bind(longer, 0600))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 107");
  }

  @Test
  void whatIsPrintedGoesWhereAStreamIsRedirected() throws Exception {
    Path log = directory.resolve("log");
    int file = Descriptors.append(log, 0640);
    int other = Descriptors.append(directory.resolve("other"), 0640);
    Descriptors.redirect(file, other);
    Descriptors.close(file);
    try (SocketChannel unused = SocketChannel.open();
        var out = new java.io.FileOutputStream("/proc/self/fd/" + other, true)) {
      assertThat(unused.isOpen()).isTrue();
      out.write(HELLO);
    }
    Descriptors.close(other);
    assertThat(log).hasContent("hello");
  }
}
