package io.sluice.discovery;

import io.sluice.config.Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that says which endpoints a backend's address stands for, and again whenever that
 * changes. What it fails to find out it asks for again by itself; what it has said before holds
 * until it says something else, because whoever cannot be asked says nothing about the backends.
 */
public interface EndpointSource extends AutoCloseable {

  /** Is told what a source finds out, on any thread. */
  interface Listener {
    /**
     * This is what the address stands for.
     *
     * @param endpoints in a stable order, none twice
     * @param remark what an operator should know of it, as the end of a sentence about the address;
     *     null: nothing
     */
    void found(Address address, List<DiscoveredEndpoint> endpoints, @Nullable String remark);

    /**
     * It cannot be found out now; it is asked for again.
     *
     * @param reason for people
     */
    void failed(Address address, String reason);
  }

  /** Begins to tell of an address, until {@link #leave}; must be quick. */
  void follow(Address address);

  /** Tells no more of an address. */
  void leave(Address address);

  /** The name that certificates of an address's endpoints must have. */
  String host(Address address);

  @Override
  void close();
}
