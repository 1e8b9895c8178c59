package io.sluice.handoff;

import java.util.Map;
import java.util.function.Consumer;

/**
 * What a serving process must be able to do to hand over. Called by one thread; the order is {@link
 * #offer}, {@link #release}, {@link #hold}, {@link #handedOver}, {@link #finished}, and {@link
 * #takeBack} may follow any of the first three.
 */
public interface Giver {
  /**
   * What is offered.
   *
   * @param listeners open listening sockets by name; they stay this process's
   * @param state for the parts of the new process, as JSON
   */
  record Things(Map<String, Integer> listeners, String state) {
    public Things {
      listeners = Map.copyOf(listeners);
    }
  }

  /**
   * Looks up what another process asks for; nothing changes.
   *
   * @throws HandoffException when this one cannot hand over now
   */
  Things offer(Hello hello) throws HandoffException;

  /**
   * Gives up the store; traffic is served and accepted as before.
   *
   * @return what has become of the offered state, as JSON
   * @throws HandoffException when that fails; {@link #takeBack} follows
   */
  String release() throws HandoffException;

  /** Accepts no more connections; its sockets stay open. */
  void hold();

  /**
   * Takes everything back that was given up, accepts again, and goes on.
   *
   * @param reason why, for the operator
   */
  void takeBack(String reason);

  /**
   * The other one accepts: closes its own copies of the sockets and lets what is running finish.
   * Returns when nothing is left.
   *
   * @param progress is told from time to time
   */
  void handedOver(Consumer<Progress> progress);

  /** The other one knows that nothing is left: this process may end. */
  void finished();
}
