package io.sluice.process;

import io.sluice.os.SignalFd;
import io.sluice.os.SignalFd.Received;
import io.sluice.os.SignalFd.Signal;
import java.io.IOException;
import java.util.Set;

/**
 * Signals of a command that ends soon by itself: they end it, as they end any program. The launcher
 * blocks them for all that it starts, so somebody must listen. Logs nothing: a log would cost such
 * a command more time than its work.
 */
final class CommandSignals {
  private static final int EXIT_BY_SIGNAL = 128;

  private CommandSignals() {}

  /** Begins, on a thread of its own. */
  static void listen() {
    Thread.ofPlatform().name("sluice-signals").daemon().start(CommandSignals::run);
  }

  private static void run() {
    Set<Signal> blocked = SignalFd.blocked();
    if (blocked.isEmpty()) {
      return; // the JVM does it
    }
    // Open as long as the process lives.
    try (SignalFd signals = SignalFd.open(blocked)) {
      for (Received next = signals.take(); next != null; next = signals.take()) {
        switch (next.signal()) {
          case HUP -> end(1);
          case INT -> end(2);
          case TERM -> end(15);
          case QUIT, USR2 -> {} // nothing to hand over
        }
      }
    } catch (IOException e) {
      System.err.println("sluice: cannot be interrupted: " + e.getMessage());
    }
  }

  private static void end(int signal) {
    System.exit(EXIT_BY_SIGNAL + signal);
  }
}
