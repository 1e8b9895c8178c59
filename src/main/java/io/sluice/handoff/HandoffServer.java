package io.sluice.handoff;

import io.sluice.handoff.Word.Accepting;
import io.sluice.handoff.Word.CalledOff;
import io.sluice.handoff.Word.Committed;
import io.sluice.handoff.Word.Failed;
import io.sluice.handoff.Word.Finished;
import io.sluice.handoff.Word.Parted;
import io.sluice.handoff.Word.Ready;
import io.sluice.handoff.Word.Refused;
import io.sluice.handoff.Word.Released;
import io.sluice.handoff.Word.Serving;
import io.sluice.os.Identity;
import io.sluice.os.OsException;
import io.sluice.os.UnixListener;
import io.sluice.os.UnixStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serving process's side: waits at the upgrade socket for a successor and hands over to it.
 * Until the successor has said that it accepts, everything can be taken back, and is taken back
 * when the successor fails, ends or takes too long.
 */
public final class HandoffServer implements AutoCloseable {
  /** Versions of the protocol that this one speaks. */
  public static final List<Integer> PROTOCOLS = List.of(1);

  private static final Logger log = LoggerFactory.getLogger(HandoffServer.class);

  private static final int OWNER_ONLY = 0600;
  private static final int ROOT = 0;

  /** Strangers that may say nothing at the same time. */
  private static final int MOST_CONVERSATIONS = 8;

  private final UpgradeSocket socket;
  private final UnixListener listener;
  private final Giver giver;
  private final Times times;
  private final String version;
  private final Semaphore conversations = new Semaphore(MOST_CONVERSATIONS);

  /** One hand-over at a time; stays set after the one that succeeds. */
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * How long a successor may take.
   *
   * @param hello from its connection to its first word
   * @param ready from the offer to its being ready
   * @param take from the store's release to its accepting
   */
  public record Times(Duration hello, Duration ready, Duration take) {
    /** With the defaults for what does not depend on the configuration. */
    public static Times ready(Duration ready) {
      return new Times(Duration.ofSeconds(5), ready, Duration.ofSeconds(60));
    }
  }

  private HandoffServer(
      UpgradeSocket socket, UnixListener listener, Giver giver, Times times, String version) {
    this.socket = socket;
    this.listener = listener;
    this.giver = giver;
    this.times = times;
    this.version = version;
  }

  /**
   * Begins to wait.
   *
   * @param path of the socket; a stale one is replaced
   * @param version of Sluice, for the other side
   * @throws HandoffException when something else is at that path, or it cannot be made
   */
  public static HandoffServer open(Path path, Giver giver, Times times, String version)
      throws HandoffException {
    UpgradeSocket socket = UpgradeSocket.claim(path);
    try {
      HandoffServer server =
          new HandoffServer(
              socket, UnixListener.bind(socket.path(), OWNER_ONLY), giver, times, version);
      socket.made();
      Thread.ofPlatform().name("sluice-upgrade").daemon().start(server::accept);
      return server;
    } catch (IOException | IllegalArgumentException e) {
      throw new HandoffException(
          "cannot listen on upgrade_sock " + path + ": " + e.getMessage(), e);
    }
  }

  private void accept() {
    try {
      for (UnixStream stream = listener.accept(); stream != null; stream = listener.accept()) {
        UnixStream taken = stream;
        if (conversations.tryAcquire()) {
          Thread.ofPlatform()
              .name("sluice-upgrade-" + taken.peer().pid())
              .daemon()
              .start(() -> guarded(taken));
        } else {
          log.warn("upgrade socket: {} is turned away, too many connect at once", taken.peer());
          taken.close();
        }
      }
    } catch (OsException e) {
      log.error(
          "the upgrade socket {} takes no more connections: {}", socket.path(), e.getMessage());
    }
  }

  private void guarded(UnixStream stream) {
    try (Wire wire = new Wire(stream)) {
      greet(wire);
    } catch (IOException e) {
      log.warn("upgrade socket: {} is let go: {}", stream.peer(), e.getMessage());
    } catch (RuntimeException e) {
      log.error("upgrade socket: a mistake of ours, please report it", e);
    } finally {
      conversations.release();
    }
  }

