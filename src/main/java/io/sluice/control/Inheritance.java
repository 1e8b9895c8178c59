package io.sluice.control;

import io.sluice.config.Address;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a process leaves to the one that takes its place.
 *
 * @param listeners descriptors of sockets that listen already, by the addresses they were
 *     configured with; those that the configuration does not name are left to the caller to close
 * @param held whether nothing is accepted until {@link DataPlane#accept}: the sockets' queues are
 *     shared with the process that still serves, and a connection that this one takes is lost when
 *     it fails
 * @param memory what was observed; null: nothing
 */
public record Inheritance(
    Map<Address, Integer> listeners, boolean held, @Nullable PlaneMemory memory) {
  /** Nothing: everything is bound and learnt anew. */
  public static final Inheritance NONE = new Inheritance(Map.of(), false, null);

  public Inheritance {
    listeners = Map.copyOf(listeners);
  }
}
