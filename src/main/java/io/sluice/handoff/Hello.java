package io.sluice.handoff;

import java.util.List;

/**
 * The new process's first words.
 *
 * @param protocols versions of the protocol that it speaks
 * @param version of Sluice
 * @param pid of it
 * @param listeners what it wants to listen on, by name
 * @param store where it keeps its state; who has another one gets none
 */
public record Hello(
    List<Integer> protocols, String version, long pid, List<String> listeners, String store)
    implements Word {
  public Hello {
    protocols = List.copyOf(protocols);
    listeners = List.copyOf(listeners);
  }
}
