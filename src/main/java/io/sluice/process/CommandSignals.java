package io.sluice.process;

import io.sluice.os.SignalFd.Signal;

/**
 * Signals of a command that ends soon by itself: they end it, as they end any program. The launcher
 * blocks them for all that it starts, so somebody must listen.
 */
final class CommandSignals implements AutoCloseable {
  private static final int EXIT_BY_SIGNAL = 128;

  private final SignalSource source =
      SignalSource.openBlocked((signal, sender) -> received(signal));

  private static void received(Signal signal) {
    switch (signal) {
      case HUP -> System.exit(EXIT_BY_SIGNAL + 1);
      case INT -> System.exit(EXIT_BY_SIGNAL + 2);
      case TERM -> System.exit(EXIT_BY_SIGNAL + 15);
      case QUIT, USR2 -> {} // there is nothing to hand over
    }
  }

  /** The command has done its work. */
  @Override
  public void close() {
    source.close();
  }
}
