package io.sluice.os;

import io.sluice.os.SignalFd.Received;
import io.sluice.os.SignalFd.Signal;
import java.util.EnumSet;

/** A program of its own: prints the signals it gets; TERM is the last. */
final class SignalPrinter {
  private SignalPrinter() {}

  public static void main(String[] arguments) throws OsException {
    System.out.println("blocked " + SignalFd.blocked());
    if (SignalFd.blocked().isEmpty()) {
      return;
    }
    try (SignalFd signals = SignalFd.open(EnumSet.copyOf(SignalFd.blocked()))) {
      System.out.println("ready");
      for (Received received = signals.take(); received != null; received = signals.take()) {
        System.out.println(received);
        if (received.signal() == Signal.TERM) {
          System.exit(7);
        }
      }
    }
  }
}
