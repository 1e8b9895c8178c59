package io.sluice.proxy;

import java.util.Map;

/**
 * A step of our own or an extension's on the way of a request. Every method is called on the
 * connection's event loop: it must not block, and should not allocate. One object serves all
 * requests of a route on all loops, so it keeps no state of a request; {@link
 * RequestContext#attach} does.
 *
 * <p>An exception that a filter throws ends the request with 500 and is logged.
 */
public interface RequestFilter {

  /** Before a backend is chosen: may answer at once, or send the request to another pool. */
  default void beforeChoosing(RequestContext request) {}

  /** A backend is chosen, the head is about to be sent: may edit it. Once for each try. */
  default void beforeSending(RequestContext request) {}

  /** The answer's head has come: may edit it. Not called for answers of Sluice's own. */
  default void onAnswerHead(RequestContext request) {}

  /** The request has ended, well or not. */
  default void atEnd(RequestContext request) {}

  /**
   * Makes filters; found by {@link java.util.ServiceLoader}, named in a route's {@code filters}.
   */
  interface Factory {
    /** The filter's name in the configuration: lower-case letters, digits and dashes. */
    String name();

    /**
     * A filter for one route.
     *
     * @param options the route's settings for it
     * @throws IllegalArgumentException with a sentence for the operator when they are wrong
     */
    RequestFilter create(Map<String, String> options);
  }
}
