package io.sluice.health;

import io.sluice.testkit.Await;
import io.sluice.testkit.Conversation;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A backend that falls ill while it is used, in each of the ways in which backends do, and counts
 * how often that was met. It listens on a loopback address of its own, so that nobody else gets its
 * port while it is gone.
 */
final class SickBackend implements AutoCloseable {
  /** How long an answer of a backend takes that is well. */
  private static final Duration USUAL = Duration.ofMillis(2);

  private static final Duration SLOW = USUAL.multipliedBy(10);
  private static final int ONE_ERROR_IN = 20;

  /** A way of being ill. */
  enum Fault {
    /** Its process is gone: connections end, new ones are refused. */
    REFUSE,
    /** Nothing comes back, not even from its kernel. */
    BLACK_HOLE,
    /** It accepts, reads and never answers. */
    HANG,
    /** It ends each connection, in turns before an answer and in the middle of its head. */
    RESET_IN_HEAD,
    /** It ends each connection in the middle of an answer's body. */
    RESET_IN_BODY,
    /** Every 20th answer is a 500. */
    ERRORS,
    /** It takes ten times as long. */
    SLOW
  }

  private final InetSocketAddress address;
  private final Map<String, AtomicInteger> met = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
  private @Nullable ScriptedBackend backend;
  private Ports.@Nullable BlackHole hole;

  SickBackend() throws IOException {
    long pid = ProcessHandle.current().pid();
    byte[] own = {127, 77, (byte) (pid >> 8), (byte) pid};
    ServerSocket server = new ServerSocket(0, 1024, InetAddress.getByAddress(own));
    address = (InetSocketAddress) server.getLocalSocketAddress();
    serve(server);
  }

  /** What a backend does that is well. */
  static void well(Conversation c) throws IOException {
    answerAfter(USUAL, c);
  }

  private static void answerAfter(Duration time, Conversation c) throws IOException {
    long since = System.nanoTime();
    Await.until(() -> System.nanoTime() - since > time.toNanos(), "its time has passed");
    c.send(Wire.ok("well"));
  }

  String host() {
    return address.getAddress().getHostAddress();
  }

  int port() {
    return address.getPort();
  }

  /** How many requests with this path have met an answer that was ill. */
  int met(String path) {
    return count(met, path).get();
  }

  private static AtomicInteger count(Map<String, AtomicInteger> counts, String path) {
    return counts.computeIfAbsent(path, p -> new AtomicInteger());
  }

  private void serve(ServerSocket server) {
    backend = ScriptedBackend.start("b3", server).otherwise(SickBackend::well);
  }

  private ScriptedBackend backend() {
    return Objects.requireNonNull(backend);
  }

  /** Is well again after {@link Fault#REFUSE}. */
  void recover() throws IOException {
    ServerSocket server = new ServerSocket();
    server.bind(address, 1024);
    serve(server);
  }

  void become(Fault fault) throws IOException {
    switch (fault) {
      case REFUSE -> backend().close();
      case BLACK_HOLE -> {
        backend().otherwise(this::hang);
        backend().stopAccepting();
        hole = new Ports.BlackHole(address);
      }
      case HANG -> backend().otherwise(this::hang);
      case RESET_IN_HEAD -> backend().otherwise(this::resetInHead);
      case RESET_IN_BODY -> backend().otherwise(this::resetInBody);
      case ERRORS -> backend().otherwise(this::answerSometimesWithAnError);
      case SLOW -> backend().otherwise(this::answerSlowly);
    }
  }

  private int meet(Conversation c) {
    return count(met, c.head().target()).incrementAndGet();
  }

  private void hang(Conversation c) throws IOException {
    meet(c);
    c.awaitEnd();
  }

  private void resetInHead(Conversation c) throws IOException {
    if (meet(c) % 2 == 0) {
      c.send("HTTP/1.1 200 OK\r\nContent-Le");
    }
    c.reset();
  }

  private void resetInBody(Conversation c) throws IOException {
    meet(c);
    c.send(Wire.head("HTTP/1.1 200 OK", "Content-Length: 100") + "the beginning").reset();
  }

  private void answerSometimesWithAnError(Conversation c) throws IOException {
    if (count(answers, c.head().target()).incrementAndGet() % ONE_ERROR_IN == 0) {
      meet(c);
      c.send(Wire.head("HTTP/1.1 500 Broken", "Content-Length: 0"));
    } else {
      well(c);
    }
  }

  private void answerSlowly(Conversation c) throws IOException {
    meet(c);
    answerAfter(SLOW, c);
  }

  @Override
  public void close() throws IOException {
    backend().close();
    if (hole != null) {
      hole.close();
    }
  }
}
