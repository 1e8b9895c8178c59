package io.sluice.proxy;

import io.sluice.balance.PickContext;
import io.sluice.http.HeadEdits;
import org.jspecify.annotations.Nullable;

/** A request as filters see it. Valid only during the call; texts are made when asked for. */
public interface RequestContext extends PickContext {
  String method();

  /** What the client speaks: {@code HTTP/1.0}, {@code HTTP/1.1} or {@code HTTP/2.0}. */
  String protocol();

  /** {@code https} when the client's own connection is by TLS, else {@code http}. */
  String scheme();

  /** Host and port as the client named them; empty without. */
  String host();

  String requestId();

  String routeId();

  /** The pool the request goes to; null for routes that answer by themselves. */
  @Nullable String poolId();

  /** The chosen backend; null before. */
  @Nullable String backendId();

  /** The answer's status; 0 before it came. */
  int status();

  /** A field of the answer; null without one or before it came. */
  @Nullable String answerHeader(String name);

  /** Edits of the head that goes to the backend. */
  HeadEdits requestEdits();

  /** Edits of the answer's head that goes to the client. */
  HeadEdits answerEdits();

  /**
   * Whether the path begins with these whole segments.
   *
   * @param segments {@code /a/b} without a final slash; empty: every path
   */
  boolean hasPathPrefix(byte[] segments);

  /**
   * Replaces the first bytes of the path; the query stays.
   *
   * @param length how many, at most the path's length
   * @param replacement ASCII; a new path without its first slash gets one
   */
  void replacePathPrefix(int length, byte[] replacement);

  /**
   * Sends the request to another pool. Only before choosing.
   *
   * @throws IllegalArgumentException when there is no such pool
   */
  void usePool(String poolId);

  /**
   * Answers at once instead of asking a backend. Only before choosing.
   *
   * @param status 200 to 599
   */
  void answer(int status, String contentType, String body);

  /** Keeps an object with the request for later calls of the same filter. */
  void attach(RequestFilter owner, @Nullable Object object);

  /** What the filter has attached; null without. */
  @Nullable Object attached(RequestFilter owner);
}
