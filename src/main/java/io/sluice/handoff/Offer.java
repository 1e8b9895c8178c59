package io.sluice.handoff;

import java.util.List;

/**
 * What the old process gives. The sockets' descriptors come with it, in the order of the names.
 *
 * @param protocol the version that both speak from now on
 * @param version of Sluice
 * @param pid of it
 * @param listeners those of the wanted that it has
 * @param state for the parts of the new process, as JSON
 */
public record Offer(int protocol, String version, long pid, List<String> listeners, String state)
    implements Word {
  public Offer {
    listeners = List.copyOf(listeners);
  }
}