  private void greet(Wire wire) throws IOException {
    int uid = wire.peer().uid();
    if (uid != ROOT && uid != Identity.uid()) {
      log.warn("upgrade socket: {} is another user and is turned away", wire.peer());
      return;
    }
    wire.timeout(times.hello);
    Word first = wire.receive(Wire.FIRST_WORD, 0);
    if (!(first instanceof Hello hello)) {
      throw new ProtocolException(first == null ? "it said nothing" : "it does not say hello");
    }
    int protocol =
        hello.protocols().stream().filter(PROTOCOLS::contains).max(Integer::compare).orElse(0);
    if (protocol == 0) {
      refuse(
          wire,
          "it speaks %s of the upgrade protocol and this process %s; stop this one by SIGTERM"
              .formatted(hello.protocols(), PROTOCOLS));
    } else if (!busy.compareAndSet(false, true)) {
      refuse(wire, "another process is taking over already");
    } else {
      boolean done = false;
      try {
        done = handOver(wire, hello, protocol);
      } finally {
        busy.set(done);
      }
    }
  }

  private static void refuse(Wire wire, String reason) throws OsException {
    log.warn("upgrade to process {} refused: {}", wire.peer().pid(), reason);
    wire.send(new Refused(reason));
  }

  /** Returns whether the other one serves now. */
  private boolean handOver(Wire wire, Hello hello, int protocol) throws IOException {
    log.info(
        "upgrade: process {} (Sluice {}) asks for {}",
        hello.pid(),
        hello.version(),
        hello.listeners());
    Giver.Things things;
    try {
      things = giver.offer(hello);
    } catch (HandoffException e) {
      refuse(wire, String.valueOf(e.getMessage()));
      return false;
    } catch (RuntimeException e) {
      String reason = unexpected(e);
      refuse(wire, reason);
      giver.takeBack(reason);
      return false;
    }
    String reason = transfer(wire, protocol, things);
    if (reason != null) {
      giver.takeBack(reason);
      return false;
    }
    finish(wire);
    return true;
  }

  /** Returns why it failed; null: the other one accepts. */
  private @Nullable String transfer(Wire wire, int protocol, Giver.Things things) {
    try {
      List<String> names = things.listeners().keySet().stream().sorted().toList();
      int[] descriptors = names.stream().mapToInt(things.listeners()::get).toArray();
      wire.timeout(times.ready);
      wire.send(
          new Offer(protocol, version, ProcessHandle.current().pid(), names, things.state()),
          descriptors);
      expect(wire, Ready.class, "was not ready within " + text(times.ready));
      wire.timeout(times.take);
      wire.send(new Released(giver.release()));
      expect(wire, Serving.class, "did not take the store within " + text(times.take));
      giver.hold();
      wire.send(new Committed());
      expect(wire, Accepting.class, "did not accept within " + text(times.take));
      return null;
    } catch (HandoffException e) {
      String reason = String.valueOf(e.getMessage());
      callOff(wire, reason);
      return reason;
    } catch (IOException e) {
      String reason = "the new process cannot be reached: " + e.getMessage();
      callOff(wire, reason);
      return reason;
    } catch (RuntimeException e) {
      String reason = unexpected(e);
      callOff(wire, reason);
      return reason;
    }
  }

  private static String unexpected(RuntimeException e) {
    log.error("upgrade: a mistake of ours, please report it", e);
    return "this process failed unexpectedly: " + e;
  }

  /**
   * Waits for a word.
   *
   * @param late what to say of the other one when it does not come in time
   */
  private static void expect(Wire wire, Class<? extends Word> wanted, String late)
      throws HandoffException, IOException {
    Word word;
    try {
      word = wire.receive(Wire.FIRST_WORD, 0);
    } catch (OsException e) {
      if (e.isTimeout()) {
        throw new HandoffException("the new process " + wire.peer().pid() + " " + late, e);
      }
      throw e;
    }
    if (word == null) {
      throw new HandoffException("the new process " + wire.peer().pid() + " has ended");
    }
    if (word instanceof Failed(String reason)) {
      throw new HandoffException("the new process gave up: " + reason);
    }
    if (!wanted.isInstance(word)) {
      throw new ProtocolException(word + " instead of " + wanted.getSimpleName());
    }
  }

  /** The other one must hear it: an end without a word means that this process has died. */
  private static void callOff(Wire wire, String reason) {
    try {
      wire.send(new CalledOff(reason));
    } catch (OsException e) {
      log.debug("the new process does not hear that the upgrade is called off", e);
    }
  }

  private void finish(Wire wire) {
    close();
    tell(wire, new Parted());
    giver.handedOver(progress -> tell(wire, progress));
    tell(wire, new Finished());
    giver.finished();
  }

  private static void tell(Wire wire, Word word) {
    try {
      wire.send(word);
    } catch (OsException e) {
      log.debug("nobody follows how this process ends", e);
    }
  }

  private static String text(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }

  /** Waits no more and removes the socket's file, when it is still its own. */
  @Override
  public void close() {
    try {
      listener.close();
      socket.remove();
    } catch (IOException e) {
      log.warn("the upgrade socket {} does not close: {}", socket.path(), e.getMessage());
    }
  }
}
