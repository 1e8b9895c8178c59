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
import io.sluice.os.Descriptors;
import io.sluice.os.OsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The new process's side. Its calls come in the order {@link #ask}, {@link #ready}, {@link
 * #serving}, {@link #accepting}, {@link #follow}; {@link #fail} may take the place of any but the
 * first and the last. When the old process dies on the way, after its offer, the new one is alone
 * with the sockets and goes on: nobody else serves them.
 */
public final class HandoffClient implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HandoffClient.class);

  /** As many as a message can carry on Linux. */
  private static final int MOST_DESCRIPTORS = 253;

  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration DYING = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofMillis(10);

  private final Wire wire;
  private Map<String, Integer> listeners = Map.of();
  private boolean alone;

  private HandoffClient(Wire wire) {
    this.wire = wire;
  }

  /**
   * Connects to the process that serves.
   *
   * @throws HandoffException when there is none, or one of another user
   */
  public static HandoffClient connect(Path socket) throws HandoffException {
    return new HandoffClient(new Wire(UpgradeSocket.connect(socket)));
  }

  /** Its pid, as the kernel knows it. */
  public int predecessor() {
    return wire.peer().pid();
  }

  /**
   * Asks for sockets and state.
   *
   * @throws HandoffException when the other one refuses, is silent or is no Sluice
   */
  public Offer ask(Hello hello) throws HandoffException {
    try {
      wire.timeout(ANSWER);
      wire.send(hello);
      Word answer = wire.receive(Wire.ANY_WORD, MOST_DESCRIPTORS);
      return switch (answer) {
        case Offer offer -> taken(offer);
        case Refused(String reason) ->
            throw new HandoffException("process " + predecessor() + " refuses: " + reason);
        case null -> throw new HandoffException("process " + predecessor() + " does not answer");
        default -> throw new ProtocolException("it answers with " + answer);
      };
    } catch (IOException e) {
      throw new HandoffException(
          "process " + predecessor() + " is not understood: " + e.getMessage(), e);
    }
  }

  private Offer taken(Offer offer) throws IOException {
    int[] descriptors = wire.takeDescriptors();
    List<String> names = offer.listeners();
    Map<String, Integer> named = new HashMap<>();
    for (int i = 0; i < descriptors.length; i++) {
      if (i < names.size() && Descriptors.isListening(descriptors[i])) {
        named.put(names.get(i), descriptors[i]);
      } else {
        Descriptors.close(descriptors[i]);
      }
    }
    listeners = Map.copyOf(named);
    if (!listeners.keySet().equals(java.util.Set.copyOf(names))) {
      closeListeners();
      throw new ProtocolException("it offers " + names + " and sends other sockets");
    }
    return offer;
  }

  private void closeListeners() throws OsException {
    for (int descriptor : listeners.values()) {
      Descriptors.close(descriptor);
    }
    listeners = Map.of();
  }

  /** The sockets that came with the offer; now the caller's. */
  public Map<String, Integer> listeners() {
    return listeners;
  }

  /** Whether the old process has died since its offer. */
  public boolean isAlone() {
    return alone;
  }

  /**
   * Says that this process could serve, and waits for the store.
   *
   * @return what has become of the state that was offered; null: the old process is dead, and its
   *     store is free
   * @throws HandoffException when it is called off
   */
  public @Nullable String ready() throws HandoffException {
    Word answer = exchange(new Ready(), Released.class);
    return answer instanceof Released(String state) ? state : null;
  }

  /**
   * Says that this process has the store, and waits until the other one accepts no more.
   *
   * @throws HandoffException when it is called off
   */
  public void serving() throws HandoffException {
    exchange(new Serving(), Committed.class);
  }

  /**
   * Says that this process accepts: there is no way back. Returns when the upgrade socket's place
   * is free.
   */
  public void accepting() {
    if (alone) {
      return;
    }
    try {
      wire.send(new Accepting());
      Word answer = wire.receive(Wire.FIRST_WORD, 0);
      if (answer != null && !(answer instanceof Parted)) {
        throw new ProtocolException("it answers with " + answer);
      }
    } catch (IOException e) {
      log.warn("process {} does not say that it finishes: {}", predecessor(), e.getMessage());
    }
  }

  /** Says that this process gives up; the other one goes on. */
  public void fail(String reason) {
    try {
      wire.send(new Failed(reason));
    } catch (OsException e) {
      log.debug("process {} does not hear why this one gives up", predecessor(), e);
    }
  }

  /** Returns null when the other one is dead. */
  private @Nullable Word exchange(Word word, Class<? extends Word> wanted) throws HandoffException {
    if (alone) {
      return null;
    }
    try {
      say(word);
      Word answer = wire.receive(Wire.ANY_WORD, 0);
      if (answer instanceof CalledOff(String reason)) {
        throw new HandoffException("process " + predecessor() + " called it off: " + reason);
      }
      if (answer != null && !wanted.isInstance(answer)) {
        throw new ProtocolException("it answers with " + answer);
      }
      return answer == null ? left() : answer;
    } catch (OsException e) {
      if (e.isTimeout()) {
        throw new HandoffException(
            "process " + predecessor() + " does not answer for " + ANSWER.toSeconds() + " s", e);
      }
      return left();
    } catch (IOException e) {
      throw new HandoffException(
          "process " + predecessor() + " is not understood: " + e.getMessage(), e);
    }
  }

  /** When the other side is gone, its last word may still be there to be read. */
  private void say(Word word) throws OsException {
    try {
      wire.send(word);
    } catch (OsException e) {
      if (e.isTimeout()) {
        throw e;
      }
      log.debug("process {} does not hear {}", predecessor(), word, e);
    }
  }

  /** The connection has ended without a word: only a death does that. */
  private @Nullable Word left() throws HandoffException {
    long end = System.nanoTime() + DYING.toNanos();
    while (isAlive(predecessor())) {
      if (System.nanoTime() - end > 0) {
        throw new HandoffException("process " + predecessor() + " broke off and still runs");
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
    log.warn("process {} has died in the middle of the upgrade; this one goes on", predecessor());
    alone = true;
    return null;
  }

  /** Whether a process runs: one that has ended and waits for its parent does not. */
  private static boolean isAlive(int pid) {
    try {
      String line = Files.readString(Path.of("/proc", Integer.toString(pid), "stat"));
      char state = line.charAt(line.lastIndexOf(')') + 2);
      return state != 'Z' && state != 'X';
    } catch (IOException e) {
      return false; // there is no such process
    }
  }

  /**
   * Waits until the old process has finished, however long that takes.
   *
   * @return whether it said so; else it has ended in another way
   */
  public boolean follow(Consumer<Progress> told) {
    try {
      wire.timeout(Duration.ZERO);
      for (Word word = wire.receive(Wire.FIRST_WORD, 0);
          word != null;
          word = wire.receive(Wire.FIRST_WORD, 0)) {
        if (word instanceof Progress progress) {
          told.accept(progress);
        } else if (word instanceof Finished) {
          return true;
        }
      }
    } catch (IOException e) {
      log.debug("process {} is not heard any more", predecessor(), e);
    }
    return false;
  }

  /** Ends the conversation. The sockets are the caller's. */
  @Override
  public void close() throws OsException {
    wire.close();
  }
}
