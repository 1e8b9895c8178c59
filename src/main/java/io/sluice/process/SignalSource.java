package io.sluice.process;

import io.sluice.os.OsException;
import io.sluice.os.SignalFd;
import io.sluice.os.SignalFd.Received;
import io.sluice.os.SignalFd.Signal;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where signals come from. Those that the launcher has blocked are read, with their sender; the JVM
 * leaves SIGQUIT to nobody in any other way. For the others the JVM's own handling is asked.
 */
final class SignalSource implements AutoCloseable {
  /** Told about each signal; must return soon. */
  @FunctionalInterface
  interface Receiver {
    /** A signal has come. */
    void received(Signal signal, Sender sender);
  }

  private final Receiver receiver;

  // Guarded by this.
  private @Nullable SignalFd reading;
  private boolean closed;

  private SignalSource(Receiver receiver) {
    this.receiver = receiver;
  }

  /**
   * Begins, on a thread of its own: finding out how takes some milliseconds that a start need not
   * wait for. Signals that come before are not lost where they are blocked; elsewhere the JVM ends
   * the process, as it does before any program's first line.
   */
  static SignalSource open(Receiver receiver) {
    SignalSource source = new SignalSource(receiver);
    Thread.ofPlatform().name("sluice-signals").daemon().start(source::run);
    return source;
  }

  /**
   * Takes no more of those that are blocked. The JVM's end would wait 300 ms for the thread that
   * reads them.
   */
  @Override
  public synchronized void close() {
    closed = true;
    SignalFd open = reading;
    if (open != null) {
      reading = null;
      try {
        open.close();
      } catch (OsException e) {
        log().debug("signals cannot be given up", e);
      }
    }
  }

  /**
   * The same for a command that ends soon: signals that are not blocked stay the JVM's. Nothing is
   * logged unless something is wrong.
   */
  static SignalSource openBlocked(Receiver receiver) {
    SignalSource source = new SignalSource(receiver);
    Thread.ofPlatform().name("sluice-signals").daemon().start(source::runBlocked);
    return source;
  }

  /** Got when it is needed: a log costs a short command more time than its work. */
  private static Logger log() {
    return LoggerFactory.getLogger(SignalSource.class);
  }

  private void runBlocked() {
    Set<Signal> blocked = SignalFd.blocked();
    if (!blocked.isEmpty()) {
      read(blocked);
    }
  }

  private void run() {
    Set<Signal> blocked = SignalFd.blocked();
    Set<Signal> others = EnumSet.of(Signal.TERM, Signal.INT, Signal.HUP);
    others.removeAll(blocked);
    boolean left = others.stream().allMatch(this::handle);
    if (!left) {
      log()
          .warn(
              "java was started with -Xrs and these signals are not blocked: {}; they end this process"
                  + " at once. Start it by bin/sluice, or without -Xrs",
              others);
    } else if (blocked.isEmpty()) {
      handle(Signal.USR2);
    }
    if (!blocked.isEmpty()) {
      read(blocked);
    }
  }

  private void read(Set<Signal> blocked) {
    try {
      SignalFd signals = opened(blocked);
      for (Received next = take(signals); next != null; next = take(signals)) {
        receiver.received(next.signal(), new Sender.Known(next.pid(), next.uid()));
      }
    } catch (IOException | RuntimeException | Error e) {
      // Nobody could end it in order any more.
      log()
          .error(
              "signals cannot be read ({}); java needs --enable-native-access=ALL-UNNAMED, as bin/sluice"
                  + " says it. The process ends",
              e.toString());
      Logs.stop();
      System.exit(ExitCode.FAILED.value());
    }
  }

  /** Null: this is closed. */
  private synchronized @Nullable SignalFd opened(Set<Signal> blocked) throws OsException {
    reading = closed ? null : SignalFd.open(blocked);
    return reading;
  }

  private static @Nullable Received take(@Nullable SignalFd signals) throws OsException {
    return signals == null ? null : signals.take();
  }

  /**
   * Asks the JVM for a signal; false: with -Xrs it leaves them alone. The JDK has no other way than
   * {@code sun.misc.Signal}, and javac warns about every mention of it, hence the reflection.
   */
  private boolean handle(Signal wanted) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                receiver.received(wanted, new Sender.Unknown());
                return null;
              });
      Object named = signal.getConstructor(String.class).newInstance(wanted.name());
      signal.getMethod("handle", signal, handler).invoke(null, named, proxy);
      return true;
    } catch (InvocationTargetException e) {
      log().debug("SIG{} keeps its default meaning", wanted, e);
      return false;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JDK has no sun.misc.Signal", e);
    }
  }
}
