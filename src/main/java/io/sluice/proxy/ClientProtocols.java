package io.sluice.proxy;

import io.netty.channel.Channel;
import java.util.List;

/**
 * Which protocol a client connection speaks, and the handler that serves it. On the connection's
 * loop.
 */
final class ClientProtocols {
  /** The name of HTTP/1.1 in ALPN (RFC 7301 6). */
  static final String HTTP_1 = "http/1.1";

  private ClientProtocols() {}

  /** What a listener's TLS offers by ALPN, the most wanted first. */
  static List<String> offered() {
    return List.of(HTTP_1);
  }

  /** Serves a plain connection, before it becomes active. */
  static void begin(Channel child, LoopContext loop, ListenerContext listener) {
    child.pipeline().addLast(new FrontendHandler(loop, listener));
  }

  /**
   * Serves a connection whose TLS handshake is done: behind the handlers that are there, and active
   * already.
   *
   * @param alpn what was agreed on, one of {@link #offered}; empty: the client asked for nothing,
   *     which means HTTP/1.1
   */
  static void begin(Channel child, LoopContext loop, ListenerContext listener, String alpn) {
    if (!alpn.isEmpty() && !alpn.equals(HTTP_1)) {
      throw new IllegalArgumentException("no listener offers " + alpn);
    }
    FrontendHandler handler = new FrontendHandler(loop, listener);
    child.pipeline().addLast(handler);
    handler.opened();
  }
}
